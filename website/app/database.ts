// The connection pools of PostgreSQL. Knows the meaning of no table. Other connections: listener.ts has one (LISTEN),
// and the migration at the start (main.ts), a backup and a restore open their own.
import { createHash } from 'node:crypto';
import type { Log } from '@parlance/service/log.ts';
import {
  type Compilable,
  type CompiledQuery,
  type Kysely,
  Kysely as KyselyDatabase,
  PostgresDialect,
  sql,
} from 'kysely';
import pg from 'pg';
import { ConnectionWatch, READ_ONLY_SQL_TRANSACTION, WatchedClient } from './connection_watch.ts';
import type { Tables } from './models.ts';
import { type PoolName, StoreMetrics } from './store_metrics.ts';

export type Database = Kysely<Tables>;

/** seq and counters are bigint in the database and below 2^53 by contract. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

/** In ms. PostgreSQL cancels a statement after `statement`. A connection that does not answer for `hung` is dead. */
const BOUNDS = {
  append: { statement: 2_000, hung: 2_500 },
  general: { statement: 6_000, hung: 7_000 },
  background: { statement: 15_000, hung: 18_000 },
};
/** How long a request waits for a connection of its pool. */
const QUEUE_MS = 5_000;
const BACKGROUND_CONNECTIONS = 2;
/** How long an append or a change waits for a row lock. */
export const LOCK_WAIT_MS = 1_000;
/** A transaction that is idle for this long is rolled back, which releases its locks. */
const IDLE_MS = 5_000;

/** Connections of the smaller pools. */
const DOOR = 6;
const PAGES = 4;
const CHANGES = 2;

/** A cached plan must not scan: it may have been made while the statistics said that a table was empty. */
const NO_SCANS = '-c enable_seqscan=off';

const names = new Map<string, string>();

/** The name of a prepared statement, the same for the same text. */
function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = createHash('sha256').update(text).digest('base64url').slice(0, 32);
  names.set(text, name);
  return name;
}

/** Names each statement by the hash of its text, so that PostgreSQL caches its plan. Only for few, fixed texts. */
class PreparingClient extends WatchedClient {
  // biome-ignore lint/suspicious/noExplicitAny: pg's overloads; only Kysely's (text, values) form is changed
  override query(...args: any[]): any {
    const [text, values, ...rest] = args;
    if (typeof text !== 'string' || !Array.isArray(values)) return super.query(...(args as [never]));
    return super.query({ name: nameOf(text), text, values } as never, ...(rest as [never]));
  }
}

export interface Databases {
  /** For everything without a separate pool. */
  general: Database;
  /** For appending events without waiting for the lock of a room's row. Prepared generic plans. */
  append: Database;
  /** For appends that wait up to 1 s for a lock: locked rooms take no connection from other rooms. Same plans. */
  waiting: Database;
  /** For background work with long statements: filling, cleaning up, erasing. No request waits for it. */
  background: Database;
  /** For room tokens and for opening rooms, so that joining depends on no other load. Prepared plans. */
  door: Database;
  /** For chat's reads of the log. Prepared plans. */
  pages: Database;
  /** Only for `changes`, which chat must get within a second. Prepared plans. Writes nothing durable. */
  changes: Database;
  /** Watches the connections of all pools. */
  watch: ConnectionWatch;
  metrics: StoreMetrics;
  close(): Promise<void>;
}

/** Opens the pools; nothing is connected before the first query. */
export function openDatabases(url: string, connections: number, log: Log): Databases {
  const watch = new ConnectionWatch(log);
  const metrics = new StoreMetrics();
  const open = (
    name: PoolName,
    bounds: { statement: number; hung: number },
    options: string,
    max: number,
    Client = WatchedClient,
  ) => {
    const pool = new pg.Pool({
      connectionString: url,
      types,
      max,
      Client: Client as unknown as typeof pg.Client,
      options: `${options} -c statement_timeout=${bounds.statement} -c idle_in_transaction_session_timeout=${IDLE_MS}`,
      connectionTimeoutMillis: QUEUE_MS,
      idleTimeoutMillis: 30_000,
      application_name: 'parlance-website',
    });
    watch.pool(pool, bounds.hung);
    metrics.watch(name, pool);
    return new KyselyDatabase<Tables>({ dialect: new PostgresDialect({ pool }) });
  };
  const appendOptions = `-c lock_timeout=${LOCK_WAIT_MS} -c plan_cache_mode=force_generic_plan ${NO_SCANS} -c synchronous_commit=on`;
  const general = open('general', BOUNDS.general, '-c lock_timeout=5000', connections);
  const append = open('append', BOUNDS.append, appendOptions, 8, PreparingClient);
  const waiting = open('waiting', BOUNDS.append, appendOptions, 8, PreparingClient);
  const background = open('background', BOUNDS.background, '-c lock_timeout=5000', BACKGROUND_CONNECTIONS);
  const quick = `-c lock_timeout=${LOCK_WAIT_MS}`;
  const door = open('door', BOUNDS.append, `${quick} ${NO_SCANS}`, DOOR, PreparingClient);
  const pages = open('pages', BOUNDS.append, `${quick} ${NO_SCANS}`, PAGES, PreparingClient);
  // A notification needs no durability: its commit must not wait for the disk, which appends keep busy.
  const changes = open('changes', BOUNDS.append, `${quick} -c synchronous_commit=off`, CHANGES, PreparingClient);
  const all = [general, append, waiting, background, door, pages, changes];
  return {
    general,
    append,
    waiting,
    background,
    door,
    pages,
    changes,
    watch,
    metrics,
    close: async () => {
      watch.closing();
      await Promise.all(all.map((database) => database.destroy()));
      watch.close();
    },
  };
}

/**
 * A query that is built once. Building it with Kysely for each call costs a busy path more than sending it.
 * @param build uses placeholder values; a call passes its parameters in the order of these values in the text.
 */
export function fixedQuery<Row>(
  build: (db: Database) => Compilable<Row>,
): (db: Database, ...parameters: unknown[]) => Promise<Row[]> {
  let compiled: CompiledQuery<Row> | undefined;
  return async (db, ...parameters) => {
    compiled ??= build(db).compile();
    return (await db.executeQuery<Row>({ ...compiled, parameters })).rows;
  };
}

/** Whether the database is read-only now: it is a standby, or an operator or a failover made it read-only. */
export async function isReadOnly(db: Database): Promise<boolean> {
  const { rows } = await sql<{ off: boolean }>`
    select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as off`.execute(db);
  return rows[0]!.off;
}

/** The reasons why the database cannot be used now, for the operator; empty: it accepts reads and writes. */
export const databaseReasons = (db: Database): Promise<string[]> =>
  isReadOnly(db).then(
    (readOnly) => (readOnly ? ['the database is read-only'] : []),
    () => ['the database does not answer'],
  );

/** PostgreSQL's SQLSTATE of an error, or undefined. 23505 unique, 55P03 lock_timeout, 40P01 deadlock, 08… connection. */
export const sqlState = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? error.code : undefined;

/** Whether the database is unreachable, too slow, shutting down or read-only now, so that a later retry may help. */
export function isUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return state === READ_ONLY_SQL_TRANSACTION || /^(08|53|57P|55P03|57014|25P03)/.test(state);
  const { code, message } = error as NodeJS.ErrnoException;
  return (
    /^(ECONN|EHOST|ENET|EPIPE|ETIMEDOUT|ENOENT|EAI_AGAIN|ENOTFOUND)/.test(code ?? '') ||
    /timeout|terminated|not queryable|already been destroyed/i.test(message ?? '')
  );
}
