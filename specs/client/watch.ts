// Detects dead connections. Browsers hide the server's pings from scripts, and a lost network causes no close event.
// After a silence it compares the room over HTTP with the connection; it never sends on the socket.
import { Pause } from './pause.ts';
import { ProblemError } from './problem.ts';
import type { Room } from './schemas.ts';

/** How long an event that HTTP shows already may still be in transit on the socket, in milliseconds. */
export const GRACE_MS = 3_000;
/** The longest delay of a timer: 24 days. A greater `silenceMs`, or Infinity, in effect disables the watch. */
const LONGEST_MS = 2 ** 31 - 1;
/** While no answer is due, the connection is checked after this many times `silenceMs` without a frame. */
export const IDLE = 3;

export interface Watched {
  /** Since when an answer is due, in milliseconds of Date.now(). */
  dueSince(): number | undefined;
  /** Whether this connection has received every event of the room as HTTP shows it. */
  isAt(room: Room): boolean;
  /** Requests the room over HTTP. @throws what getRoom throws. */
  look(signal: AbortSignal): Promise<Room>;
  /** Called once, when the connection is dead. */
  dead(): void;
}

export class Watch {
  readonly #watched: Watched;
  readonly #silenceMs: number;
  readonly #over = new AbortController();
  readonly #grace = new Pause();
  readonly #timer: ReturnType<typeof setInterval>;
  #heardAt = Date.now();
  #looking = false;

  /** @param silenceMs how long the server may be silent while an answer is due, in milliseconds. */
  constructor(silenceMs: number, watched: Watched) {
    this.#silenceMs = Math.min(silenceMs, LONGEST_MS);
    this.#watched = watched;
    this.#timer = setInterval(() => this.#tick(), this.#silenceMs / 4);
  }

  /** Call when a frame was received: the connection is alive. */
  heard(): void {
    this.#heardAt = Date.now();
  }

  /** Checks the connection now, unless a frame was received within GRACE_MS. */
  look(): void {
    if (Date.now() - this.#heardAt > GRACE_MS) void this.#look();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#over.abort();
    this.#grace.end();
  }

  #tick(): void {
    const now = Date.now();
    const due = this.#watched.dueSince() ?? now;
    if (now - Math.max(due, this.#heardAt) >= this.#silenceMs) this.#dead();
    else if (now - this.#heardAt >= IDLE * this.#silenceMs) void this.#look();
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const lives = await this.#lives();
    this.#looking = false;
    if (lives) this.heard();
    else this.#dead();
  }

  async #lives(): Promise<boolean> {
    const { signal } = this.#over;
    try {
      const room = await this.#watched.look(AbortSignal.any([signal, AbortSignal.timeout(this.#silenceMs)]));
      if (this.#watched.isAt(room)) return true;
      await this.#grace.wait(GRACE_MS);
      return this.#watched.isAt(room);
    } catch (error) {
      // The website may be down while the socket is alive. A final error is reported by the next attempt.
      return error instanceof ProblemError && error.retry !== 'never';
    }
  }

  #dead(): void {
    if (this.#over.signal.aborted) return;
    this.stop();
    this.#watched.dead();
  }
}
