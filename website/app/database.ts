// The connections to PostgreSQL. Knows no table's meaning; nothing else opens connections but listener.ts (LISTEN).
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Log } from '@parlance/service/log.ts';
import { type Kysely, Kysely as KyselyDatabase, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Tables } from './models.ts';

export type Database = Kysely<Tables>;

/** seq and counters are bigint in the database and below 2^53 by contract. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

/** No statement may take longer; what does not answer after that is no database any more but a hung connection. */
const STATEMENT_MS = 15_000;
const HUNG_MS = STATEMENT_MS + 3_000;
/** How long an append or a change waits for a row lock. */
export const LOCK_WAIT_MS = 1_000;
/** A transaction that is idle for this long is rolled back, which releases its locks. */
const IDLE_MS = 5_000;

/** Names each statement by its text, so that PostgreSQL keeps its plan: Kysely sends none. For few, fixed texts. */
class PreparingClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: pg's overloads; only Kysely's (text, values) form is changed
  override query(...args: any[]): any {
    const [text, values, ...rest] = args;
    if (typeof text !== 'string' || !Array.isArray(values)) return super.query(...(args as [never]));
    const name = createHash('sha256').update(text).digest('base64url').slice(0, 32);
    return super.query({ name, text, values } as never, ...(rest as [never]));
  }
}

export interface Databases {
  /** For everything except appending events. */
  general: Database;
  /** For appending events without waiting for a room's row: prepared generic plans. */
  append: Database;
  /** The same for appends that wait, for 1 s at the most: rooms whose rows are held take no connection from others. */
  waiting: Database;
  close(): Promise<void>;
}

/** Opens three pools; nothing is connected before the first query. */
export function openDatabases(url: string, connections: number, log: Log): Databases {
  let closing = false;
  const pool = (options: string, max: number, Client: typeof pg.Client = pg.Client) => {
    const made = new pg.Pool({
      connectionString: url,
      types,
      max,
      Client,
      options: `${options} -c idle_in_transaction_session_timeout=${IDLE_MS}`,
      connectionTimeoutMillis: 5_000,
      idleTimeoutMillis: 30_000,
      application_name: 'parlance-website',
    });
    // One that was told to end may hear from a server that stops as well: no news.
    made.on('error', (err) => closing || log.warn({ err }, 'an idle database connection failed'));
    // One that is in use rejects its query, and says so a second time: unheard, that would end the process.
    made.on('connect', (client) => client.on('error', () => undefined));
    closeHung(made);
    return made;
  };
  const generalPool = pool(`-c lock_timeout=5000 -c statement_timeout=${STATEMENT_MS}`, connections);
  const appendOptions = `-c lock_timeout=${LOCK_WAIT_MS} -c statement_timeout=10000 -c plan_cache_mode=force_generic_plan -c synchronous_commit=on`;
  const database = (from: pg.Pool) => new KyselyDatabase<Tables>({ dialect: new PostgresDialect({ pool: from }) });
  const general = database(generalPool);
  const append = database(pool(appendOptions, 8, PreparingClient));
  const waiting = database(pool(appendOptions, 8, PreparingClient));
  return {
    general,
    append,
    waiting,
    close: async () => {
      closing = true;
      await Promise.all([general.destroy(), append.destroy(), waiting.destroy()]);
    },
  };
}

/** A server that vanished without a word (its machine, the network) answers nothing, not even that it is gone. */
function closeHung(pool: pg.Pool): void {
  const timers = new WeakMap<pg.PoolClient, NodeJS.Timeout>();
  pool.on('acquire', (client) => {
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
    timers.set(client, setTimeout(() => stream.destroy(), HUNG_MS).unref());
  });
  pool.on('release', (_error, client) => clearTimeout(timers.get(client)));
}

/** PostgreSQL's SQLSTATE of an error, or undefined. 23505 unique, 55P03 lock_timeout, 40P01 deadlock, 08… connection. */
export const sqlState = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? error.code : undefined;

/** Whether the database could not be reached or is going away, so that trying later may help. */
export function isUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return /^(08|53|57P|55P03|57014|25P03)/.test(state);
  const { code, message } = error as NodeJS.ErrnoException;
  return (
    /^(ECONN|EPIPE|ETIMEDOUT|ENOENT|EAI_AGAIN|ENOTFOUND)/.test(code ?? '') ||
    /timeout|terminated|not queryable/i.test(message ?? '')
  );
}
