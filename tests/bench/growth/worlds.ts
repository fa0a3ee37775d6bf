// Creates the databases under comparison, one per size on one PostgreSQL, each from a copy of the next smaller one. Starts
// a website on one of them. Takes no measurements.
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase } from '@parlance/db/embedded/server.ts';
import { migrate } from '@parlance/db/migrate.ts';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { containerArguments } from '../../container_command.ts';
import { freePort } from '../../free_port.ts';
import { openRecords, type RecordedRoom } from '../../records.ts';
import { SECRETS } from '../../stack.ts';
import { RATES } from '../parlance.ts';
import { database, start } from '../programs.ts';
import { fill, LOG_ROOM, type Size } from './fill.ts';

export interface World extends Size {
  url: string;
}

/** @param sizes in ascending order. */
export async function makeWorlds(
  scope: AsyncDisposableStack,
  sizes: readonly Size[],
  tell: (line: string) => void,
): Promise<World[]> {
  const server = await database(scope);
  await migrated(server.url);
  const worlds: World[] = [];
  let template = new URL(server.url).pathname.slice(1);
  for (const size of sizes) {
    const name = `events_${size.events}`;
    const url = await createDatabase(server.url, name, template);
    template = name;
    await fill(url, size, tell);
    worlds.push({ ...size, url });
  }
  return worlds;
}

export async function migrated(url: string): Promise<void> {
  const db = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: 2 }) }) });
  await migrate(db).finally(() => db.destroy());
}

export interface Site {
  process: ChildProcess;
  url: string;
  internalUrl: string;
  /** Resolves when the website answers with a page. */
  untilServing(): Promise<void>;
}

const PATIENCE_MS = 60_000;
const EVERY_MS = 20;

/** Starts a website as its container does, and does not wait until it is ready. Its stdout has the log at level info. */
export async function startSite(scope: AsyncDisposableStack, databaseUrl: string): Promise<Site> {
  const [port, internalPort] = [await freePort(), await freePort()];
  const process = start(scope, containerArguments('website'), {
    ...RATES,
    ...SECRETS,
    ...{ HOST: '127.0.0.1', PUBLIC_URL: `http://127.0.0.1:${port}`, LOG_LEVEL: 'info' },
    ...{ DATABASE_URL: databaseUrl, PORT: String(port), INTERNAL_PORT: String(internalPort) },
  });
  process.stdout!.resume();
  const url = `http://127.0.0.1:${port}`;
  const untilServing = async () => {
    for (let waited = 0; waited < PATIENCE_MS; waited += EVERY_MS) {
      const answer = await fetch(`${url}/login`).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer?.status === 200) return;
      await sleep(EVERY_MS);
    }
    throw new Error(`a website did not start in ${PATIENCE_MS} ms`);
  };
  return { process, url, internalUrl: `http://127.0.0.1:${internalPort}/internal`, untilServing };
}

/** Returns the room with the long log, and an access token of its owner. The website must have started before. */
export async function visitor(databaseUrl: string): Promise<{ room: RecordedRoom; token: string }> {
  const records = openRecords(databaseUrl);
  try {
    const [session] = await records.query(
      `insert into sessions (user_id, expires_at)
       select id, now() + interval '1 day' from users where username_key = 'user1' returning handle, user_id`,
    );
    const [room] = await records.query('select id, name from chat_rooms where name_key = $1', [LOG_ROOM]);
    const member = { userId: session!.user_id, sid: session!.handle, username: 'user1', email: 'user1@example.org' };
    return { room: room as RecordedRoom, token: await records.accessToken(member) };
  } finally {
    await records.close();
  }
}
