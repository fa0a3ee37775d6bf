// Detects database connections that died silently (a failover, a NAT) and closes them. When one is dead, it also closes
// the idle connections of every pool, so that no later request gets a dead one. Never opens a connection.
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Log } from '@parlance/service/log.ts';
import { warnRepeated } from '@parlance/service/repeated_lines.ts';
import pg from 'pg';

const TICK_MS = 250;
/** How long connecting may take, including the login. */
const CONNECT_MS = 3_000;
/** Once a connection hung: a query that was sent before that and has no answer for this long hangs too. */
const SUSPECT_MS = 2_000;
/** A connection to a read-only database is kept for this long: a new one may reach a database that accepts writes. */
const READ_ONLY_MS = 1_000;
/** TCP keepalive probes begin after this time without traffic; the kernel gives up about 10 s later. */
const KEEP_ALIVE_MS = 2_000;

export const READ_ONLY_SQL_TRANSACTION = '25006';

/** A client that records since when an answer is pending, and whether its database is read-only. */
export class WatchedClient extends pg.Client {
  readonly openedAt = performance.now();
  isReadOnly = false;
  /** In a pool and not checked out. */
  isIdle = false;
  /** For how long an answer may be pending; ConnectionWatch sets it. */
  hungMs = Number.POSITIVE_INFINITY;
  #unanswered = 0;
  #since = 0;

  constructor(config: pg.ClientConfig) {
    super({
      ...config,
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    });
    const reported = new Map<string, boolean>();
    wireOf(this).on('parameterStatus', ({ parameterName, parameterValue }) => {
      if (parameterName !== 'in_hot_standby' && parameterName !== 'default_transaction_read_only') return;
      reported.set(parameterName, parameterValue === 'on');
      this.isReadOnly = [...reported.values()].includes(true);
    });
  }

  /** Since when an answer is pending, in ms of performance.now(); undefined: none is pending. */
  get askedAt(): number | undefined {
    return this.#unanswered > 0 ? this.#since : undefined;
  }

  // biome-ignore lint/suspicious/noExplicitAny: pg's overloads; only calls that return a promise are watched
  override query(...args: any[]): any {
    const answer: unknown = super.query(...(args as [never]));
    if (!(answer instanceof Promise)) return answer;
    this.#unanswered += 1;
    if (this.#unanswered === 1) this.#since = performance.now();
    answer.then(this.#answered, this.#failed);
    return answer;
  }

  readonly #answered = (): void => {
    this.#unanswered -= 1;
    this.#since = performance.now();
  };

  readonly #failed = (error: unknown): void => {
    this.#answered();
    if ((error as { code?: unknown }).code === READ_ONLY_SQL_TRANSACTION) this.isReadOnly = true;
  };

  /** Destroys the socket without a Terminate message, which would never arrive: pending queries fail now. */
  destroy(): void {
    wireOf(this).stream.destroy();
  }
}

const wireOf = (client: pg.Client) =>
  (client as unknown as { connection: EventEmitter & { stream: Socket } }).connection;

/** Not a failure of the database: this end closed the connection. */
class Dropped extends Error {}

export class ConnectionWatch {
  readonly #clients = new Set<WatchedClient>();
  /** The clients that are in no pool. */
  readonly #singles = new Set<WatchedClient>();
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #tickedAt = performance.now();
  #hungAt = Number.NEGATIVE_INFINITY;
  #closing = false;

  constructor(log: Log) {
    this.#log = log;
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
  }

  /** Watches every connection of a pool of WatchedClients: an answer may be pending for at most `hungMs`. */
  pool(pool: pg.Pool, hungMs: number): void {
    pool.on('connect', (made) => {
      const client = made as unknown as WatchedClient;
      client.hungMs = hungMs;
      this.#clients.add(client);
      // A client in use also emits `error` when its query fails. Without a listener, that ends the process.
      client.on('error', (err) => err instanceof Dropped || this.dropIdle());
    });
    pool.on('acquire', (client) => {
      (client as unknown as WatchedClient).isIdle = false;
    });
    pool.on('release', (_error, released) => {
      const client = released as unknown as WatchedClient;
      client.isIdle = true;
      // The pool discards a client that is ending.
      if (isOutdated(client)) client.end().catch(() => undefined);
    });
    pool.on('remove', (client) => this.#clients.delete(client as unknown as WatchedClient));
    pool.on('error', (err) => {
      if (err instanceof Dropped || this.#closing) return;
      warnRepeated(this.#log, { err }, 'an idle database connection failed');
      this.dropIdle();
    });
  }

  /** Watches a connection that is in no pool. Its owner opens another when it ends. */
  single(client: WatchedClient, hungMs: number): void {
    client.hungMs = hungMs;
    this.#clients.add(client);
    this.#singles.add(client);
    client.once('end', () => {
      this.#clients.delete(client);
      this.#singles.delete(client);
    });
  }

  /** Closes the idle connections of all pools: after one is dead, they may be dead too. */
  dropIdle(matching: (client: WatchedClient) => boolean = () => true): void {
    for (const client of this.#clients) if (client.isIdle && matching(client)) this.#drop(client);
  }

  /** From now on, connections that end are not logged. */
  closing(): void {
    this.#closing = true;
  }

  /** Stops watching. Call it after the pools are closed, because a hung connection would block their closing. */
  close(): void {
    clearInterval(this.#timer);
  }

  /** Emits `error` first: the pool then removes the idle client at once and never hands it out again. */
  #drop(client: WatchedClient): void {
    this.#clients.delete(client);
    client.emit('error', new Dropped('The website dropped an idle connection.'));
    client.destroy();
  }

  #tick(): void {
    const now = performance.now();
    const late = now - this.#tickedAt - TICK_MS;
    this.#tickedAt = now;
    // The event loop was blocked: the answers may have arrived, unread.
    if (late > TICK_MS) return;
    const hung = [...this.#clients].filter(({ askedAt, hungMs }) => {
      if (askedAt === undefined) return false;
      return now - askedAt > (askedAt < this.#hungAt ? Math.min(SUSPECT_MS, hungMs) : hungMs);
    });
    for (const client of hung) client.destroy();
    if (hung.length > 0) {
      this.#hungAt = now;
      const details = { connections: hung.length };
      warnRepeated(this.#log, details, 'database connections did not answer; they and the idle ones are closed');
      this.dropIdle();
      return;
    }
    this.dropIdle(isOutdated);
    for (const client of this.#singles) if (isOutdated(client)) client.destroy();
  }
}

const isOutdated = (client: WatchedClient) => client.isReadOnly && performance.now() - client.openedAt > READ_ONLY_MS;
