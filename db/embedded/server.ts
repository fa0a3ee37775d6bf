// The embedded PostgreSQL of `npm start` and the tests: one server per data directory, owned by one process at a time.
// Knows no tables: the migrations create the schema.
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@parlance/service/log.ts';
import { StartError } from '@parlance/service/start_error.ts';
import pg from 'pg';
import { type Home, openHome } from './place.ts';
import { awaitPostmaster, makeCluster, type Postmaster, signal, stopPostmaster } from './postmaster.ts';

export { StartError };

export interface EmbeddedPostgres {
  /** URL of the database `parlance`, including the password: never log it. */
  url: string;
  /** Stops the server and closes all connections. Resolves when the server has exited. */
  stop: () => Promise<void>;
}

/**
 * The process that holds this advisory lock in the database `postgres` owns the server; the lock ends with its
 * connection.
 */
const OWNER_LOCK = 0x7061726c;
const OWNER_PATIENCE_MS = 1_000;
const OWNING_MS = 60_000;
const SETTINGS = [
  'max_connections=200',
  'shared_buffers=64MB',
  'synchronous_commit=on',
  'timezone=UTC',
  'log_timezone=UTC',
  'log_checkpoints=off',
  // Keeps message texts and personal data out of the log: no statements, no values of violated keys.
  'log_min_error_statement=panic',
  'log_error_verbosity=terse',
];

/**
 * Starts the server on `directory`, which is created if missing, or takes over a server that a killed process left
 * running. The first start takes about 1 s, later ones a tenth. Creates the database `parlance`. A server that dies is
 * restarted on the same port. The server does not keep this process alive and is stopped when it exits. `durable:
 * false` (tests only) disables fsync: a crash of the machine may corrupt the data.
 * @throws StartError when the directory is not writable or in use by another Parlance, or the server does not start.
 */
export async function startEmbeddedPostgres(options: {
  directory: string;
  log: Log;
  durable?: boolean;
}): Promise<EmbeddedPostgres> {
  const { directory, log, durable = true } = options;
  const home = await openHome(resolve(directory), log);
  await makeCluster(home, durable);
  let owned = await own(home, directory, durable);
  const { port } = owned.postmaster;
  if ((await owned.owner.query("SELECT FROM pg_database WHERE datname = 'parlance'")).rowCount === 0) {
    await owned.owner.query('CREATE DATABASE parlance');
  }
  let stopping = false;
  const watch = () => {
    // pg has this method, but its types do not.
    (owned.owner as unknown as { unref: () => void }).unref();
    owned.owner.once('end', async () => {
      if (stopping) return;
      log.error(`the embedded PostgreSQL has stopped (see ${home.path}/postgres.log); restarting it`);
      try {
        owned = await own(home, directory, durable, port);
        watch();
      } catch (error) {
        log.fatal({ err: error }, 'the embedded PostgreSQL could not be restarted');
      }
    });
  };
  watch();
  // If the process exits without stop(). A server that is left running is taken over by the next start.
  const lastResort = () => signal(owned.postmaster.pid, 'SIGINT');
  process.once('exit', lastResort);
  const stop = async () => {
    stopping = true;
    await stopPostmaster(home.data, owned.postmaster.pid);
    process.off('exit', lastResort);
  };
  return { url: urlOf(home, port, 'parlance'), stop };
}

/** Creates the database `name` on the server of `url`, from `template` if given, and returns its URL. */
export async function createDatabase(url: string, name: string, template?: string): Promise<string> {
  const source = template === undefined ? '' : ` TEMPLATE ${pg.escapeIdentifier(template)}`;
  await administer(url, `CREATE DATABASE ${pg.escapeIdentifier(name)}${source}`);
  return Object.assign(new URL(url), { pathname: `/${encodeURIComponent(name)}` }).href;
}

/** Drops the database `name` on the server of `url` if it exists, and closes its connections. */
export async function dropDatabase(url: string, name: string): Promise<void> {
  await administer(url, `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client(Object.assign(new URL(url), { pathname: '/postgres' }).href);
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Returns a server with these settings and the connection that owns it. A server with other settings is replaced. */
async function own(home: Home, directory: string, durable: boolean, port?: number) {
  const chosen = [...SETTINGS, ...(durable ? [] : ['fsync=off', 'full_page_writes=off'])];
  const mark = createHash('sha256')
    .update([home.version, ...chosen].join('\n'))
    .digest('hex')
    .slice(0, 8);
  const settings = [...chosen, `cluster_name=parlance-${mark}`];
  const deadline = Date.now() + OWNING_MS;
  while (Date.now() < deadline) {
    const postmaster = await awaitPostmaster(home, settings, port);
    const entry = await becomeOwner(home, postmaster, directory);
    if (entry?.name === `parlance-${mark}`) return { postmaster, owner: entry.owner };
    if (entry) await stopPostmaster(home.data, postmaster.pid);
    await sleep(20);
  }
  throw new StartError(
    `PostgreSQL in ${home.path} does not accept the connection of its owner (more in ${home.path}/postgres.log).`,
  );
}

/** Takes the owner lock. `name` is the server's `cluster_name`. Undefined when the server stopped meanwhile. */
async function becomeOwner(
  home: Home,
  postmaster: Postmaster,
  directory: string,
): Promise<{ owner: pg.Client; name: string } | undefined> {
  const client = new pg.Client({
    connectionString: urlOf(home, postmaster.port, 'postgres'),
    application_name: `parlance ${process.pid}`,
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const deadline = Date.now() + OWNER_PATIENCE_MS;
    const claim = "SELECT pg_try_advisory_lock($1) AS mine, current_setting('cluster_name') AS name";
    for (;;) {
      const { mine, name } = (await client.query<{ mine: boolean; name: string }>(claim, [OWNER_LOCK])).rows[0]!;
      if (mine) return { owner: client, name };
      if (Date.now() > deadline) throw new StartError(await inUse(client, directory));
      await sleep(50);
    }
  } catch (error) {
    await client.end().catch(() => undefined);
    if (error instanceof StartError) throw error;
    if ((error as pg.DatabaseError).code === '28P01') {
      throw new StartError(
        `The password in ${home.passwordFile} is not the one of the database: restore the original file.`,
      );
    }
    return undefined;
  }
}

async function inUse(client: pg.Client, directory: string): Promise<string> {
  const { rows } = await client.query<{ application_name: string }>(
    `SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND objid = $1 AND granted`,
    [OWNER_LOCK],
  );
  const holder = rows[0]?.application_name.replace('parlance ', ' (process ') ?? '';
  return `Another Parlance${holder && `${holder})`} uses the data in ${directory}: stop it first, or give this one a database of its own with DATABASE_URL.`;
}

export function urlOf(home: Home, port: number, database: string): string {
  return `postgres://parlance:${home.password}@127.0.0.1:${port}/${database}?sslmode=disable`;
}
