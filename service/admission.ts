// Load shedding for expensive work: limits how much runs concurrently, how much waits (FIFO) and for how long. Work
// beyond the limits is refused before it costs anything, with a Retry-After. The wait is bounded, because a client that
// has given up would still be served and would delay all others. Does not know the work.
import { LIMITS } from '@parlance/specs/limits.ts';

const WAIT_MAX_MS = LIMITS.admissionSeconds * 1_000;

/** Maximum length of a turn, in ms: after it the next work starts, so that work that hangs delays others no longer. */
const TURN_MS = 250;

/** Minimum and maximum of Retry-After, in seconds. */
const RETRY_MIN_S = 1;
const RETRY_MAX_S = 30;

/** Initial estimate of the time between two completions, in ms; the weight of one measurement in the moving average. */
const FIRST_GUESS_MS = 0.5;
const SHARE = 0.05;

/** How long after a refusal `refusing` is true, in ms, so that a probe every few seconds sees it. */
const REFUSING_MS = 5_000;

export interface AdmissionOptions {
  /** Maximum of concurrent turns. */
  atOnce: number;
  /** Maximum of work held: running, also after its turn, and waiting. */
  max: number;
}

export interface Work {
  /** Called now or when the turn comes; calls `done` when the work has ended. */
  run(done: () => void): void;
  /** Called instead of `run` when there is no room, at the latest after `admissionSeconds`. `retryAfter` in seconds. */
  refuse(retryAfter: number): void;
}

interface Waiting extends Work {
  since: number;
}

export class Admission {
  readonly #atOnce: number;
  readonly #max: number;
  readonly #waiting = new Set<Waiting>();
  #running = 0;
  /** Number of works still running after their turn. */
  #late = 0;
  /** Moving average of the time between two completions while others wait, in ms. */
  #everyMs = FIRST_GUESS_MS;
  #endedAt: number | undefined;
  /** When all waiting and all refused work will have had its turn, if clients retry as told. */
  #lineEnds = 0;
  #refusedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor({ atOnce, max }: AdmissionOptions) {
    this.#atOnce = atOnce;
    this.#max = max;
  }

  /** Whether work was refused within the last 5 s. */
  get refusing(): boolean {
    return performance.now() - this.#refusedAt < REFUSING_MS;
  }

  /** @returns a function that leaves the queue; without effect once the turn has come. */
  enter(work: Work): () => void {
    const isFull = this.#running + this.#late + this.#waiting.size >= this.#max;
    if (this.#running < this.#atOnce && !isFull) {
      this.#running += 1;
      this.#start(work);
      return () => undefined;
    }
    if (isFull || this.#waiting.size * this.#everyMs > WAIT_MAX_MS) {
      this.#refuse(work);
      return () => undefined;
    }
    const waiting = { run: work.run, refuse: work.refuse, since: performance.now() };
    this.#waiting.add(waiting);
    this.#timer ??= setTimeout(() => this.#refuseLate(), WAIT_MAX_MS);
    return () => void this.#waiting.delete(waiting);
  }

  #start({ run }: Work): void {
    let hasTurn = true;
    const endTurn = () => {
      hasTurn = false;
      this.#measure();
      // In a later turn of the event loop: synchronous work would block this one.
      setImmediate(() => this.#next());
    };
    const timer = setTimeout(() => {
      this.#late += 1;
      endTurn();
    }, TURN_MS);
    let isOver = false;
    run(() => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      if (hasTurn) endTurn();
      else this.#late -= 1;
    });
  }

  #next(): void {
    const [first] = this.#waiting;
    if (!first) {
      this.#running -= 1;
      return;
    }
    this.#waiting.delete(first);
    this.#start(first);
  }

  /** Each refused client gets its own Retry-After, as far apart as turns are, so that retries are spread out. */
  #refuse({ refuse }: Work): void {
    const now = performance.now();
    this.#refusedAt = now;
    this.#lineEnds = Math.max(this.#lineEnds, now + this.#waiting.size * this.#everyMs) + this.#everyMs;
    this.#lineEnds = Math.min(this.#lineEnds, now + RETRY_MAX_S * 1_000);
    const seconds = Math.ceil((this.#lineEnds - now) / 1_000);
    refuse(Math.min(RETRY_MAX_S, Math.max(RETRY_MIN_S, seconds)));
  }

  /** Refuses work that has waited too long, because turns took longer than estimated. */
  #refuseLate(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const waiting of this.#waiting) {
      const leftMs = waiting.since + WAIT_MAX_MS - now;
      if (leftMs > 0) {
        this.#timer = setTimeout(() => this.#refuseLate(), leftMs);
        return;
      }
      this.#waiting.delete(waiting);
      this.#refuse(waiting);
    }
  }

  #measure(): void {
    const now = performance.now();
    if (this.#waiting.size === 0) {
      this.#endedAt = undefined;
      return;
    }
    if (this.#endedAt !== undefined) {
      // Turns end at least every TURN_MS: a longer interval is a stall of this process.
      this.#everyMs += SHARE * (Math.min(now - this.#endedAt, TURN_MS) - this.#everyMs);
    }
    this.#endedAt = now;
  }
}
