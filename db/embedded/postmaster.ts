// The server process of the embedded PostgreSQL: creates the cluster, finds, starts, awaits and stops the server.
// Does not decide whether this process may use it; never deletes data.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '@parlance/service/start_error.ts';
import type { Home } from './place.ts';

/** The contents of `postmaster.pid`; `ready`: the server accepts connections. */
export interface Postmaster {
  pid: number;
  port: number;
  ready: boolean;
}

const START_MS = 60_000;
const STOP_MS = 15_000;
/**
 * Transient errors: children of the last server are still exiting, a concurrent start was faster, the port is in use.
 */
const PASSING = /still in use|lock file ".*" already exists|could not (bind|create any TCP)/;
/** Excludes the caller's locale and PG* variables, so that databases are the same on every machine. */
const ENVIRONMENT = { PATH: process.env.PATH ?? '', LC_ALL: 'C' };

/**
 * Creates the cluster if there is none: UTF8, builtin C.UTF-8, superuser `parlance`, SCRAM passwords. It is created in
 * a temporary directory and then renamed, so that a killed start leaves no incomplete cluster. Takes about 1 s.
 */
export async function makeCluster(home: Home, durable: boolean): Promise<void> {
  if (await exists(join(home.data, 'PG_VERSION'))) return;
  await removeDrafts(home);
  const draft = join(home.path, `data.${randomBytes(6).toString('hex')}`);
  await fs.mkdir(draft, { mode: 0o700 });
  await home.own(draft);
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = ['--username=parlance', `--pwfile=${home.passwordFile}`, '--auth=scram-sha-256'];
  const rest = ['--no-instructions', ...(durable ? [] : ['--no-sync'])];
  const logged = await launch(home, 'initdb', [`--pgdata=${draft}`, ...locale, ...access, ...rest]).ended;
  if (!(await exists(join(draft, 'PG_VERSION'))) || logged.code !== 0) {
    await fs.rm(draft, { recursive: true, force: true, maxRetries: 5 });
    throw new StartError(`PostgreSQL could not make its data directory in ${home.path}: ${await logged.reason()}.`);
  }
  // Of two concurrent first starts one wins.
  await fs.rename(draft, home.data).catch(() => fs.rm(draft, { recursive: true, force: true }));
}

/**
 * Resolves with a server on the data that is ready: the running one, whoever started it, or a new one, on `port` if
 * given. Waits for a server that is starting, recovering or stopping.
 * @throws StartError with the server's error when it does not start, or after 60 s.
 */
export async function awaitPostmaster(home: Home, settings: readonly string[], port?: number): Promise<Postmaster> {
  const deadline = Date.now() + START_MS;
  let child: ReturnType<typeof launch> | undefined;
  while (Date.now() < deadline) {
    const found = await findPostmaster(home.data);
    if (found?.ready) return found;
    if (!found && !child) {
      const place = ['listen_addresses=127.0.0.1', `port=${port ?? (await freePort())}`, 'unix_socket_directories='];
      const args = [...place, ...settings].flatMap((setting) => ['-c', setting]);
      child = launch(home, 'postgres', ['-D', home.data, ...args]);
    }
    const ended = child && (await Promise.race([child.ended, sleep(10)]));
    if (ended) {
      const reason = await ended.reason();
      if (!PASSING.test(reason))
        throw new StartError(`PostgreSQL does not start: ${reason} (more in ${logFile(home)}).`);
      child = undefined;
    }
    await sleep(ended ? 100 : 10);
  }
  throw new StartError(
    `PostgreSQL in ${home.path} was not ready within ${START_MS / 1000} s (more in ${logFile(home)}).`,
  );
}

/** Returns the running server on `data`. Removes a stale postmaster.pid whose pid now belongs to another process. */
export async function findPostmaster(data: string): Promise<Postmaster | undefined> {
  const file = join(data, 'postmaster.pid');
  const text = await fs.readFile(file, 'utf8').catch(() => '');
  const [pid = '', , , port = '', , , , status = ''] = text.split('\n');
  if (!/^\d+$/.test(pid) || !isAlive(Number(pid))) return undefined;
  if (await isPostmaster(Number(pid), data)) {
    return { pid: Number(pid), port: Number(port), ready: status.trim() === 'ready' };
  }
  if ((await fs.readFile(file, 'utf8').catch(() => '')) === text) await fs.rm(file, { force: true });
  return undefined;
}

/**
 * Stops the server: closes its connections and flushes all commits. Resolves when it has exited, after 15 s at most.
 */
export async function stopPostmaster(data: string, pid: number): Promise<void> {
  signal(pid, 'SIGINT');
  const deadline = Date.now() + STOP_MS;
  while (isAlive(pid) && (await isPostmaster(pid, data))) {
    if (Date.now() > deadline) return signal(pid, 'SIGQUIT');
    await sleep(10);
  }
}

/** Sends a signal to a process that may have exited. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Already exited.
  }
}

/** Detached, so that Ctrl-C in the terminal reaches only this process, which then stops the server. */
function launch(home: Home, program: 'initdb' | 'postgres', args: string[]) {
  const ended = (async () => {
    const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = fs.constants;
    const log = await fs.open(logFile(home), O_APPEND | O_CREAT | O_NOFOLLOW | O_WRONLY, 0o600);
    try {
      await home.own(logFile(home));
      const from = (await log.stat()).size;
      const options = { ...home.user, cwd: '/', env: ENVIRONMENT, detached: true };
      const child = spawn(join(home.bin, program), args, { ...options, stdio: ['ignore', log.fd, log.fd] });
      // The server does not keep this process alive.
      if (program === 'postgres') child.unref();
      const result = await new Promise<{ code: number | null; error?: Error }>((resolve) => {
        child.on('exit', (code) => resolve({ code }));
        child.on('error', (error) => resolve({ code: null, error }));
      });
      return { ...result, reason: async () => result.error?.message ?? (await lastWord(logFile(home), from)) };
    } finally {
      await log.close();
    }
  })();
  return { ended };
}

const logFile = (home: Home) => join(home.path, 'postgres.log');

async function lastWord(file: string, from: number): Promise<string> {
  const lines = (await fs.readFile(file)).subarray(from).toString().trim().split('\n');
  const line = lines.find((text) => /\b(FATAL|PANIC|error|ERROR):/.test(text)) ?? lines.at(-1) ?? '';
  return line.replace(/^.*?\b(FATAL|PANIC|error|ERROR):\s*/, '').replace(/\.$/, '') || 'it gave no reason';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Pids are reused, especially in containers: a process is the server only if its working directory is `data`. */
async function isPostmaster(pid: number, data: string): Promise<boolean> {
  if (!existsSync('/proc/self')) return true;
  try {
    return (await fs.readlink(`/proc/${pid}/cwd`)) === (await fs.realpath(data));
  } catch (error) {
    // No permission: compare the process name. A process without a working directory is a zombie.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    return (await fs.readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim() === 'postgres';
  }
}

async function removeDrafts(home: Home): Promise<void> {
  for (const name of (await fs.readdir(home.path)).filter((entry) => /^data\.[0-9a-f]{12}$/.test(entry))) {
    const draft = join(home.path, name);
    const age = Date.now() - (await fs.stat(draft).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
    if (age > START_MS) await fs.rm(draft, { recursive: true, force: true });
  }
}

/** Another process may take the port before the server; then the start is retried with another port. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function exists(path: string): Promise<boolean> {
  return (await fs.stat(path).catch(() => undefined)) !== undefined;
}
