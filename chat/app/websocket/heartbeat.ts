// Pings all sockets of this process from one timer. Each socket has a random slot of the interval, so that pings are
// spread evenly. A socket that does not answer in time is reported as late. Handles no frames but ping and pong.
import { randomBytes } from 'node:crypto';
import { encodePing } from '../frames.ts';

export interface Pulse {
  /** The payload of the last unanswered ping. */
  awaitedPong: Buffer | undefined;
  /** The slot: all sockets that are pinged together. */
  slot: Set<Pulse> | undefined;
  /** @param frame written to the socket unchanged. */
  ping(frame: Buffer): void;
  /** Called when the ping was not answered in time. */
  late(): void;
}

/** In ms: the ping interval, and the timeout of the answer, which must be shorter. */
export interface Rhythm {
  everyMs: number;
  answerMs: number;
}

/** Minimum interval of the timer. */
const STEP_MS = 10;
const SLOTS_MAX = 256;

export class Heartbeat {
  readonly #slots: Set<Pulse>[];
  readonly #stepMs: number;
  readonly #answerMs: number;
  #size = 0;
  #next = 0;
  /** When the next slot is due, ms of performance.now(). */
  #dueAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ everyMs, answerMs }: Rhythm) {
    const slots = Math.max(1, Math.min(SLOTS_MAX, Math.floor(everyMs / STEP_MS)));
    this.#slots = Array.from({ length: slots }, () => new Set());
    this.#stepMs = everyMs / slots;
    this.#answerMs = answerMs;
  }

  /** Adds a socket; its first ping is sent within `everyMs`. */
  add(pulse: Pulse): void {
    pulse.slot = this.#slots[Math.floor(Math.random() * this.#slots.length)]!.add(pulse);
    this.#size += 1;
    if (this.#timer) return;
    this.#dueAt = performance.now() + this.#stepMs;
    this.#timer = setInterval(() => this.#beat(), this.#stepMs);
  }

  remove(pulse: Pulse): void {
    if (!pulse.slot?.delete(pulse)) return;
    this.#size -= 1;
    if (this.#size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /**
   * Pings the slots that are due by the clock, because on a busy machine each interval is late and the delays would add
   * up to seconds. After a stall of more than a round each slot is pinged once.
   */
  #beat(): void {
    const now = performance.now();
    for (let left = this.#slots.length; left > 0 && this.#dueAt <= now; left -= 1) {
      this.#ping(this.#slots[this.#next]!);
      this.#next = (this.#next + 1) % this.#slots.length;
      this.#dueAt += this.#stepMs;
    }
    if (this.#dueAt <= now) this.#dueAt = now + this.#stepMs;
  }

  #ping(slot: ReadonlySet<Pulse>): void {
    if (slot.size === 0) return;
    const payload = randomBytes(8);
    const frame = encodePing(payload);
    for (const pulse of slot) {
      pulse.awaitedPong = payload;
      pulse.ping(frame);
    }
    setTimeout(() => {
      for (const pulse of slot) if (pulse.awaitedPong === payload) pulse.late();
    }, this.#answerMs);
  }
}
