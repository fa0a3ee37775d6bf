// The time of another machine, so that services whose own clocks differ agree. Between two readings it advances
// monotonically: a step of this machine's clock does not change it. Never asks anybody.
import type { Log } from './log.ts';
import { warnRepeated } from './repeated_lines.ts';

/** A reading is late by the way it came: of those within this time the one that was least late counts. */
const KEEP_MS = 10_000;
/** A larger step is one of the other clock, not a late answer. */
const STEP_MS = 1_000;
/** The difference between the two clocks that an operator is told of. */
const TELL_MS = 5_000;

export class FollowedClock {
  readonly #names: { own: string; other: string };
  readonly #log: Log;
  /** The other's time when performance.now() was 0, in ms since 1970; undefined before the first reading. */
  #origin: number | undefined;
  #readAt = Number.NEGATIVE_INFINITY;
  #told = false;

  /** @param names of the two clocks in a sentence: `chat`, `the website`. */
  constructor(names: { own: string; other: string }, log: Log) {
    this.#names = names;
    this.#log = log;
  }

  /** The other machine's time in ms since 1970; this machine's own before the first reading. */
  now(): number {
    return this.#origin === undefined ? Date.now() : this.#origin + performance.now();
  }

  /** Takes a reading that has just arrived. @param time of the other machine, in ms since 1970. */
  read(time: number): void {
    const now = performance.now();
    const origin = time - now;
    const change = this.#origin === undefined ? Number.POSITIVE_INFINITY : origin - this.#origin;
    if (change > 0 || change < -STEP_MS || now - this.#readAt > KEEP_MS) {
      this.#origin = origin;
      this.#readAt = now;
    }
    this.#tell();
  }

  /** How far this machine's clock is ahead of the other, ms; below 0: behind. */
  get aheadMs(): number {
    return Date.now() - this.now();
  }

  /** The sentence for an operator while the clocks differ by more than 5 s; empty otherwise. */
  warnings(): string[] {
    const ahead = Math.round(this.aheadMs / 1_000);
    if (Math.abs(ahead) * 1_000 <= TELL_MS) return [];
    const { own, other } = this.#names;
    return [`the clock of ${own} is ${Math.abs(ahead)} s ${ahead > 0 ? 'ahead of' : 'behind'} that of ${other}`];
  }

  /** Once when the difference begins, and once when it is over. */
  #tell(): void {
    const [sentence] = this.warnings();
    if ((sentence !== undefined) === this.#told) return;
    this.#told = sentence !== undefined;
    const { own, other } = this.#names;
    warnRepeated(this.#log, {}, sentence ?? `the clocks of ${own} and ${other} agree again`);
  }
}
