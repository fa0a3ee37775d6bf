// Loads a backup into an empty database in one transaction: a failure changes nothing. Never loads into a database that
// is in use.
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { migrate, migrationNames } from '@parlance/db/migrate.ts';
import { StartError } from '@parlance/service/start_error.ts';
import { type Kysely, sql } from 'kysely';
import pg from 'pg';
import copy from 'pg-copy-streams';
import { BOOKKEEPING, readCatalog } from './catalog.ts';
import { type Connection, withConnection } from './connection.ts';
import { BackupReader, countRows, DamagedBackup, type Header, newer } from './format.ts';

/** Tables that may have rows in an empty database: a website creates keys when it starts, and counts attempts. */
const OF_EMPTY_STACKS = ['signing_keys', 'rate_limits'];

/** How long a restore waits for other connections to end, and how often it checks, in ms. */
const [ENDING_MS, ENDING_STEP_MS] = [2_000, 50];

/** The progress of a restore. */
export interface Loaded {
  table: string;
  /** Rows of this table that are loaded. */
  rows: number;
  /** Bytes of the compressed backup that are read. */
  bytes: number;
  /** Rows of each table that is complete. */
  counts: Record<string, number>;
}

export interface LoadOptions {
  signal?: AbortSignal;
  onStart?: (loaded: Loaded) => void;
  /** Called before the commit: if anything fails later, it is unknown whether the restore was committed. */
  onCommit?: () => void;
  /** Keeps the schema of the backup, for tests of the migrations. */
  keepSchema?: boolean;
  /** Runs in the transaction, after the last migration. */
  // biome-ignore lint/suspicious/noExplicitAny: see Connection
  finish?: (db: Kysely<any>) => Promise<void>;
}

/**
 * Loads the backup from `source` and migrates it to the current schema. The buffers of the streams bound the memory.
 * @throws StartError when the database is in use or not empty, or the backup is damaged or of a newer version. Then the
 * database is unchanged.
 */
export function loadBackup(
  url: string,
  source: Readable,
  options: LoadOptions = {},
): Promise<Loaded & { header: Header }> {
  const { signal, onStart, onCommit, keepSchema, finish } = options;
  const loaded: Loaded = { table: '', rows: 0, bytes: 0, counts: {} };
  onStart?.(loaded);
  const counted = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      loaded.bytes += chunk.length;
      yield chunk;
    }
  };
  const text = createGunzip();
  // The reader gets the error of any stream from `text`, which may emit it after the pipeline has ended.
  text.on('error', () => undefined);
  void pipeline(source, counted, text, { signal }).catch(() => undefined);
  const reader = new BackupReader(text);
  return withConnection(url, signal, async ({ client, db }) => {
    const header = await db.transaction().execute(async (tx) => {
      await refuseUsed(tx);
      const header = await reader.header();
      if (!(await migrationNames()).includes(header.schema)) throw newer(`schema ${header.schema}`);
      await emptyDatabase(tx);
      await migrate(tx, header.schema);
      await loadTables({ client, db: tx }, reader, loaded, signal);
      if (!keepSchema) await migrate(tx);
      await finish?.(tx);
      // Runs in the transaction, so that only the commit can fail afterwards.
      const { tables } = await readCatalog(tx);
      await sql`analyze ${sql.join(tables.map((table) => sql.id(table.name)))}`.execute(tx);
      signal?.throwIfAborted();
      onCommit?.();
      return header;
    });
    return { ...loaded, header };
  }).finally(() => text.destroy());
}

/**
 * Refuses a database that a website or a backup is connected to: a running website caches keys and email addresses that
 * differ from those of the backup. Retries for 2 s, because the connection of a failed restore may still be closing.
 */
async function refuseUsed(tx: Connection['db']): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('parlance restore'))`.execute(tx);
  for (const deadline = performance.now() + ENDING_MS; ; await sleep(ENDING_STEP_MS)) {
    // Within a transaction, pg_stat_activity keeps its first snapshot.
    await sql`select pg_stat_clear_snapshot()`.execute(tx);
    const { rows } = await sql`select from pg_stat_activity where datname = current_database()
      and pid <> pg_backend_pid() and application_name like 'parlance-%' limit 1`.execute(tx);
    if (rows.length === 0) return;
    if (performance.now() > deadline) {
      throw new StartError('A website or a backup uses this database: stop it before a restore.');
    }
  }
}

/** Drops the tables of an unused database of any version. @throws StartError if it has data. */
async function emptyDatabase(tx: Connection['db']): Promise<void> {
  const { schema, tables } = await readCatalog(tx);
  if (tables.length === 0) return;
  const names = (schema === undefined ? [] : BOOKKEEPING).concat(tables.map(({ name }) => name));
  await sql`lock table ${sql.join(names.map((name) => sql.id(name)))} in access exclusive mode`.execute(tx);
  for (const name of names.filter((one) => ![...BOOKKEEPING, ...OF_EMPTY_STACKS].includes(one))) {
    const { rows } = await sql`select from ${sql.id(name)} limit 1`.execute(tx);
    if (schema === undefined || rows.length > 0) {
      throw new StartError('This database is not empty: a restore needs an empty one, and nothing was changed.');
    }
  }
  await sql`drop table ${sql.join(names.map((name) => sql.id(name)))} cascade`.execute(tx);
}

async function loadTables({ client, db }: Connection, reader: BackupReader, loaded: Loaded, signal?: AbortSignal) {
  const { tables } = await readCatalog(db);
  for (let line = await reader.table(); line; line = await reader.table()) {
    const { table, columns } = line;
    const known = tables.find(({ name }) => name === table && !(name in loaded.counts));
    if (!known || String(columns?.toSorted()) !== String(known.columns.toSorted())) {
      throw new DamagedBackup('its tables do not match its schema');
    }
    Object.assign(loaded, { table, rows: 0 });
    const list = columns.map(pg.escapeIdentifier);
    const into = client.query(copy.from(`copy ${pg.escapeIdentifier(table)} (${list}) from stdin`));
    const counted = async function* () {
      for await (const part of reader.rows()) {
        loaded.rows += countRows(part);
        yield part;
      }
    };
    await pipeline(counted, into, { signal }).catch((error) => refuseRows(error, table));
    if ((await reader.rowCount()) !== into.rowCount) throw new DamagedBackup(`rows of ${table} are missing`);
    loaded.counts[table] = loaded.rows;
  }
  const missing = tables.find(({ name }) => !(name in loaded.counts));
  if (missing) throw new DamagedBackup(`it has no table ${missing.name}`);
}

/** Reports rejected values by SQLSTATE only, because PostgreSQL's message would show them. */
function refuseRows(error: unknown, table: string): never {
  const { code = '' } = error instanceof pg.DatabaseError ? error : {};
  if (/^2[23]/.test(code)) throw new DamagedBackup(`a row of ${table} fails with SQLSTATE ${code}`);
  throw error;
}
