// Token buckets by key, in memory: how often each key may act. Knows neither addresses nor users.

/**
 * Each key gets `perSecond` tokens a second and holds at most `burst`. Memory is bounded: a key is forgotten when its
 * bucket is full again, and beyond `keysMax` the key that was used least recently, whose bucket then counts as full.
 */
export class TokenBuckets {
  /** When the bucket of a key is full again, in ms; in the order of the last use (the GCRA form of a token bucket). */
  readonly #fullAt = new Map<string, number>();
  readonly #msPerToken: number;
  readonly #burst: number;
  readonly #keysMax: number;

  constructor(perSecond: number, burst: number, keysMax: number) {
    this.#msPerToken = 1_000 / perSecond;
    this.#burst = burst;
    this.#keysMax = keysMax;
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.#fullAt.size;
  }

  /** @returns in how many ms `key` has a token; 0: it has one now. */
  wait(key: string, now: number): number {
    const missing = Math.max(0, (this.#fullAt.get(key) ?? 0) - now) / this.#msPerToken;
    // Tokens come in fractions: a sum of them is not exact.
    return Math.max(0, Math.ceil((missing + 1 - this.#burst - 1e-6) * this.#msPerToken));
  }

  /** @returns the share of its tokens that `key` has used up: 0 to 1. */
  used(key: string, now: number): number {
    return Math.max(0, (this.#fullAt.get(key) ?? 0) - now) / this.#msPerToken / this.#burst;
  }

  /** Takes a token, even where there is none: the key is then the longer without. */
  take(key: string, now: number): void {
    const fullAt = Math.max(now, this.#fullAt.get(key) ?? 0) + this.#msPerToken;
    this.#fullAt.delete(key);
    this.#fullAt.set(key, fullAt);
    this.#forget(now);
  }

  /** One key comes at a time, and up to two go: the map shrinks while it is used. */
  #forget(now: number): void {
    let looked = 0;
    for (const [key, fullAt] of this.#fullAt) {
      if (looked++ === 2 || (fullAt > now && this.#fullAt.size <= this.#keysMax)) return;
      this.#fullAt.delete(key);
    }
  }
}
