// Reads CPU time and memory of a contestant's processes and their descendants from /proc. Starts no process.
import { readdirSync } from 'node:fs';
import { cpuSeconds, type ProcessStat, rssMb, statOf } from '../processes.ts';

/** Process ids by name. */
export type Processes = Readonly<Record<string, number>>;

function everyProcess(): Map<number, ProcessStat> {
  const all = new Map<number, ProcessStat>();
  for (const pid of readdirSync('/proc').map(Number)) {
    const stat = Number.isInteger(pid) ? statOf(pid) : undefined;
    if (stat) all.set(pid, stat);
  }
  return all;
}

/** The ids of a process and its descendants. */
function treeOf(root: number, all: Map<number, ProcessStat>): number[] {
  const pids = [root];
  for (const parent of pids) {
    for (const [pid, child] of all) if (child.parent === parent) pids.push(pid);
  }
  return pids;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** CPU seconds of each process with its descendants since its start. */
export function cpuOfEach(processes: Processes): Record<string, number> {
  const all = everyProcess();
  const cpu = (root: number) => sum(treeOf(root, all).map(cpuSeconds)) + (all.get(root)?.endedChildrenCpu ?? 0);
  return Object.fromEntries(Object.entries(processes).map(([name, root]) => [name, cpu(root)]));
}

/** CPU seconds of all processes. */
export const cpuOf = (processes: Processes): number => sum(Object.values(cpuOfEach(processes)));

/** Resident memory of all processes and their descendants, in KiB. A page that two processes share counts twice. */
export function rssOf(processes: Processes): number {
  const all = everyProcess();
  return sum(Object.values(processes).flatMap((root) => treeOf(root, all).map((pid) => rssMb(pid) * 1_024)));
}
