// Samples the memory and CPU of each process, and computes the growth. On Linux only; elsewhere it measures nothing.
import { readFileSync } from 'node:fs';
import { cpuSeconds, rssMb } from '../processes.ts';
import type { System } from './system.ts';

export interface Sample {
  /** Seconds since the sampling began. */
  at: number;
  megabytes: Map<string, number>;
  /** Seconds of CPU since the process began. */
  cpu: Map<string, number>;
}

export interface Growth {
  name: string;
  /** MB at the start, at the end of the warm-up, at the end, and the peak. */
  first: number;
  warm: number;
  last: number;
  peak: number;
  /** Least-squares slope over the time after the warm-up; undefined when that is too short. */
  mbPerHour: number | undefined;
  /** CPU in percent of a core over the whole time. */
  cpu: number | undefined;
  sparkline: string;
}

const MB = 1_024;
const BARS = '▁▂▃▄▅▆▇█';
const SPARKS = 60;

/** Takes one sample. PostgreSQL is the sum of its processes' PSS, which counts shared pages once, where it can be read. */
export function sample(system: System, at: number): Sample {
  const { chats, websites, redis, postgres } = system;
  const megabytes = new Map<string, number>();
  const cpu = new Map<string, number>();
  for (const { name, pid } of [...chats, ...websites, ...(redis ? [redis] : [])]) {
    if (pid === undefined) continue;
    const resident = rssMb(pid);
    if (resident > 0) megabytes.set(name, resident);
    cpu.set(name, cpuSeconds(pid));
  }
  const shares = postgres.pids().map((pid) => read(`/proc/${pid}/smaps_rollup`, /^Pss:\s+(\d+)/m) ?? 0);
  if (shares.some((share) => share > 0)) megabytes.set('postgres (PSS)', shares.reduce((a, b) => a + b, 0) / MB);
  megabytes.set('the soak process', process.memoryUsage.rss() / MB / 1_024);
  const { user, system: inKernel } = process.cpuUsage();
  cpu.set('the soak process', (user + inKernel) / 1e6);
  return { at, megabytes, cpu };
}

/** @param warmUp seconds at the start that the slope excludes. */
export function growths(samples: readonly Sample[], warmUp: number): Growth[] {
  const names = new Set(samples.flatMap(({ megabytes }) => [...megabytes.keys()]));
  return Array.from(names, (name) => {
    const points = samples.flatMap(({ at, megabytes }) =>
      megabytes.has(name) ? [{ at, mb: megabytes.get(name)! }] : [],
    );
    const warm = points.filter(({ at }) => at >= warmUp);
    const sizes = points.map(({ mb }) => mb);
    return {
      name,
      first: sizes[0]!,
      warm: (warm[0] ?? points.at(-1)!).mb,
      last: sizes.at(-1)!,
      peak: Math.max(...sizes),
      mbPerHour: warm.length < 10 ? undefined : slope(warm) * 3_600,
      cpu: percentOf(name, samples),
      sparkline: sparkline(sizes),
    };
  });
}

function percentOf(name: string, samples: readonly Sample[]): number | undefined {
  const [first, last] = [samples[0]!, samples.at(-1)!];
  const used = (last.cpu.get(name) ?? Number.NaN) - (first.cpu.get(name) ?? Number.NaN);
  return Number.isNaN(used) ? undefined : (100 * used) / (last.at - first.at);
}

/** MB per second. */
function slope(points: readonly { at: number; mb: number }[]): number {
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [at, mb] = [mean(points.map((point) => point.at)), mean(points.map((point) => point.mb))];
  const over = points.reduce((sum, point) => sum + (point.at - at) * (point.mb - mb), 0);
  return over / points.reduce((sum, point) => sum + (point.at - at) ** 2, 0);
}

/** Draws the values on a scale from 0 to the largest. */
function sparkline(values: readonly number[]): string {
  const step = Math.max(1, values.length / SPARKS);
  const shown = Array.from(
    { length: Math.min(values.length, SPARKS) },
    (_, index) => values[Math.floor(index * step)]!,
  );
  const largest = Math.max(...shown);
  return shown.map((value) => BARS[Math.min(BARS.length - 1, Math.floor((value / largest) * BARS.length))]).join('');
}

function read(file: string, form: RegExp): number | undefined {
  try {
    return Number(form.exec(readFileSync(file, 'utf8'))?.[1]) || undefined;
  } catch {
    return undefined;
  }
}
