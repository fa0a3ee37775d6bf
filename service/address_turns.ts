// Limits concurrent requests per key and the pause between them, so that a hundred requests of one key do not delay a
// request of another. Queues; never refuses.

/** Maximum length of a turn, in ms: after it the next request starts, so that a slow one delays others no longer. */
const TURN_MS = 250;

/** Minimum cost of a request, in ms: parsing and writing, which are not part of its turn. */
const COST_MIN_MS = 2;

/** Maximum pause between two requests, in ms. */
const PAUSE_MAX_MS = 50;

interface Line {
  running: number;
  waiting: (() => void)[];
}

export class AddressTurns {
  readonly #lines = new Map<string, Line>();
  readonly #atOnce: number;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /**
   * Calls `run` when `key` has a free turn; `run` calls `done` when the request has ended.
   * @param pause the turn stays taken after the request for this many times its duration.
   */
  take(key: string, pause: number, run: (done: () => void) => void): void {
    let line = this.#lines.get(key);
    if (!line) {
      line = { running: 0, waiting: [] };
      this.#lines.set(key, line);
    }
    const start = () => this.#start(key, line, pause, run);
    if (line.running >= this.#atOnce) return void line.waiting.push(start);
    line.running += 1;
    start();
  }

  #start(key: string, line: Line, pause: number, run: (done: () => void) => void): void {
    const began = performance.now();
    let over = false;
    const next = () => {
      const start = line.waiting.shift();
      if (start) start();
      else if (--line.running === 0) this.#lines.delete(key);
    };
    const done = () => {
      if (over) return;
      over = true;
      clearTimeout(late);
      const ms = Math.min(PAUSE_MAX_MS, pause * Math.max(COST_MIN_MS, performance.now() - began));
      // Also when nothing waits yet: requests of this key may still be unread, and those of other keys go first.
      if (ms < 1) setImmediate(next);
      else setTimeout(next, ms);
    };
    const late = setTimeout(done, TURN_MS);
    run(done);
  }
}
