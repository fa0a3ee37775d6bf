// Bounds expensive work: so much of it runs at once, so much waits, in order of arrival and for so long, and what comes
// beyond that is refused before anything is done for it, with the time after which there will be room.
// The wait is bounded because a client that has given up would still be served, and would delay all behind it. Knows
// nothing of the work.
import { LIMITS } from '@parlance/specs/limits.ts';

const WAIT_MAX_MS = LIMITS.admissionSeconds * 1_000;

/** A turn that is not over after this is given to the next, in ms: what hangs or is sent slowly holds up nobody for longer. */
const TURN_MS = 250;

/** A refusal names at least and at most so many seconds. */
const RETRY_MIN_S = 1;
const RETRY_MAX_S = 30;

/** What is assumed of the time between two ends of work, in ms, before there is a measure; how much one measure counts. */
const FIRST_GUESS_MS = 0.5;
const SHARE = 0.05;

/** So long after the last refusal the work counts as refused, in ms: a probe that asks every few seconds sees it. */
const REFUSING_MS = 5_000;

export interface AdmissionOptions {
  /** How much is worked on at once. */
  atOnce: number;
  /** How much is held at all: what is worked on, also after its turn, and what waits. */
  max: number;
}

export interface Work {
  /** Called now or when the turn comes; calls `done` once it is over. */
  run(done: () => void): void;
  /** Called instead, now or after `admissionSeconds` at the most, when there is no room. `retryAfter` in seconds. */
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
  /** Work that goes on after its turn. */
  #late = 0;
  /** The time between two ends of work while others wait, on average, in ms. */
  #everyMs = FIRST_GUESS_MS;
  #endedAt: number | undefined;
  /** When those who wait and those who were refused will all have had their turn, if they return as they were told. */
  #lineEnds = 0;
  #refusedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor({ atOnce, max }: AdmissionOptions) {
    this.#atOnce = atOnce;
    this.#max = max;
  }

  /** Whether some were refused a moment ago. */
  get refusing(): boolean {
    return performance.now() - this.#refusedAt < REFUSING_MS;
  }

  /** @returns gives up the place in the queue; does nothing once the turn has come. */
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
      // In a later turn of the event loop: work without any waiting in it would fill this one.
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

  /** Each who is refused is told a time of their own, one behind the other, as far apart as turns are. */
  #refuse({ refuse }: Work): void {
    const now = performance.now();
    this.#refusedAt = now;
    this.#lineEnds = Math.max(this.#lineEnds, now + this.#waiting.size * this.#everyMs) + this.#everyMs;
    this.#lineEnds = Math.min(this.#lineEnds, now + RETRY_MAX_S * 1_000);
    const seconds = Math.ceil((this.#lineEnds - now) / 1_000);
    refuse(Math.min(RETRY_MAX_S, Math.max(RETRY_MIN_S, seconds)));
  }

  /** The work took longer than was foreseen. */
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
      // Turns end at least every TURN_MS: a longer pause is a stall of this process.
      this.#everyMs += SHARE * (Math.min(now - this.#endedAt, TURN_MS) - this.#everyMs);
    }
    this.#endedAt = now;
  }
}
