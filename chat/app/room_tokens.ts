// Verifies room tokens with the website's public keys. Holds no private key and does not check sessions.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readJws } from '@parlance/service/jws.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { validateRoomTokenClaims, validateRoomTokenHeader } from '@parlance/specs/validators.js';
import type { Website } from './website.ts';

/** The claims of a verified token: its user and room. */
export interface Pass {
  userId: string;
  username: string;
  /** The room's name, as created. */
  room: string;
  roomId: string;
  /** The session id; the token is invalid when the session has ended. */
  sid: string;
}

const REFETCH_MS = 5_000;
/** Maximum age since `iat`, regardless of `exp`. */
const MAX_AGE_SECONDS = 2 * LIMITS.roomTokenSeconds;

export class RoomTokens {
  #keys = new Map<string, KeyObject>();
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;
  readonly #website: Website;
  readonly #now: () => number;

  /** @param now the clock by which the website signs, ms since 1970. */
  constructor(website: Website, now: () => number) {
    this.#website = website;
    this.#now = now;
  }

  /** Undefined: malformed, expired, or not signed by the website. Rejects when unknown keys cannot be fetched. */
  async verify(token: string): Promise<Pass | undefined> {
    const jws = readJws(token);
    const header = jws?.header;
    // `crit` names extensions that a recipient must support; chat supports none (RFC 7515 §4.1.11).
    if (!jws || !validateRoomTokenHeader(header) || 'crit' in header) return undefined;
    if (!this.#keys.has(header.kid)) await this.#fetch();
    const key = this.#keys.get(header.kid);
    const claims = key && jws.payload(key);
    if (!validateRoomTokenClaims(claims)) return undefined;
    const { sub, username, room, roomId, sid, iat, exp } = claims;
    const now = Math.floor(this.#now() / 1_000);
    if (now >= exp || now >= iat + MAX_AGE_SECONDS) return undefined;
    return { userId: sub, username, room, roomId, sid };
  }

  /** Fetches keys at most once per 5 s, however many unknown key ids arrive; a failed fetch may be retried at once. */
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
