// Starts the processes of the contestants, servers and databases, on the servers' core. Does not depend on the contestant.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, startEmbeddedPostgres } from '@parlance/db/embedded/server.ts';
import { createLog } from '@parlance/service/log.ts';
import pg from 'pg';
import { pin, pinned } from './cores.ts';
import { DIGITS } from './servers/message.ts';

/** Starts a Node program, which is killed when `scope` is disposed or this process exits. */
export function start(scope: AsyncDisposableStack, args: string[], env: Record<string, string>): ChildProcess {
  const { PATH = '' } = process.env;
  const [command, ...all] = pinned('server', [process.execPath, ...args]);
  const child = spawn(command!, all, {
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  scope.defer(async () => {
    process.off('exit', kill);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    kill();
    await ended;
  });
  return child;
}

/** Resolves when the child has written its first output. */
export async function untilSaid(child: ChildProcess): Promise<void> {
  await Promise.race([
    once(child.stdout!, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('a server exited during its start'))),
  ]);
  child.stdout!.resume();
}

/** Creates an empty database on a PostgreSQL of its own, on the servers' core. */
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
 * How many messages these rooms have (`rows`), and how many of those numbered below `count`, except `but`, are among
 * them (`found`).
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
