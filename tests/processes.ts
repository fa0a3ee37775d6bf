// What Linux's /proc says of a running process, see proc(5). Starts and ends nothing.
import { readFileSync } from 'node:fs';

export interface ProcessStat {
  parent: number;
  /** User and system time in seconds, in steps of 10 ms: of the process, and of its children that have ended. */
  cpu: number;
  endedChildrenCpu: number;
}

/** Undefined for a process that is gone. */
export function statOf(pid: number): ProcessStat | undefined {
  const text = read(pid, 'stat');
  if (text === '') return undefined;
  const fields = text.slice(text.lastIndexOf(') ') + 2).split(' ');
  const seconds = (field: number) => (Number(fields[field]) + Number(fields[field + 1])) / 100;
  return { parent: Number(fields[1]), cpu: seconds(11), endedChildrenCpu: seconds(13) };
}

/** User and system time in seconds; 0 for a process that is gone. */
export const cpuSeconds = (pid: number): number => statOf(pid)?.cpu ?? 0;

/** Resident memory in MB; 0 for a process that is gone. */
export const rssMb = (pid: number): number => memoryMb(pid, 'VmRSS');

/** The most that it has had resident, in MB; 0 for a process that is gone. */
export const peakRssMb = (pid: number): number => memoryMb(pid, 'VmHWM');

const memoryMb = (pid: number, field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(read(pid, 'status'))?.[1] ?? 0) / 1_024;

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
