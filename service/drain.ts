// Graceful shutdown of a process: runs steps in order, once, within a deadline. After an uncaught error it exits at
// once. Only a main program installs these handlers: they apply to the whole process.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from './log.ts';

export interface StopStep {
  /** Names the step in the log. */
  name: string;
  run: () => Promise<unknown> | unknown;
}

/**
 * Runs `steps` in order at the first SIGTERM or SIGINT, then exits: 0 when all succeeded, 1 when one failed (the rest
 * still run) or `deadlineMs` for all of them has passed. A second signal exits at once with 128 + its number.
 * @returns a function that starts the same shutdown; its promise never resolves, the process exits.
 */
export function onStop(log: Log, steps: readonly StopStep[], deadlineMs = 10_000): (reason: string) => Promise<never> {
  let stopping: Promise<never> | undefined;
  const stop = (reason: string) => {
    stopping ??= drain(log, steps, deadlineMs, reason);
    return stopping;
  };
  for (const [signal, number] of [
    ['SIGTERM', 15],
    ['SIGINT', 2],
  ] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(128 + number);
      void stop(signal);
    });
  }
  return stop;
}

/** Logs any uncaught error and exits with 1: the state of the process is unknown, so it must be restarted. */
export function exitOnCrash(log: Log): void {
  const crash = (kind: string) => (error: unknown) => {
    log.fatal({ err: error }, kind);
    process.exit(1);
  };
  process.on('uncaughtException', crash('uncaught exception'));
  process.on('unhandledRejection', crash('unhandled rejection'));
}

async function drain(log: Log, steps: readonly StopStep[], deadlineMs: number, reason: string): Promise<never> {
  log.info({ reason }, 'stopping');
  let current = '';
  let failed = false;
  const all = async () => {
    for (const step of steps) {
      current = step.name;
      try {
        await step.run();
      } catch (error) {
        failed = true;
        log.error({ err: error, step: step.name }, 'a shutdown step failed');
      }
    }
    return true;
  };
  const inTime = await Promise.race([all(), sleep(deadlineMs, false)]);
  if (inTime) log.info('stopped');
  else log.error({ step: current, deadlineMs }, 'stopping took too long');
  process.exit(inTime && !failed ? 0 : 1);
}
