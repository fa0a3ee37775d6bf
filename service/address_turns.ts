// How many requests of one key are handled at once, and how long it pauses between them: a hundred requests of one do not
// stand before another's one. Refuses nothing.

/** A turn that has not ended after this is given to the next, in ms: slow requests hold up no others for longer. */
const TURN_MS = 250;

/** What a request costs at least, in ms: parsing and writing, which its turn does not contain. */
const COST_MIN_MS = 2;

/** The longest pause between two requests, in ms. */
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
   * Calls `run` when it is the turn of `key`, at once where one is free; `run` calls `done` at its end.
   * @param pause the turn is free again this many times as long after the request as it took.
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
      // Also where nobody waits yet: what one address has sent may not have been read. What others sent comes first.
      if (ms < 1) setImmediate(next);
      else setTimeout(next, ms);
    };
    const late = setTimeout(done, TURN_MS);
    run(done);
  }
}
