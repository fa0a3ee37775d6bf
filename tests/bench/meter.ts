// What a contestant's processes use: CPU time and memory of each with all its children, out of /proc. Starts nothing.
import { readdirSync, readFileSync } from 'node:fs';
import { rssMb } from '../processes.ts';

/** Processes by name, each the root of a tree. */
export type Roots = Readonly<Record<string, number>>;

interface Stat {
  parent: number;
  /** User and system time of itself; of children that have ended, in seconds. */
  own: number;
  ended: number;
}

/** proc(5): fields 4, 14 to 17 of /proc/pid/stat, times in steps of 10 ms. */
function stats(): Map<number, Stat> {
  const all = new Map<number, Stat>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const fields = readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ').at(-1)!.split(' ').map(Number);
      const [, parent] = fields as [number, number];
      const [user, system, endedUser, endedSystem] = fields.slice(11, 15) as [number, number, number, number];
      all.set(Number(entry), { parent, own: (user + system) / 100, ended: (endedUser + endedSystem) / 100 });
    } catch {
      // It has ended meanwhile.
    }
  }
  return all;
}

function tree(root: number, all: Map<number, Stat>): number[] {
  const pids = [root];
  for (let at = 0; at < pids.length; at += 1) {
    for (const [pid, { parent }] of all) if (parent === pids[at]) pids.push(pid);
  }
  return pids;
}

/** CPU seconds of each tree since its start. */
export function cpuOf(roots: Roots): Record<string, number> {
  const all = stats();
  const seconds = (root: number) =>
    tree(root, all).reduce((sum, pid) => sum + (all.get(pid)?.own ?? 0), all.get(root)?.ended ?? 0);
  return Object.fromEntries(Object.entries(roots).map(([name, root]) => [name, seconds(root)]));
}

export const total = (parts: Record<string, number>): number =>
  Object.values(parts).reduce((sum, part) => sum + part, 0);

/** CPU seconds of all since `before`. */
export const cpuSince = (roots: Roots, before: Record<string, number>): number => total(cpuOf(roots)) - total(before);

/** Resident memory of each tree, in KiB; pages that its processes share count once for each. */
export function rssOf(roots: Roots): Record<string, number> {
  const all = stats();
  return Object.fromEntries(
    Object.entries(roots).map(([name, root]) => [
      name,
      tree(root, all).reduce((sum, pid) => sum + rssMb(pid) * 1_024, 0),
    ]),
  );
}
