// The threads that run argon2. They start with the first run, end with closeHashing and do not keep the process alive.
// hashing.ts decides which run is next, and never starts more runs than there are threads.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Problem } from '@parlance/service/problem.ts';
import { Piscina } from 'piscina';
import type { HashingJob, HashingResult } from './hashing_worker.ts';

/** Half of the cores, so that requests and PostgreSQL keep the others, and at most four, which do 150 runs a second. */
export const THREADS = Math.min(4, Math.max(1, Math.floor(availableParallelism() / 2)));
/** The lowest priority: on a single core, the thread that answers requests runs first. */
const NICENESS = 19;

let pool: Piscina<HashingJob, HashingResult> | undefined;

function threads(): Piscina<HashingJob, HashingResult> {
  if (pool) return pool;
  pool = new Piscina({
    filename: fileURLToPath(new URL('hashing_worker.ts', import.meta.url)),
    minThreads: THREADS,
    maxThreads: THREADS,
    niceIncrement: NICENESS,
    execArgv: [],
    // The environment has secrets, which argon2 does not need.
    env: {},
    closeTimeout: 5_000,
  });
  // A thread that dies between two runs needs no handling: the next run starts another.
  pool.on('error', () => undefined);
  return pool;
}

/** Throws unavailable, with the cause, when the thread died; piscina starts another. */
export async function runInThread(job: HashingJob): Promise<HashingResult> {
  try {
    return await threads().run(job);
  } catch (cause) {
    throw Object.assign(new Problem('unavailable'), { cause });
  }
}

/** Ends the threads when their runs have ended. A later run starts new ones. */
export async function closeHashing(): Promise<void> {
  const closing = pool;
  pool = undefined;
  await closing?.close();
}

/** The current threads, for tests. */
export const hashingThreads = () => pool?.threads ?? [];
