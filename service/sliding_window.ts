// How many events there were in a sliding window, in memory, decided at once: the order of frames hangs on it.

export class SlidingWindow {
  /** When the events were, ascending. */
  readonly #events: number[] = [];
  readonly #max: number;
  readonly #windowMs: number;

  constructor(max: number, windowMs: number) {
    this.#max = max;
    this.#windowMs = windowMs;
  }

  /** Counts an event. @returns 0: allowed; otherwise after how many ms one will be, and nothing was counted. */
  take(now: number): number {
    const waitMs = this.wait(now);
    if (waitMs === 0) this.#events.push(now);
    return waitMs;
  }

  /** After how many ms an event will be allowed, 0: now. Counts nothing. */
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

/** A window for each key. One that has become empty is forgotten. */
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
