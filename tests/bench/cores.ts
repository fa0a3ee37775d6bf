// Pins the servers to one CPU core and the generator to another, within the CPU affinity of this process. Pins nothing
// with one core, without taskset (util-linux), or outside Linux.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Linux's `Cpus_allowed_list`, e.g. `0-3,8`; see proc(5). */
function allowedCores(): number[] {
  if (process.platform !== 'linux') return [];
  const [, list = '0'] = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number) as [number, number?];
    return Array.from({ length: last! - first + 1 }, (_, index) => first + index);
  });
}

const [server, generator] = allowedCores();

export const isPinned = (() => {
  if (generator === undefined) return false;
  try {
    execFileSync('taskset', ['-c', String(generator), 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

export type Side = 'server' | 'generator';
const coreOf = (side: Side) => String(side === 'server' ? server : generator);

/** Wraps `command` so that it starts on the core of its side. */
export const pinned = (side: Side, command: string[]): string[] =>
  isPinned ? ['taskset', '-c', coreOf(side), ...command] : command;

/** Moves a running process to the core of its side; child processes started later inherit it. */
export function pin(side: Side, pid: number): void {
  if (isPinned) execFileSync('taskset', ['-acp', coreOf(side), String(pid)], { stdio: 'ignore' });
}
