// Metrics of the database: stored events, the duration of commits, and the connections. No label names a user or
// a room.
import { addTally, MESSAGES_BUCKETS, SECONDS_BUCKETS, Tally } from '@parlance/service/metrics.ts';
import type { RoomEvent } from '@parlance/specs/http.ts';
import type pg from 'pg';
import { Gauge, Histogram, type Registry } from 'prom-client';

export type PoolName = 'general' | 'append' | 'waiting' | 'background' | 'door' | 'pages' | 'changes';
export type StoredType = RoomEvent['type'];
const STORED = {
  'message.created': true,
  'message.edited': true,
  'message.deleted': true,
  'reaction.added': true,
  'reaction.removed': true,
} satisfies Record<StoredType, true>;

export class StoreMetrics {
  /** Events that were appended to logs. */
  readonly stored = new Tally(Object.keys(STORED) as StoredType[]);
  readonly #pools = new Map<PoolName, pg.Pool>();
  readonly #batch = new Histogram({
    name: 'parlance_commit_messages',
    help: 'Messages stored by one statement, from chat or by HTTP',
    buckets: MESSAGES_BUCKETS,
    registers: [],
  });
  readonly #seconds = new Histogram({
    name: 'parlance_commit_seconds',
    help: 'Duration of storing messages: the wait for a connection, the statement and its commit, retries included',
    buckets: SECONDS_BUCKETS,
    registers: [],
  });
  readonly #waits = new Histogram({
    name: 'parlance_pool_wait_seconds',
    help: 'How long a query waited for a connection to the database, including the time to connect',
    labelNames: ['pool'],
    buckets: SECONDS_BUCKETS,
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
    // Kysely calls it for a promise; nothing here passes a callback.
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
