// Runs website or chat as a child process that keeps its ports over restarts. Asserts nothing.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { containerArguments } from './container_command.ts';
import { freePort } from './free_port.ts';
import { sleep } from './people.ts';
import { SECRETS } from './stack.ts';

/** How long a service may take to become ready, in milliseconds. */
const START_MS = 60_000;

export interface ServiceProcess {
  /** `host:port` of the public listener. */
  address: string;
  /** `host:port` of the internal listener. */
  internal: string;
  /** Starts the process; resolves once `/readyz` says that it is ready, rejects after 60 s. */
  start(): Promise<void>;
  /** Sends a signal; resolves with the exit code once the process has ended, null after SIGKILL. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
  /** What `/readyz` answers now: its status and reasons. */
  readyz(): Promise<{ status: number; reasons: string[] }>;
  /** Everything that it has logged, over all starts. */
  log(): string;
}

/** Chooses ports; starts nothing. A process that still runs after the test is killed. */
export async function serviceProcess(
  t: TestContext,
  service: 'website' | 'chat',
  settings: Record<string, string>,
): Promise<ServiceProcess> {
  const [port, internalPort] = [await freePort(), await freePort()];
  const address = `127.0.0.1:${port}`;
  const internal = `127.0.0.1:${internalPort}`;
  const own = { HOST: '127.0.0.1', PORT: String(port), INTERNAL_PORT: String(internalPort), ...SECRETS };
  const env = { PATH: process.env.PATH ?? '', ...own, ...settings };
  let log = '';
  let child: ChildProcess | undefined;
  t.after(async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  const readyz = async () => {
    const answer = await fetch(`http://${internal}/readyz`);
    return { status: answer.status, reasons: (await answer.json()).reasons as string[] };
  };
  const isReady = () =>
    readyz().then(
      ({ status }) => status === 200,
      () => false,
    );
  return {
    address,
    internal,
    readyz,
    start: async () => {
      const started = spawn(process.execPath, containerArguments(service), { env });
      child = started;
      for (const stream of [started.stdout, started.stderr]) {
        stream.on('data', (chunk) => {
          log += chunk;
        });
      }
      for (const deadline = performance.now() + START_MS; !(await isReady()); await sleep(20)) {
        if (started.exitCode === null && performance.now() < deadline) continue;
        throw new Error(`${service} is not ready: ${log.slice(-4_000)}`);
      }
    },
    end: async (signal) => {
      const ending = child;
      if (!ending) throw new Error(`${service} was not started`);
      const ended = once(ending, 'exit');
      ending.kill(signal);
      await ended;
      return ending.exitCode;
    },
    log: () => log,
  };
}
