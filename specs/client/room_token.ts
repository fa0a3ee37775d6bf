// Caches the room's token while it is valid: reconnecting requests a token once a minute, not at every attempt.
import { LIMITS } from '../generated/limits.ts';
import type { RoomToken } from './schemas.ts';

export type IssueToken = (signal: AbortSignal) => Promise<RoomToken>;

/** The lifetime that a token must have left to be used again, in milliseconds. */
const MARGIN_MS = 10_000;

export class TokenKeeper {
  readonly #issue: IssueToken;
  #token: RoomToken | undefined;
  #usableUntil = 0;
  #failures = 0;

  constructor(issue: IssueToken) {
    this.#issue = issue;
  }

  /** The cached token, or a new one if it is about to expire. @throws what issueRoomToken throws. */
  async get(signal: AbortSignal): Promise<RoomToken> {
    if (this.#token && Date.now() < this.#usableUntil) return this.#token;
    const askedAt = Date.now();
    const token = await this.#issue(signal);
    // expiresAt is by the server's clock: a slow clock here must not extend the lifetime beyond that of any token.
    const lifeMs = Math.min(Date.parse(token.expiresAt) - askedAt, LIMITS.roomTokenSeconds * 1000);
    this.#token = token;
    this.#usableUntil = askedAt + lifeMs - MARGIN_MS;
    this.#failures = 0;
    return token;
  }

  /** Call when an upgrade failed. The reason is hidden: after the second failure get() requests a token to read one. */
  failed(): void {
    if (++this.#failures >= 2) this.#token = undefined;
  }
}
