// Runs a file of the repository as a child process. Asserts nothing.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

export interface Program {
  process: ChildProcess;
  /** The URL of its ready line; undefined if it exited before. */
  url: string | undefined;
  /** Everything it wrote to stderr. */
  errors(): string;
}

/** Runs a file of the repository, as from a terminal, until it is ready or exits. */
export async function run(t: TestContext, file: string, settings: Record<string, string>): Promise<Program> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', file)], { env: { PATH, HOME, ...settings } });
  t.after(() => child.kill('SIGKILL'));
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const ended = once(child, 'close').then(() => undefined);
  const ready = (async () => {
    for await (const line of createInterface(child.stdout)) {
      const url = /^Parlance is ready: (\S+)$/.exec(line)?.[1];
      if (url) return url;
    }
    return undefined;
  })();
  return { process: child, url: await Promise.race([ready, ended]), errors: () => errors };
}

/** The exit code, once the program has exited; null after a signal. */
export const exited = async ({ process: child }: Program): Promise<number | null> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
};
