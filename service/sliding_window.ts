// How many events a key had in a sliding window, in memory, decided at once: the order of frames hangs on it.

export class SlidingWindow {
  readonly #events = new Map<string, number[]>();
  readonly #max: number;
  readonly #windowMs: number;
  #sweptAt = 0;

  constructor(max: number, windowMs: number) {
    this.#max = max;
    this.#windowMs = windowMs;
  }

  /** Counts an event. @returns 0: allowed; otherwise after how many ms one will be, and nothing was counted. */
  take(key: string, now: number): number {
    const waitMs = this.wait(key, now);
    if (waitMs > 0) return waitMs;
    const events = this.#events.get(key);
    if (events) events.push(now);
    else this.#events.set(key, [now]);
    return 0;
  }

  /** After how many ms an event will be allowed, 0: now. Counts nothing. */
  wait(key: string, now: number): number {
    if (now - this.#sweptAt > this.#windowMs) this.#sweep(now);
    const events = this.#events.get(key) ?? [];
    while (events.length > 0 && events[0]! <= now - this.#windowMs) events.shift();
    return events.length < this.#max ? 0 : Math.max(1, Math.ceil(events[0]! + this.#windowMs - now));
  }

  #sweep(now: number): void {
    this.#sweptAt = now;
    for (const [key, events] of this.#events) if (events.at(-1)! <= now - this.#windowMs) this.#events.delete(key);
  }
}
