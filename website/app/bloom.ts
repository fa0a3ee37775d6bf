// A Bloom filter of the keys of registered email addresses. A negative answer saves registration a query. The unique
// constraint decides, so a stale filter or a second replica can never admit a duplicate.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@parlance/service/log.ts';
import bloomFilters from 'bloom-filters';
import type { Database } from './database.ts';

const FALSE_POSITIVES = 0.01;
const LEAST_CAPACITY = 10_000;
/** Addresses that are read and added at a time: this delays a request by at most 7 ms. */
const PAGE = 1_000;
const RETRY_MS = 5_000;

type Filter = ReturnType<typeof bloomFilters.BloomFilter.create>;

export class EmailFilter {
  readonly #db: Database;
  readonly #log: Log;
  /** Absent until it is built; until then mayHave() returns true. */
  #filter: Filter | undefined;
  /** The filter that is being built. */
  #next: Filter | undefined;
  #capacity = 0;
  #size = 0;
  #work: Promise<void> | undefined;
  readonly #stopping = new AbortController();

  constructor(db: Database, log: Log) {
    this.#db = db;
    this.#log = log;
  }

  /** Builds the filter from the table in the background, with capacity for twice as many. Retries after a failure. */
  build(): void {
    this.#work ??= this.#buildOnce().finally(() => {
      this.#work = undefined;
    });
  }

  /** False: not registered through this process or before it started. True: query the table. */
  mayHave(emailKey: string): boolean {
    return this.#filter?.has(emailKey) ?? true;
  }

  /** Adds a registered address. */
  add(emailKey: string): void {
    this.#next?.add(emailKey);
    if (!this.#filter) return;
    this.#filter.add(emailKey);
    this.#size += 1;
    if (this.#size > this.#capacity) this.build(); // until it is built, the filter has more false positives
  }

  /** Stops building. Resolves when no statement is running. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#work;
  }

  async #buildOnce(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        return await this.#fill(signal);
      } catch (err) {
        if (signal.aborted) return;
        this.#log.warn({ err }, 'the filter of email addresses could not be filled; retrying');
        await sleep(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  /** Reads page by page, in the order of the index. Pauses after each page for as long as it took. */
  async #fill(signal: AbortSignal): Promise<void> {
    const counted = this.#db.selectFrom('users').select(({ fn }) => fn.count<number>('email_key').as('count'));
    const { count } = await counted.executeTakeFirstOrThrow();
    const capacity = Math.max(LEAST_CAPACITY, count * 2);
    const filter = bloomFilters.BloomFilter.create(capacity, FALSE_POSITIVES);
    // Set before the first page is read: a concurrent registration may sort into a page that was read already.
    this.#next = filter;
    const keys = this.#db.selectFrom('users').select('email_key').orderBy('email_key').limit(PAGE);
    let size = 0;
    for (let last: string | null | undefined = ''; last != null; ) {
      const began = performance.now();
      const rows: { email_key: string | null }[] = await keys.where('email_key', '>', last).execute();
      for (const { email_key } of rows) filter.add(email_key!);
      size += rows.length;
      last = rows[PAGE - 1]?.email_key;
      if (last != null) await sleep(performance.now() - began, undefined, { signal, ref: false });
    }
    this.#filter = filter;
    this.#next = undefined;
    this.#capacity = capacity;
    this.#size = size;
    this.#log.info({ users: size }, 'the filter of email addresses is filled');
  }
}
