// The processes of the contestants: a server and a database on the core of the servers, and when they are ready. Knows no
// contestant.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, startEmbeddedPostgres } from '@parlance/db/embedded.ts';
import { createLog } from '@parlance/service/log.ts';
import pg from 'pg';
import { pin, pinned } from './cores.ts';
import { DIGITS } from './servers/message.ts';

/** Starts a program of Node, which ends with `scope`. */
export function start(scope: AsyncDisposableStack, args: string[], env: Record<string, string>): ChildProcess {
  const { PATH = '' } = process.env;
  const [command, ...all] = pinned('server', [process.execPath, ...args]);
  const child = spawn(command!, all, {
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  scope.defer(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  });
  return child;
}

/** Resolves when it has written its first line. */
export async function untilSaid(child: ChildProcess): Promise<void> {
  await Promise.race([
    once(child.stdout!, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('a server ended at its start'))),
  ]);
  child.stdout!.resume();
}

/** Resolves when Parlance lets people in. */
export async function untilHealthy(port: number): Promise<void> {
  for (let waited = 0; waited < 30_000; waited += 50) {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.status === 200) return;
    await sleep(50);
  }
  throw new Error('Parlance did not become ready');
}

/** An empty database on a PostgreSQL of its own, on the core of the servers. */
export async function database(scope: AsyncDisposableStack): Promise<{ url: string; pid: number }> {
  const directory = await mkdtemp(join(tmpdir(), 'parlance-bench-'));
  scope.defer(() => rm(directory, { recursive: true, force: true }));
  const server = await startEmbeddedPostgres({ directory, log: createLog({ service: 'bench', level: 'error' }) });
  scope.defer(() => server.stop());
  const pid = Number.parseInt(readFileSync(join(directory, 'data/postmaster.pid'), 'utf8'), 10);
  pin('server', pid);
  return { url: await createDatabase(server.url, 'bench'), pid };
}

/**
 * Of the messages of these rooms: how many there are, and how many numbers below `count`, except `but`, are among them.
 */
export async function storedIn(
  url: string,
  rooms: { column: string; values: string[] },
  count: number,
  but: readonly number[],
) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(
    `select count(*)::int as rows, count(distinct n) filter (where n < $1 and n <> all($2::bigint[]))::int as found
     from (select right(content, $3)::bigint as n from messages where ${rooms.column}::text = any($4)) m`,
    [count, but, DIGITS, rooms.values],
  );
  await client.end();
  return rows[0] as { rows: number; found: number };
}
