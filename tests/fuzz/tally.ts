// Counts what was sent and how it was answered, and keeps what was wrong.
import type { Miss } from './answers.ts';
import { shrunk } from './shrink.ts';

/** A case that failed, as small as it became. */
export interface Failure {
  kind: Miss['kind'];
  /** `--only` takes it: `request 17` or `frame 301`. */
  which: string;
  detail: string;
  /** What was sent, smallest. */
  smallest: string;
}

/** A run that fails so often ends: the rest would say the same. */
const FAILURES_MAX = 10;

/** So many cases are made smaller: it takes hundreds of tries for each. */
const SHRUNK_MAX = 3;

export class Tally {
  #shrunk = 0;
  /** By operation or frame, and in it by verdict. */
  readonly rows = new Map<string, Record<string, number>>();
  readonly failures: Failure[] = [];
  sent = 0;
  /** Answers that asked to try again, from a machine that was too busy; it was tried again. */
  busy = 0;
  /** Set from outside: what is under way is finished, nothing more is begun. */
  isStopped = false;

  /** Whether nothing more is to be begun. */
  get isOver(): boolean {
    return this.isStopped || this.failures.length >= FAILURES_MAX;
  }

  count(row: string, column: string): void {
    const counts = this.rows.get(row) ?? {};
    counts[column] = (counts[column] ?? 0) + 1;
    this.rows.set(row, counts);
    this.sent += 1;
  }

  /** As shrunk(), for the first failures; the others stay as they are. */
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

  /** Failures that no column of their own has. */
  others(): number {
    const own = ['wrong accept', 'wrong refusal', '5xx'];
    return this.failures.filter(({ kind }) => !own.includes(kind)).length;
  }
}
