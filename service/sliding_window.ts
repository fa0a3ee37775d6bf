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
    if (now - this.#sweptAt > this.#windowMs) this.#sweep(now);
    const events = this.#events.get(key) ?? [];
    while (events.length > 0 && events[0]! <= now - this.#windowMs) events.shift();
    if (events.length >= this.#max) return Math.max(1, Math.ceil(events[0]! + this.#windowMs - now));
    events.push(now);
    this.#events.set(key, events);
    return 0;
  }

  #sweep(now: number): void {
    this.#sweptAt = now;
    for (const [key, events] of this.#events) if (events.at(-1)! <= now - this.#windowMs) this.#events.delete(key);
  }
}
