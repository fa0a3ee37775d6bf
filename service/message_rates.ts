// How often a user may send: into one room, and into all rooms together. Counts at once, in memory, where messages enter.
import { SlidingWindows } from './sliding_window.ts';

const WINDOW_MS = 10_000;

export class MessageRates {
  readonly #perRoom: SlidingWindows;
  readonly #perUser: SlidingWindows;
  readonly #limits: { perRoom: number; perUser: number };

  /** @param limits messages in any 10 s */
  constructor(limits: { perRoom: number; perUser: number }) {
    this.#limits = limits;
    this.#perRoom = new SlidingWindows(limits.perRoom, WINDOW_MS);
    this.#perUser = new SlidingWindows(limits.perUser, WINDOW_MS);
  }

  /** Counts a message, or refuses it and counts nothing: then answers with the wait and the reason. */
  take(userId: string, room: string, now: number): { waitMs: number; detail: string } | undefined {
    const key = `${userId}/${room}`;
    const [ofRoom, ofUser] = [this.#perRoom.wait(key, now), this.#perUser.wait(userId, now)];
    if (ofRoom === 0 && ofUser === 0) {
      this.#perRoom.take(key, now);
      this.#perUser.take(userId, now);
      return undefined;
    }
    const detail =
      ofRoom >= ofUser
        ? `More than ${this.#limits.perRoom} messages in 10 s.`
        : `More than ${this.#limits.perUser} messages in 10 s over all rooms.`;
    return { waitMs: Math.max(ofRoom, ofUser), detail };
  }
}
