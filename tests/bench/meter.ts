// What a contestant's processes use: CPU time and memory of each with all its children, out of /proc. Starts nothing.
import { readdirSync } from 'node:fs';
import { cpuSeconds, type ProcessStat, rssMb, statOf } from '../processes.ts';

/** The ids of processes by what they are. */
export type Processes = Readonly<Record<string, number>>;

function everyProcess(): Map<number, ProcessStat> {
  const all = new Map<number, ProcessStat>();
  for (const pid of readdirSync('/proc').map(Number)) {
    const stat = Number.isInteger(pid) ? statOf(pid) : undefined;
    if (stat) all.set(pid, stat);
  }
  return all;
}

/** A process and what descends from it. */
function treeOf(root: number, all: Map<number, ProcessStat>): number[] {
  const pids = [root];
  for (const parent of pids) {
    for (const [pid, child] of all) if (child.parent === parent) pids.push(pid);
  }
  return pids;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** CPU seconds of each, with its children, since its start. */
export function cpuOfEach(processes: Processes): Record<string, number> {
  const all = everyProcess();
  const cpu = (root: number) => sum(treeOf(root, all).map(cpuSeconds)) + (all.get(root)?.endedChildrenCpu ?? 0);
  return Object.fromEntries(Object.entries(processes).map(([name, root]) => [name, cpu(root)]));
}

/** CPU seconds of all. */
export const cpuOf = (processes: Processes): number => sum(Object.values(cpuOfEach(processes)));

/** Resident memory of all, with their children, in KiB. A page that two processes share counts twice. */
export function rssOf(processes: Processes): number {
  const all = everyProcess();
  return sum(Object.values(processes).flatMap((root) => treeOf(root, all).map((pid) => rssMb(pid) * 1_024)));
}
