// A Bloom filter of the registered email addresses (their keys). "Certainly new" spares registration a look-up; the
// unique constraint remains the judge, so a stale filter or a second replica can never let a duplicate in.
import bloomFilters from 'bloom-filters';
import type { Database } from './database.ts';

const FALSE_POSITIVES = 0.01;

export class EmailFilter {
  #filter = bloomFilters.BloomFilter.create(1, FALSE_POSITIVES);
  #capacity = 0;
  #size = 0;
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Builds the filter from the table, with room for as many again. */
  async build(): Promise<void> {
    const rows = await this.#db.selectFrom('users').select('email_key').execute();
    const keys = rows.flatMap(({ email_key }) => email_key ?? []);
    this.#capacity = Math.max(10_000, keys.length * 2);
    const filter = bloomFilters.BloomFilter.create(this.#capacity, FALSE_POSITIVES);
    for (const key of keys) filter.add(key);
    this.#filter = filter;
    this.#size = keys.length;
  }

  /** False: certainly not registered through this process or before it started. True: look it up. */
  mayHave(emailKey: string): boolean {
    return this.#filter.has(emailKey);
  }

  /** Feeds a registration. @returns whether the filter has become too full for its promise: build() it anew. */
  add(emailKey: string): boolean {
    this.#filter.add(emailKey);
    this.#size += 1;
    if (this.#size <= this.#capacity) return false;
    this.#capacity *= 2; // asked for once; until it is built, the filter says maybe more often
    return true;
  }
}
