// Counts what was sent and how it was answered, and keeps what was wrong.
import type { Miss } from './answers.ts';

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

export class Tally {
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

  of(kind: Miss['kind']): number {
    return this.failures.filter((one) => one.kind === kind).length;
  }

  /** Failures that no column of their own has. */
  others(): number {
    const own = ['wrong accept', 'wrong refusal', '5xx'];
    return this.failures.filter(({ kind }) => !own.includes(kind)).length;
  }
}
