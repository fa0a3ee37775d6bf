// Verifies room tokens with the website's public keys. Holds no private key and knows nothing of sessions.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { LIMITS } from '@parlance/specs/limits.ts';
import { validateRoomTokenClaims, validateRoomTokenHeader } from '@parlance/specs/validators.js';
import jwt from 'jsonwebtoken';
import type { Website } from './website.ts';

/** The user and the room that a token admits. */
export interface Pass {
  userId: string;
  username: string;
  /** The room's name, as created. */
  room: string;
  roomId: string;
  /** The handle of the session; the token is invalid once that has ended. */
  sid: string;
}

const REFETCH_MS = 5_000;

export class RoomTokens {
  #keys = new Map<string, KeyObject>();
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;
  readonly #website: Website;
  readonly #now: () => number;

  /** @param now the time by which the website signs, in ms since 1970. */
  constructor(website: Website, now: () => number) {
    this.#website = website;
    this.#now = now;
  }

  /** Undefined: malformed, expired, or not signed by the website. Rejects when unknown keys cannot be fetched. */
  async verify(token: string): Promise<Pass | undefined> {
    const header = headerOf(token);
    // `crit` names extensions that a reader must understand; chat understands none (RFC 7515, 4.1.11).
    if (!validateRoomTokenHeader(header) || 'crit' in header) return undefined;
    if (!this.#keys.has(header.kid)) await this.#fetch();
    const key = this.#keys.get(header.kid);
    if (!key) return undefined;
    try {
      const claims = jwt.verify(token, key, {
        algorithms: [header.alg],
        maxAge: 2 * LIMITS.roomTokenSeconds,
        clockTimestamp: Math.floor(this.#now() / 1_000),
      });
      if (!validateRoomTokenClaims(claims)) return undefined;
      const { sub, username, room, roomId, sid } = claims;
      return { userId: sub, username, room, roomId, sid };
    } catch {
      return undefined;
    }
  }

  /** At most once per 5 s, however many unknown key ids arrive; after a failed fetch the next one may follow at once. */
  #fetch(): Promise<void> {
    if (performance.now() - this.#fetchedAt < REFETCH_MS) return Promise.resolve();
    this.#fetching ??= this.#website
      .jwks()
      .then((keys) => {
        this.#keys = new Map(keys.map((key) => [key.kid, createPublicKey({ key, format: 'jwk' })]));
        this.#fetchedAt = performance.now();
      })
      .finally(() => {
        this.#fetching = undefined;
      });
    return this.#fetching;
  }
}

/** The header of a token. The decoder throws when `typ` is `JWT` and the payload is not JSON; that counts as no header. */
function headerOf(token: string): unknown {
  try {
    return jwt.decode(token, { complete: true })?.header;
  } catch {
    return undefined;
  }
}
