// Follows ended sessions, deleted rooms and bans by long polling the website. Chat admits no upgrade before the first
// answer, nor while the last answer is older than 3 s. Keeps ended sessions, rooms and bans for longer than any token
// lives.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admission } from '@parlance/service/admission.ts';
import type { FollowedClock } from '@parlance/service/followed_clock.ts';
import type { Log } from '@parlance/service/log.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { Connections } from './connections.ts';
import type { Rooms } from './rooms.ts';
import type { Website } from './website.ts';

export interface RevocationParts {
  website: Website;
  connections: Connections;
  rooms: Rooms;
  /** Follows the time of the database, which each answer contains. */
  clock: FollowedClock;
  /** Its state is sent to the website with each call. */
  joins: Admission;
  log: Log;
}

const RETRY_MS = 250;
/** Timeout of a call. The website answers within a second; two calls fit into FRESH_MS. */
const CALL_MS = 1_500;
/** How long an answer counts as fresh. */
const FRESH_MS = 3_000;
/** Minimum interval of calls: a website answers at once when the cursor is from another website. */
const PACE_MS = 50;
/** The website keeps changes for twice as long (janitor.ts). After a longer silence no session can be trusted. */
const REMEMBER_MS = 5 * LIMITS.roomTokenSeconds * 1_000;

export class Revocations {
  readonly #parts: RevocationParts;
  readonly #ended = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #first = Promise.withResolvers<void>();
  #refusing = false;
  /** Time of the last answer, ms of performance.now(); undefined: none yet, or calls have failed for FRESH_MS. */
  #toldAt: number | undefined;
  /** Time of the last answer, also while calls fail; before the first answer, the start. */
  #lastToldAt = performance.now();

  constructor(parts: RevocationParts) {
    this.#parts = parts;
  }

  /** Whether the last answer is fresh. Only then are upgrades admitted. */
  get fresh(): boolean {
    return !this.#refusing && this.#toldAt !== undefined && performance.now() - this.#toldAt < FRESH_MS;
  }

  /** Resolves after the first answer of the website. */
  get told(): Promise<void> {
    return this.#first.promise;
  }

  /** Time since the last answer of the website, or since the start. */
  get ageMs(): number {
    return performance.now() - this.#lastToldAt;
  }

  /** Whether the session ended or the room was deleted recently. */
  has(sidOrRoomId: string): boolean {
    return this.#ended.has(sidOrRoomId);
  }

  start(): void {
    void this.#follow();
  }

  /** Whether the user was banned from the room recently. */
  hasBan(roomId: string, username: string): boolean {
    return this.#ended.has(banKey(roomId, username));
  }

  /** Shutdown: refuses upgrades, but still follows changes. */
  refuse(): void {
    this.#refusing = true;
  }

  stop(): void {
    this.refuse();
    this.#stop.abort();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    const { website, rooms, clock, log } = this.#parts;
    let cursor: string | undefined;
    let failures = 0;
    let heardAt = performance.now();
    /** The time of the database in the last answer: performance.now() stops while the machine is suspended. */
    let timeHeard = Number.POSITIVE_INFINITY;
    while (!signal.aborted) {
      const paced = sleep(PACE_MS, undefined, { ref: false });
      try {
        const query = { ...(cursor === undefined ? {} : { cursor }), admitting: this.#admitting };
        const changes = await website.changes(query, AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]));
        cursor = changes.cursor;
        clock.read(changes.time);
        if (Math.max(performance.now() - heardAt, changes.time - timeHeard) > REMEMBER_MS) this.#closeAll();
        heardAt = performance.now();
        timeHeard = changes.time;
        for (const sid of changes.endedSessions) this.#learn(sid, () => this.#endSession(sid));
        for (const roomId of changes.deletedRooms) this.#learn(roomId, () => rooms.delete(roomId));
        for (const ban of changes.bans) {
          const key = banKey(ban.roomId, ban.username);
          if (ban.banned) this.#learn(key, () => rooms.get(ban.roomId)?.ban(ban.username));
          else this.#ended.delete(key);
        }
        rooms.hint(changes.appended);
        this.#forget();
        if (failures > 0) log.info({ failures }, 'the website reports changes again');
        failures = 0;
        this.#toldAt = performance.now();
        this.#first.resolve();
        this.#lastToldAt = this.#toldAt;
        await paced;
      } catch (err) {
        if (signal.aborted) return;
        // The last answer is valid for FRESH_MS: this website may only be slow, and the retry may reach another one.
        if (this.fresh) {
          if (!isTimeout(err)) await sleep(RETRY_MS, undefined, { ref: false });
          continue;
        }
        this.#toldAt = undefined;
        if (failures === 0) log.warn({ err }, 'the website reports no changes; upgrades are refused until it does');
        failures += 1;
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  get #admitting(): boolean {
    return !this.#refusing && !this.#parts.joins.refusing;
  }

  #endSession(sid: string): void {
    for (const connection of this.#parts.connections.ofSession(sid)) connection.close(4501);
  }

  /** The website may have forgotten changes: no session can be trusted. The clients reconnect with new tokens. */
  #closeAll(): void {
    for (const connection of this.#parts.connections.all()) connection.close(1012);
  }

  #learn(id: string, act: () => void): void {
    const known = this.#ended.has(id);
    this.#ended.set(id, performance.now());
    if (!known) act();
  }

  #forget(): void {
    for (const [id, at] of this.#ended) {
      if (performance.now() - at < REMEMBER_MS) return;
      this.#ended.delete(id);
    }
  }
}

const isTimeout = (error: unknown) =>
  error instanceof Error && (error.cause as Error | undefined)?.name === 'TimeoutError';

const banKey = (roomId: string, username: string) => `${roomId}/${username}`;
