// Token buckets by key, in memory. Knows neither addresses nor users.

/**
 * Each key gets `perSecond` tokens per second and holds at most `burst`. Memory is bounded: a key is evicted when its
 * bucket is full again; beyond `keysMax` the least recently used key is evicted, and its bucket then counts as full.
 */
export class TokenBuckets {
  /** When the bucket of a key is full again, in ms; in order of last use (GCRA). */
  readonly #fullAt = new Map<string, number>();
  readonly #msPerToken: number;
  readonly #burst: number;
  readonly #keysMax: number;

  constructor(perSecond: number, burst: number, keysMax: number) {
    this.#msPerToken = 1_000 / perSecond;
    this.#burst = burst;
    this.#keysMax = keysMax;
  }

  /** Number of tracked keys. */
  get size(): number {
    return this.#fullAt.size;
  }

  /** @returns the ms until `key` has a token; 0: now. */
  wait(key: string, now: number): number {
    const missing = Math.max(0, (this.#fullAt.get(key) ?? 0) - now) / this.#msPerToken;
    // 1e-6: sums of fractional tokens are not exact.
    return Math.max(0, Math.ceil((missing + 1 - this.#burst - 1e-6) * this.#msPerToken));
  }

  /** @returns the share of its burst that `key` has used: 0 to 1. */
  used(key: string, now: number): number {
    return Math.max(0, (this.#fullAt.get(key) ?? 0) - now) / this.#msPerToken / this.#burst;
  }

  /** Takes a token, even if there is none: the next one is then available later. */
  take(key: string, now: number): void {
    const fullAt = Math.max(now, this.#fullAt.get(key) ?? 0) + this.#msPerToken;
    this.#fullAt.delete(key);
    this.#fullAt.set(key, fullAt);
    this.#forget(now);
  }

  /** Evicts up to two keys for each key added, so that the map shrinks while it is used. */
  #forget(now: number): void {
    let looked = 0;
    for (const [key, fullAt] of this.#fullAt) {
      if (looked++ === 2 || (fullAt > now && this.#fullAt.size <= this.#keysMax)) return;
      this.#fullAt.delete(key);
    }
  }
}
