// What an operator sees of the website: requests, refusals, what is stored, the connections to the database. No label ever
// names a user, a room, an address or a path.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { reasonsOf } from '@parlance/service/health.ts';
import { addGauge, addTally, Tally } from '@parlance/service/metrics.ts';
import { PROBLEMS, type ProblemCode } from '@parlance/specs/problems.ts';
import { error as openApiErrors } from 'express-openapi-validator';
import type pg from 'pg';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ChangeFeed } from './changes.ts';
import { type Mailer, noMails } from './mailer.ts';
import { placesTaken } from './services/hashing.ts';

/** For the world, or for chat and operators. */
export type ListenerName = 'public' | 'internal';
export type PoolName = 'general' | 'append' | 'waiting' | 'background' | 'door' | 'pages' | 'changes';
const STORED = ['message.created', 'message.edited', 'message.deleted', 'reaction.added', 'reaction.removed'] as const;
export type StoredType = (typeof STORED)[number];

/** How long a scrape waits for what the database says. */
const READY_MS = 500;
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const BATCH = [1, 2, 5, 10, 20, 50, 100, 200, 500];
/** Refusals of what the contract does not allow, as opposed to what somebody may not do now. */
const OFF_SPEC: ReadonlySet<ProblemCode> = new Set([
  'invalid_request',
  'invalid_json',
  'unsupported_media_type',
  'body_too_large',
  'method_not_allowed',
  'not_found',
]);

