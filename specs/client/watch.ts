// Notices that a connection died without a word. Browsers hide the server's pings from scripts, and a network that is
// gone tells nobody. After a silence it looks over HTTP how far the room is; it sends nothing on the socket itself.
import { Pause } from './pause.ts';
import { ProblemError } from './problem.ts';
import type { Room } from './schemas.ts';

/** How long a message that HTTP knows may still be on its way here, in milliseconds. */
const GRACE_MS = 3_000;
/** What a timer can count: 24 days. Whoever asks for more, or Infinity, wants no watch. */
const LONGEST_MS = 2 ** 31 - 1;
/** Where no answer is due, so many times the silence is borne before it looks. */
const IDLE = 3;

export interface Watched {
  /** Since when an answer is due, in milliseconds of Date.now(). */
  dueSince(): number | undefined;
  /** Whether the room, as HTTP has it, is where this connection is. */
  isAt(room: Room): boolean;
  /** The room as HTTP has it. @throws what getRoom throws. */
  look(signal: AbortSignal): Promise<Room>;
  /** Called once: nothing will be heard any more. */
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

  /** Something came: the connection lives. */
  heard(): void {
    this.#heardAt = Date.now();
  }

  /** Looks now, unless something came just before. */
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
      // The website may be away while the socket lives; what is over for good, the next attempt will say.
      return error instanceof ProblemError && error.retry !== 'never';
    }
  }

  #dead(): void {
    if (this.#over.signal.aborted) return;
    this.stop();
    this.#watched.dead();
  }
}
