// Rate limiting by a sliding window, in memory and synchronous, so that frames keep their order.

export class SlidingWindow {
  /** Times of the events, ascending. */
  readonly #events: number[] = [];
  readonly #max: number;
  readonly #windowMs: number;

  constructor(max: number, windowMs: number) {
    this.#max = max;
    this.#windowMs = windowMs;
  }

  /** Counts an event. @returns 0: allowed; otherwise the ms until one is allowed, and the event is not counted. */
  take(now: number): number {
    const waitMs = this.wait(now);
    if (waitMs === 0) this.#events.push(now);
    return waitMs;
  }

  /** Returns the ms until an event is allowed, 0: now. Counts nothing. */
  wait(now: number): number {
    const events = this.#events;
    const began = now - this.#windowMs;
    let over = 0;
    while (over < events.length && events[over]! <= began) over += 1;
    if (over > 0) events.splice(0, over);
    return events.length < this.#max ? 0 : Math.max(1, Math.ceil(events[0]! - began));
  }

  /** Whether no event is in the window. */
  isEmpty(now: number): boolean {
    const last = this.#events.at(-1);
    return last === undefined || last <= now - this.#windowMs;
  }
}

/** A window per key. Empty windows are removed. */
export class SlidingWindows {
  readonly #windows = new Map<string, SlidingWindow>();
  readonly #max: number;
  readonly #windowMs: number;
  #sweptAt = 0;

  constructor(max: number, windowMs: number) {
    this.#max = max;
    this.#windowMs = windowMs;
  }

  /** Counts an event of a key; see SlidingWindow. */
  take(key: string, now: number): number {
    let window = this.#windows.get(key);
    if (!window) {
      if (now - this.#sweptAt > this.#windowMs) this.#sweep(now);
      window = new SlidingWindow(this.#max, this.#windowMs);
      this.#windows.set(key, window);
    }
    return window.take(now);
  }

  wait(key: string, now: number): number {
    return this.#windows.get(key)?.wait(now) ?? 0;
  }

  #sweep(now: number): void {
    this.#sweptAt = now;
    for (const [key, window] of this.#windows) if (window.isEmpty(now)) this.#windows.delete(key);
  }
}
