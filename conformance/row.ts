// A row of the table, and how a scenario reports that something does not hold or cannot be tested.
import { isDeepStrictEqual } from 'node:util';
import type { Answer } from './http.ts';
import type { Kit } from './kit.ts';

export const GROUPS = ['HTTP', 'socket', 'guarantees', 'refusals', 'limits'] as const;
export type Group = (typeof GROUPS)[number];

export interface Row {
  /** Short, unique, the same in every run: `http.createRoom.201`. */
  id: string;
  group: Group;
  /** What holds if the row passes, as a sentence. */
  says: string;
  /** Why the row is never tested. */
  skip?: string;
  /** The longest time that it waits, in seconds, if that is more than a few. */
  waits?: number;
  /** Tests the row; throws Mismatch or Skip. */
  run?(kit: Kit): Promise<void>;
  /** Judged after all rows ran, by what the witness filed under this id during the run. */
  witnessed?: true;
}

/** Something does not hold. */
export class Mismatch extends Error {
  readonly expected: string;
  readonly seen: string;

  constructor(expected: string, seen: unknown) {
    super(`expected ${expected}, seen ${show(seen)}`);
    this.expected = expected;
    this.seen = show(seen);
  }
}

/** The row cannot be tested here; the message says why. */
export class Skip extends Error {}

/** @throws Mismatch unless `holds`. */
export function expect(holds: boolean, expected: string, seen: unknown): asserts holds {
  if (!holds) throw new Mismatch(expected, seen);
}

/** @throws Mismatch unless both are deeply equal; `what` is put before the expected value. */
export function same(seen: unknown, expected: unknown, what: string): void {
  if (!isDeepStrictEqual(seen, expected)) throw new Mismatch(`${what}: ${show(expected)}`, seen);
}

/** @throws Mismatch */
export function expectStatus(answer: Answer, status: number): void {
  expect(answer.status === status, `status ${status}`, `${answer.status} ${answer.text}`);
}

/** The value as one line, truncated if it is long. */
export function show(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > 300 ? `${text.slice(0, 300)}… (${text.length} characters)` : text;
}
