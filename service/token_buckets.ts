// Token buckets, one a key, in memory: a key may spend `capacity` at once, and an empty bucket fills evenly. Decides at
// once and costs the same however much a key asks for.

interface Bucket {
  tokens: number;
  at: number;
}

export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>();
  readonly #capacity: number;
  readonly #fillMs: number;
  #sweptAt = 0;

  /** @param fillMs in which an empty bucket is full again */
  constructor(capacity: number, fillMs: number) {
    this.#capacity = capacity;
    this.#fillMs = fillMs;
  }

  /** Takes a token. @param now in ms. @returns 0: taken; otherwise after how many ms there is one, and none was taken. */
  take(key: string, now: number): number {
    if (now - this.#sweptAt > this.#fillMs) this.#sweep(now);
    const { tokens, at } = this.#buckets.get(key) ?? { tokens: this.#capacity, at: now };
    const there = Math.min(this.#capacity, tokens + ((now - at) / this.#fillMs) * this.#capacity);
    if (there < 1) return Math.max(1, Math.ceil(((1 - there) / this.#capacity) * this.#fillMs));
    this.#buckets.set(key, { tokens: there - 1, at: now });
    return 0;
  }

  /** A bucket that nobody touched for so long is full, like one that is not there. */
  #sweep(now: number): void {
    this.#sweptAt = now;
    for (const [key, { at }] of this.#buckets) if (now - at >= this.#fillMs) this.#buckets.delete(key);
  }
}
