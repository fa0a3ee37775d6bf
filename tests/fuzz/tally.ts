// Counts the cases sent by their result, and collects the failures.
import type { Miss } from './answers.ts';
import { shrunk } from './shrink.ts';

/** A failed case in its smallest form. */
export interface Failure {
  kind: Miss['kind'];
  /** Value for `--only`, e.g. `request 17` or `frame 301`. */
  which: string;
  detail: string;
  /** The smallest case that still fails, as it was sent. */
  smallest: string;
}

/** The run stops after this number of failures. */
const FAILURES_MAX = 10;

/** Number of failures that are shrunk; each takes up to hundreds of tries. */
const SHRUNK_MAX = 3;

export class Tally {
  #shrunk = 0;
  /** Counts by operation or kind of frame, then by result. */
  readonly rows = new Map<string, Record<string, number>>();
  readonly failures: Failure[] = [];
  sent = 0;
  /** Answers from an overloaded machine that asked the client to retry, and were retried. */
  busy = 0;
  /** Set by the caller to stop the run: cases in progress finish, and no new ones start. */
  isStopped = false;

  /** Whether no new case may start. */
  get isOver(): boolean {
    return this.isStopped || this.failures.length >= FAILURES_MAX;
  }

  count(row: string, column: string): void {
    const counts = this.rows.get(row) ?? {};
    counts[column] = (counts[column] ?? 0) + 1;
    this.rows.set(row, counts);
    this.sent += 1;
  }

  /** Shrinks the first failures with shrunk(); returns later ones unchanged. */
  async shrink<T>(
    failing: T,
    smaller: (current: T) => Iterable<T>,
    stillFails: (candidate: T) => Promise<boolean>,
  ): Promise<T> {
    this.#shrunk += 1;
    return this.#shrunk > SHRUNK_MAX ? failing : shrunk(failing, smaller, stillFails);
  }

  of(kind: Miss['kind']): number {
    return this.failures.filter((one) => one.kind === kind).length;
  }

  /** Number of failures of kinds without their own column in the report. */
  others(): number {
    const own = ['wrong accept', 'wrong refusal', '5xx'];
    return this.failures.filter(({ kind }) => !own.includes(kind)).length;
  }
}
