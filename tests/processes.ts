// What Linux's /proc says of a running process, see proc(5). Starts and ends nothing.
import { readFileSync } from 'node:fs';

/** User and system time in seconds, in steps of 10 ms; 0 for a process that is gone. */
export function cpuSeconds(pid: number): number {
  const fields = read(pid, 'stat').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
}

/** Resident memory in MB; 0 for a process that is gone. */
export const rssMb = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(read(pid, 'status'))?.[1] ?? 0) / 1_024;

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
