// Directories, processes and checkouts for the tests of the embedded PostgreSQL. Contains no assertions.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { createLog } from '@parlance/service/log.ts';
import pg from 'pg';
import { startEmbeddedPostgres } from '../embedded/server.ts';

export const checkout = join(import.meta.dirname, '..', '..');
export const isRoot = process.getuid?.() === 0;
/** An ordinary user that exists on every Linux. */
export const NOBODY = 65534;
export const quiet = createLog({ service: 'test', level: 'silent' });

const children = new Map<TestContext, ChildProcess[]>();

/** A folder that every user can reach; removed after the test with its processes and its folder under /var/lib. */
export function folder(t: TestContext): string {
  const path = fs.mkdtempSync(join(tmpdir(), 'parlance-embedded-'));
  fs.chmodSync(path, 0o755);
  t.after(() => {
    for (const child of children.get(t) ?? []) child.kill('SIGKILL');
    for (const server of servers(path)) if (isAlive(server)) process.kill(server, 'SIGKILL');
    for (const link of elsewheres(path)) fs.rmSync(fs.readlinkSync(link), { recursive: true, force: true });
    fs.rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  });
  return path;
}

let made: Promise<string> | undefined;

/** A folder with an existing, stopped cluster: for tests of later starts, which need not wait for initdb. */
export async function usedFolder(t: TestContext): Promise<string> {
  made ??= (async () => {
    const model = fs.mkdtempSync(join(tmpdir(), 'parlance-embedded-model-'));
    fs.chmodSync(model, 0o755);
    process.once('exit', () => fs.rmSync(model, { recursive: true }));
    await (await startEmbeddedPostgres({ directory: model, log: quiet, durable: false })).stop();
    return model;
  })();
  const path = folder(t);
  execFileSync('cp', ['-a', `${await made}/.`, path]);
  return path;
}

/** A copy of this checkout in a folder that only `uid` can enter. */
export function privateCheckout(t: TestContext, uid: number): string {
  const path = join(folder(t), 'checkout');
  fs.mkdirSync(path, { mode: 0o700 });
  for (const part of ['package.json', 'node_modules', 'service', 'db/package.json', 'db/embedded', 'db/tests']) {
    fs.mkdirSync(join(path, part, '..'), { recursive: true });
    copy(join(checkout, part), join(path, part));
  }
  fs.chownSync(path, uid, uid);
  fs.chownSync(join(path, 'db'), uid, uid);
  return path;
}

export interface Child {
  process: ChildProcess;
  /** From its first line. */
  url?: string;
  refused?: string;
  /** Everything it prints after that. */
  rest: Promise<string>;
}

/** Runs embedded_child.ts in its own process group, as from a terminal, and resolves with its first line. */
export async function startChild(
  t: TestContext,
  directory: string,
  options: { uid?: number; from?: string; ending?: 'wait' | 'end' } = {},
): Promise<Child> {
  const { uid, from = checkout, ending = 'wait' } = options;
  const own = join(from, 'node_modules/node/bin/node');
  const child = spawn(
    fs.existsSync(own) ? own : process.execPath,
    [join(from, 'db/tests/embedded_child.ts'), directory, ending],
    {
      ...(uid === undefined ? {} : { uid, gid: uid }),
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  children.set(t, [...(children.get(t) ?? []), child]);
  const lines = createInterface(child.stdout);
  const [line] = (await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => ['{}'])])) as [string];
  const more: string[] = [];
  lines.on('line', (text) => more.push(text));
  const rest = once(lines, 'close').then(() => more.join('\n'));
  return { process: child, ...JSON.parse(line), rest };
}

/** Kills a child with SIGKILL and waits for its exit. */
export async function killHard(child: Child): Promise<void> {
  const ended = once(child.process, 'exit');
  child.process.kill('SIGKILL');
  await ended;
}

export async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** Returns the pid in postmaster.pid. */
export function serverPid(directory: string): number {
  return Number(fs.readFileSync(join(directory, 'data/postmaster.pid'), 'utf8').split('\n', 1)[0]);
}

/** A zombie counts as dead. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(fs.existsSync('/proc/self') ? fs.readFileSync(`/proc/${pid}/stat`, 'utf8') : '');
  } catch {
    return false;
  }
}

function elsewheres(path: string): string[] {
  return fs
    .globSync(['elsewhere', '*/elsewhere', '*/*/elsewhere', '*/*/*/elsewhere', '*/*/*/*/elsewhere'], { cwd: path })
    .map((link) => join(path, link));
}

function servers(path: string): number[] {
  const homes = [...elsewheres(path), ...fs.globSync('*/', { cwd: path }).map((home) => join(path, home)), path];
  return homes.filter((home) => fs.existsSync(join(home, 'data/postmaster.pid'))).map(serverPid);
}

/** Copies with hard links if the file system allows them, because the tree is large. */
function copy(from: string, to: string): void {
  try {
    execFileSync('cp', ['-al', from, to], { stdio: 'ignore' });
  } catch {
    execFileSync('cp', ['-a', from, to]);
  }
}
