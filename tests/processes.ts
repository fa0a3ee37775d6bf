// Reads /proc of a running process on Linux, see proc(5). Starts and ends nothing.
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessStat {
  parent: number;
  /** User and system time of its children that have ended, in seconds and steps of 10 ms. */
  endedChildrenCpu: number;
}

/** Undefined for a process that has ended. */
export function statOf(pid: number): ProcessStat | undefined {
  const text = read(pid, 'stat');
  if (text === '') return undefined;
  const fields = text.slice(text.lastIndexOf(') ') + 2).split(' ');
  return { parent: Number(fields[1]), endedChildrenCpu: (Number(fields[13]) + Number(fields[14])) / 100 };
}

/**
 * User and system time of all threads in seconds, with the resolution of nanoseconds that `stat` does not have; 0 for a
 * process that has ended.
 */
export function cpuSeconds(pid: number): number {
  const nanoseconds = (thread: string) => Number(read(pid, `task/${thread}/schedstat`).split(' ', 1)[0]);
  return threadsOf(pid).reduce((sum, thread) => sum + nanoseconds(thread), 0) / 1e9;
}

/** Resident memory in MB; 0 for a process that has ended. */
export const rssMb = (pid: number): number => memoryMb(pid, 'VmRSS');

/** Peak resident memory in MB; 0 for a process that has ended. */
export const peakRssMb = (pid: number): number => memoryMb(pid, 'VmHWM');

const memoryMb = (pid: number, field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(read(pid, 'status'))?.[1] ?? 0) / 1_024;

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
