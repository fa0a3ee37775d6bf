// The room's token, kept while it lives: a crowd that reconnects asks the website once a minute, not at every attempt.
import { LIMITS } from '../generated/limits.ts';
import type { RoomToken } from './schemas.ts';

export type IssueToken = (signal: AbortSignal) => Promise<RoomToken>;

/** How much of its life a token must have left to be used again. */
const MARGIN_MS = 10_000;

export class TokenKeeper {
  readonly #issue: IssueToken;
  #token: RoomToken | undefined;
  #usableUntil = 0;
  #failures = 0;

  constructor(issue: IssueToken) {
    this.#issue = issue;
  }

  /** The token, a new one when the last one is too old. @throws what issueRoomToken throws. */
  async get(signal: AbortSignal): Promise<RoomToken> {
    if (this.#token && Date.now() < this.#usableUntil) return this.#token;
    const askedAt = Date.now();
    const token = await this.#issue(signal);
    // expiresAt is the server's clock: a clock here that is slow must not make the token live longer than any does.
    const lifeMs = Math.min(Date.parse(token.expiresAt) - askedAt, LIMITS.roomTokenSeconds * 1000);
    this.#token = token;
    this.#usableUntil = askedAt + lifeMs - MARGIN_MS;
    this.#failures = 0;
    return token;
  }

  /** The upgrade failed. Nobody can read why, so after the second time a new token is asked for: that answer tells. */
  failed(): void {
    if (++this.#failures >= 2) this.#token = undefined;
  }
}