/** Requests of both listeners. */
export class RequestMetrics {
  readonly #offSpecRequests = new Tally<ListenerName>(['public', 'internal']);
  readonly #offSpecAnswers = new Tally<ListenerName>(['public', 'internal']);
  readonly #requests = new Counter({
    name: 'parlance_requests_total',
    help: 'Answered requests by operation of the contract (page: a page, document or script; unknown: no operation was found) and status; aborted: the client left first',
    labelNames: ['listener', 'operation', 'status'],
    registers: [],
  });
  readonly #seconds = new Histogram({
    name: 'parlance_request_seconds',
    help: 'From the first line of the app until the answer was written; getChanges waits for news by design',
    labelNames: ['listener', 'operation'],
    buckets: SECONDS,
    registers: [],
  });
  readonly #refusals = new Counter({
    name: 'parlance_refusals_total',
    help: 'Requests answered with a problem, by its code',
    labelNames: ['listener', 'code'],
    registers: [],
  });

  constructor() {
    for (const code of Object.keys(PROBLEMS)) this.#refusals.inc({ listener: 'public', code }, 0);
  }

  /** Counts a request when it is over. */
  watch(listener: ListenerName, request: IncomingMessage, response: ServerResponse): void {
    const began = performance.now();
    // Kept now: Express changes the url while it routes.
    const other = request.url?.startsWith('/api/') || listener === 'internal' ? 'unknown' : 'page';
    response.once('close', () => {
      const { openapi } = request as { openapi?: { schema?: { operationId?: string } } };
      const operation = openapi?.schema?.operationId ?? other;
      const status = response.writableFinished ? response.statusCode : 'aborted';
      this.#requests.inc({ listener, operation, status });
      this.#seconds.observe({ listener, operation }, (performance.now() - began) / 1_000);
    });
  }

  /** A request was answered with a problem. @param error what was thrown. */
  refused(listener: ListenerName, code: ProblemCode, error: unknown): void {
    this.#refusals.inc({ listener, code });
    if (OFF_SPEC.has(code)) this.#offSpecRequests.add(listener);
    if (error instanceof openApiErrors.InternalServerError) this.offSpecAnswer(listener);
  }

  /** An answer of ours was not as the contract says, and was not sent. */
  offSpecAnswer(listener: ListenerName): void {
    this.#offSpecAnswers.add(listener);
  }

  register(registry: Registry): void {
    for (const metric of [this.#requests, this.#seconds, this.#refusals]) registry.registerMetric(metric);
    addTally(
      registry,
      'parlance_off_spec_requests_total',
      'Requests that the contract does not allow; on the internal listener a bug of chat if it is not 0',
      'listener',
      this.#offSpecRequests,
    );
    addTally(
      registry,
      'parlance_off_spec_answers_total',
      'Answers of our own that broke the contract and were not sent: a bug if it is not 0',
      'listener',
      this.#offSpecAnswers,
    );
  }
}

/** What is stored, and the connections over which it is. */
export class StoreMetrics {
  /** Events that were appended to logs. */
  readonly stored = new Tally<StoredType>(STORED);
  readonly #pools = new Map<PoolName, pg.Pool>();
  readonly #batch = new Histogram({
    name: 'parlance_commit_messages',
    help: 'Messages stored by one statement, from chat or by HTTP',
    buckets: BATCH,
    registers: [],
  });
  readonly #seconds = new Histogram({
    name: 'parlance_commit_seconds',
    help: 'How long it took to store messages: the wait for a connection, the statement and its commit, repeats included',
    buckets: SECONDS,
    registers: [],
  });
  readonly #waits = new Histogram({
    name: 'parlance_pool_wait_seconds',
    help: 'How long a query waited for a connection to the database, connecting included',
    labelNames: ['pool'],
    buckets: SECONDS,
    registers: [],
  });

  /** Times and counts an append of `messages`. */
  async timed<T extends { outcome: string }>(messages: readonly object[], append: () => Promise<T[]>): Promise<T[]> {
    const began = performance.now();
    this.#batch.observe(messages.length);
    try {
      const outcomes = await append();
      let stored = 0;
      for (const { outcome } of outcomes) if (outcome === 'stored') stored += 1;
      this.stored.add('message.created', stored);
      return outcomes;
    } finally {
      this.#seconds.observe((performance.now() - began) / 1_000);
    }
  }

  /** Measures every wait for a connection of `pool` from now on. */
  watch(name: PoolName, pool: pg.Pool): void {
    this.#pools.set(name, pool);
    this.#waits.zero({ pool: name });
    const waits = this.#waits.labels({ pool: name });
    const connect = pool.connect.bind(pool) as () => Promise<pg.PoolClient>;
    // Kysely asks for a promise; nothing here asks for a callback.
    pool.connect = (async () => {
      const began = performance.now();
      try {
        return await connect();
      } finally {
        waits.observe((performance.now() - began) / 1_000);
      }
    }) as typeof pool.connect;
  }

  register(registry: Registry): void {
    addTally(registry, 'parlance_events_stored_total', 'Events appended to logs by type', 'type', this.stored);
    for (const metric of [this.#batch, this.#seconds, this.#waits]) registry.registerMetric(metric);
    const pools = this.#pools;
    new Gauge({
      name: 'parlance_pool_connections',
      help: 'Connections to the database by pool: busy with a query or transaction, or idle',
      labelNames: ['pool', 'state'],
      registers: [registry],
      collect() {
        for (const [pool, { totalCount, idleCount }] of pools) {
          this.set({ pool, state: 'busy' }, totalCount - idleCount);
          this.set({ pool, state: 'idle' }, idleCount);
        }
      },
    });
    new Gauge({
      name: 'parlance_pool_connections_max',
      help: 'Connections a pool may open',
      labelNames: ['pool'],
      registers: [registry],
      collect() {
        for (const [pool, { options }] of pools) this.set({ pool }, options.max);
      },
    });
    new Gauge({
      name: 'parlance_pool_waiting',
      help: 'Queries that wait for a connection now',
      labelNames: ['pool'],
      registers: [registry],
      collect() {
        for (const [pool, { waitingCount }] of pools) this.set({ pool }, waitingCount);
      },
    });
  }
}

/** The rest of the website's series: each is read from the part that it is about. */
export function registerParts(
  registry: Registry,
  parts: { changes: ChangeFeed; mailer: Mailer | undefined; ready: () => Promise<string[]> },
): void {
  const { changes, mailer, ready } = parts;
  addGauge(
    registry,
    'parlance_website_ready',
    '1: the website is ready; 0: it is not, or did not know within half a second',
    async () => ((await reasonsOf(ready, READY_MS)).length === 0 ? 1 : 0),
  );
  addGauge(registry, 'parlance_changes_waiting', 'Calls of chat that wait for changes now', () => changes.waiting);
  addGauge(
    registry,
    'parlance_chat_present',
    '1: a chat process that lets people in asks some website for changes; 0: none does',
    () => (changes.chatIsPresent ? 1 : 0),
  );
  addGauge(
    registry,
    'parlance_listening',
    '1: notifications of other websites arrive at once; 0: the connection that LISTENs is down',
    () => (changes.listening ? 1 : 0),
  );
  addGauge(
    registry,
    'parlance_password_places',
    'Log-ins and registrations that hold a place for hashing',
    placesTaken,
  );
  const help = 'Mails: attempts that were sent or failed, and mails that were given up';
  addTally(registry, 'parlance_mails_total', help, 'outcome', mailer?.outcomes ?? noMails());
}
