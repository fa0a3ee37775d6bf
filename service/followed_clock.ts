// Estimates the time of another machine from readings, so that services with different clocks agree. Between two
// readings it advances with the monotonic clock: a step of this machine's clock does not change it. Sends no requests.
import type { Log } from './log.ts';
import { warnRepeated } from './repeated_lines.ts';

/** A reading is late by its network delay: the reading with the least delay within this time is used. */
const KEEP_MS = 10_000;
/** A larger difference is a step of the other clock, not a delayed reading. */
const STEP_MS = 1_000;
/** A larger difference between the two clocks is reported to the operator. */
const TELL_MS = 5_000;

export class FollowedClock {
  readonly #names: { own: string; other: string };
  readonly #log: Log;
  /** The other machine's time when performance.now() was 0, ms since 1970; undefined before the first reading. */
  #origin: number | undefined;
  #readAt = Number.NEGATIVE_INFINITY;
  #told = false;

  /** @param names of the two clocks in log messages: `chat`, `the website`. */
  constructor(names: { own: string; other: string }, log: Log) {
    this.#names = names;
    this.#log = log;
  }

  /** The other machine's time, ms since 1970; before the first reading, this machine's time. */
  now(): number {
    return this.#origin === undefined ? Date.now() : this.#origin + performance.now();
  }

  /** Processes a reading that has just arrived. @param time of the other machine, ms since 1970. */
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

  /** How far this machine's clock is ahead of the other, in ms; negative: behind. */
  get aheadMs(): number {
    return Date.now() - this.now();
  }

  /** Returns one warning while the clocks differ by more than 5 s; otherwise none. */
  warnings(): string[] {
    const ahead = Math.round(this.aheadMs / 1_000);
    if (Math.abs(ahead) * 1_000 <= TELL_MS) return [];
    const { own, other } = this.#names;
    return [`the clock of ${own} is ${Math.abs(ahead)} s ${ahead > 0 ? 'ahead of' : 'behind'} that of ${other}`];
  }

  /** Logs when the difference begins and when it ends. */
  #tell(): void {
    const [sentence] = this.warnings();
    if ((sentence !== undefined) === this.#told) return;
    this.#told = sentence !== undefined;
    const { own, other } = this.#names;
    warnRepeated(this.#log, {}, sentence ?? `the clocks of ${own} and ${other} agree again`);
  }
}
