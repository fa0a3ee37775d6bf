// Flow control of messages: sends freely until the server refuses one temporarily, then pauses and sends one, two,
// four … at a time, so that the same burst is not sent again.
import { LIMITS } from '../generated/limits.ts';
import { backoff } from './backoff.ts';

export class SendPace {
  /** How many messages may be unanswered. */
  window: number = LIMITS.unansweredMax;
  readonly #resume: () => void;
  #refusals = 0;
  #until = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param resume called at the end of a pause. */
  constructor(resume: () => void) {
    this.#resume = resume;
  }

  get paused(): boolean {
    return this.#timer !== undefined;
  }

  accepted(): void {
    this.#refusals = 0;
    this.window = Math.min(this.window * 2, LIMITS.unansweredMax);
  }

  /** Pauses for `retryAfterMs`, or with backoff if the server named no time; refusals during a pause count once. */
  refused(retryAfterMs?: number): void {
    this.window = 1;
    if (!this.paused) this.#refusals++;
    const wait = retryAfterMs === undefined ? backoff(this.#refusals) : retryAfterMs + backoff(0);
    if (Date.now() + wait <= this.#until) return;
    this.#until = Date.now() + wait;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#resume();
    }, wait);
  }

  /** Cancels the pause: `resume` is not called any more. */
  stop(): void {
    clearTimeout(this.#timer);
  }
}
