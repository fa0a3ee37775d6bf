// Follows ended sessions, deleted rooms and bans by long polling the website. Chat admits no upgrade before the first
// answer, nor while the last answer is older than 3 s. Keeps ended sessions, rooms and bans for longer than any token
// lives.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@parlance/service/log.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { RoomPosition, Website } from './website.ts';

export interface Listeners {
  ended(sid: string): void;
  deleted(roomId: string): void;
  banned(ban: { roomId: string; username: string }): void;
  appended(positions: readonly RoomPosition[]): void;
  /** The time of the database, in ms since 1970. */
  time(ms: number): void;
  /** The website was unreachable for so long that changes may be lost: no session can be trusted any more. */
  uncertain(): void;
  /** Whether chat admits upgrades. Sent to the website with each call. */
  admitting(): boolean;
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
  readonly #website: Website;
  readonly #listeners: Listeners;
  readonly #log: Log;
  readonly #ended = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #first = Promise.withResolvers<void>();
  #refusing = false;
  /** Time of the last answer, ms of performance.now(); undefined: none yet, or calls have failed for FRESH_MS. */
  #toldAt: number | undefined;
  /** Time of the last answer, also while calls fail; before the first answer, the start. */
  #lastToldAt = performance.now();

  constructor(website: Website, listeners: Listeners, log: Log) {
    this.#website = website;
    this.#listeners = listeners;
    this.#log = log;
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
    let cursor: string | undefined;
    let failures = 0;
    let heardAt = performance.now();
    /** The time of the database in the last answer: performance.now() stops while the machine is suspended. */
    let timeHeard = Number.POSITIVE_INFINITY;
    while (!signal.aborted) {
      const paced = sleep(PACE_MS, undefined, { ref: false });
      try {
        const query = { ...(cursor === undefined ? {} : { cursor }), admitting: this.#admitting };
        const changes = await this.#website.changes(query, AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]));
        cursor = changes.cursor;
        this.#listeners.time(changes.time);
        if (Math.max(performance.now() - heardAt, changes.time - timeHeard) > REMEMBER_MS) this.#listeners.uncertain();
        heardAt = performance.now();
        timeHeard = changes.time;
        for (const sid of changes.endedSessions) this.#learn(sid, this.#listeners.ended);
        for (const roomId of changes.deletedRooms) this.#learn(roomId, this.#listeners.deleted);
        for (const ban of changes.bans) {
          const key = banKey(ban.roomId, ban.username);
          if (ban.banned) this.#learn(key, () => this.#listeners.banned(ban));
          else this.#ended.delete(key);
        }
        this.#listeners.appended(changes.appended);
        this.#forget();
        if (failures > 0) this.#log.info({ failures }, 'the website reports changes again');
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
        if (failures === 0)
          this.#log.warn({ err }, 'the website reports no changes; upgrades are refused until it does');
        failures += 1;
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  get #admitting(): boolean {
    return !this.#refusing && this.#listeners.admitting();
  }

  #learn(id: string, tell: (id: string) => void): void {
    const known = this.#ended.has(id);
    this.#ended.set(id, performance.now());
    if (!known) tell(id);
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
