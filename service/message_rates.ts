// Rate limits of messages per user: in one room, and over all rooms. Counts synchronously, in memory, when a message
// arrives.
import { SlidingWindows } from './sliding_window.ts';

const WINDOW_MS = 10_000;

export class MessageRates {
  readonly #perRoom: SlidingWindows;
  readonly #perUser: SlidingWindows;
  readonly #limits: { perRoom: number; perUser: number };

  /** @param limits maximum of messages in any 10 s */
  constructor(limits: { perRoom: number; perUser: number }) {
    this.#limits = limits;
    this.#perRoom = new SlidingWindows(limits.perRoom, WINDOW_MS);
    this.#perUser = new SlidingWindows(limits.perUser, WINDOW_MS);
  }

  /** Counts a message. @returns undefined, or, without counting it, the wait and the detail of the refusal. */
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
