// What a contestant's processes use: CPU time and memory of each with all its children, out of /proc. Starts nothing.
import { readdirSync } from 'node:fs';
import { type ProcessStat, rssMb, statOf } from '../processes.ts';

/** Every process of the machine that is in the tree of one of `roots`. */
function treesOf(roots: readonly number[]): Map<number, ProcessStat> {
  const all = new Map<number, ProcessStat>();
  for (const pid of readdirSync('/proc').map(Number)) {
    const stat = Number.isInteger(pid) ? statOf(pid) : undefined;
    if (stat) all.set(pid, stat);
  }
  const trees = new Map<number, ProcessStat>();
  const pids = [...roots];
  for (const parent of pids) {
    const stat = all.get(parent);
    if (stat) trees.set(parent, stat);
    for (const [pid, child] of all) if (child.parent === parent) pids.push(pid);
  }
  return trees;
}

/** CPU seconds of all, with their children, since their start. */
export function cpuOf(roots: readonly number[]): number {
  const trees = treesOf(roots);
  const ended = roots.reduce((sum, root) => sum + (trees.get(root)?.endedChildrenCpu ?? 0), 0);
  return [...trees.values()].reduce((sum, { cpu }) => sum + cpu, ended);
}

/** Resident memory of all, with their children, in KiB. A page that two processes share counts twice. */
export const rssOf = (roots: readonly number[]): number =>
  [...treesOf(roots).keys()].reduce((sum, pid) => sum + rssMb(pid) * 1_024, 0);
