// How many requests of one key are handled at once: the others wait for their turn, so that one key's hundred requests
// do not stand before another key's one. Refuses nothing.

/** A turn that has not ended after this is given to the next, in ms: slow requests hold up no others for longer. */
const TURN_MS = 250;

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

  /** Calls `run` when it is the turn of `key`, at once where one is free; `run` calls `done` at its end. */
  take(key: string, run: (done: () => void) => void): void {
    let line = this.#lines.get(key);
    if (!line) {
      line = { running: 0, waiting: [] };
      this.#lines.set(key, line);
    }
    const start = () => this.#start(key, line, run);
    if (line.running === this.#atOnce) return void line.waiting.push(start);
    line.running += 1;
    start();
  }

  #start(key: string, line: Line, run: (done: () => void) => void): void {
    let over = false;
    const done = () => {
      if (over) return;
      over = true;
      clearTimeout(late);
      const next = line.waiting.shift();
      // Whatever else has arrived comes before it.
      if (next) setImmediate(next);
      else if (--line.running === 0) this.#lines.delete(key);
    };
    const late = setTimeout(done, TURN_MS);
    run(done);
  }
}
