// Reports ended sessions, deleted rooms, bans and new events to chat by answering its long polls. LISTEN/NOTIFY between
// website replicas only reduces latency; the database is authoritative. Never carries messages, only a room's last seq.
import { randomBytes } from 'node:crypto';
import { FollowedClock } from '@parlance/service/followed_clock.ts';
import type { Log } from '@parlance/service/log.ts';
import { Problem } from '@parlance/service/problem.ts';
import { warnRepeated } from '@parlance/service/repeated_lines.ts';
import type { components } from '@parlance/specs/internal.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { sql } from 'kysely';
import { ChatReplicas } from './chat_replicas.ts';
import type { Database, Databases } from './database.ts';
import { Listener } from './listener.ts';

type Changes = components['schemas']['Changes'];
type ChangesQuery = components['schemas']['ChangesQuery'];
type RoomPosition = components['schemas']['RoomPosition'];

export type Change =
  /** Rooms whose logs have at least this last seq. */
  | { kind: 'ahead'; rooms: [roomId: string, lastSeq: number][] }
  | { kind: 'deleted'; roomId: string }
  | { kind: 'ended'; sid: string }
  /** A ban was set or lifted; the table has the details. */
  | { kind: 'banned' }
  /** A chat process has a long poll at some website. `admitting`: it accepts sockets; true by default. */
  | { kind: 'present'; replica?: string | undefined; brokered?: boolean | undefined; admitting?: boolean | undefined };

interface Ended {
  /** The database's clock, ms. */
  now: number;
  sessions: string[];
  rooms: string[];
  bans: Changes['bans'];
}
type EndedRow = Omit<Ended, 'now'> & { now: Date };

const CHANNEL = 'parlance_changes';
/** The duration of a long poll: less than the second within which chat must learn of changes without NOTIFY (G6). */
const WAIT_MS = 750;
/** A cursor points this far behind the clock, because a transaction may commit after the time that it wrote. */
const OVERLAP_MS = 10_000;
const FIRST_LOOK_MS = 2 * LIMITS.roomTokenSeconds * 1_000 + OVERLAP_MS;
const REMEMBERED = 10_000;

/** Wakes every website replica once the surrounding transaction (or this statement) has committed. */
export async function announce(db: Database, ...changes: Change[]): Promise<void> {
  const payloads = changes.map((change) => JSON.stringify(change));
  await sql`select pg_notify(${CHANNEL}, payload) from unnest(${payloads}::text[]) payload`.execute(db);
}

/** Rooms per notification: PostgreSQL limits a payload to less than 8,000 bytes, and a room takes at most 57. */
const ROOMS = 120;

/**
 * Wakes chat after a commit of events that no broker reports. Only a hint, so it never throws: without it, chat finds
 * the events when it next compares its rooms with the log.
 */
export async function announceAppended(db: Database, positions: readonly RoomPosition[], log: Log): Promise<void> {
  const rooms = positions.map(({ roomId, lastSeq }): [string, number] => [roomId, lastSeq]);
  const parts = Array.from({ length: Math.ceil(rooms.length / ROOMS) }, (_, k) =>
    rooms.slice(k * ROOMS, (k + 1) * ROOMS),
  );
  await announce(db, ...parts.map((part) => ({ kind: 'ahead' as const, rooms: part }))).catch((err) => {
    warnRepeated(log, { err }, 'a change could not be announced');
  });
}

export class ChangeFeed {
  readonly #db: Database;
  readonly #log: Log;
  /** Distinguishes cursors of this process from those of another one, or of this one before a restart. */
  readonly #epoch = randomBytes(4).toString('hex');
  #version = 0;
  /** The reported last seqs of rooms, each with its version. */
  #recent: { version: number; roomId: string; lastSeq: number }[] = [];
  #waiters = new Set<() => void>();
  /** When chat was last present, in ms of performance.now(), so that a clock step cannot make a lost chat present. */
  #presentAt = Number.NEGATIVE_INFINITY;
  readonly #chats = new ChatReplicas(4 * WAIT_MS);
  #stopped = false;
  readonly #listener: Listener;
  /** The database's clock, by which all websites and chats validate tokens. */
  readonly clock: FollowedClock;

  constructor({ changes, watch }: Databases, url: string, log: Log) {
    this.#db = changes;
    this.clock = new FollowedClock({ own: 'the website', other: 'the database' }, log);
    this.#listener = new Listener({
      url,
      channel: CHANNEL,
      watch,
      log,
      heard: (payload) => this.#heard(payload),
      time: (ms) => this.clock.read(ms),
    });
    this.#log = log;
  }

  /** Listens until stop() and reconnects when needed; resolves after the first attempt. */
  async start(): Promise<void> {
    await this.#listener.start();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#listener.stop();
  }

  /** Whether a chat process that accepts sockets has a long poll at any website, or had one in the last 3 s. */
  get chatIsPresent(): boolean {
    return performance.now() - this.#presentAt < 4 * WAIT_MS;
  }

  /** The number of long polls that wait. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** Whether notifications of other websites arrive. */
  get listening(): boolean {
    return this.#listener.listening;
  }

  /** Whether there are several chat processes and at least one has no broker. */
  get hintsAreNeeded(): boolean {
    return this.#chats.needHints();
  }

  /** A long poll: answers at once if there are changes since the cursor, else at the next change or after 750 ms. */
  async wait({ cursor, ...chat }: ChangesQuery, signal: AbortSignal): Promise<Changes> {
    const [epoch, version, since] = cursor?.split('.') ?? [];
    const known = epoch === this.#epoch ? Number(version) : -1;
    this.#chatIsHere(chat);
    if (cursor !== undefined && known >= this.#version && !this.#stopped) await this.#event(signal);
    // The website is stopping: the caller retries at another replica with the same cursor.
    if (this.#stopped || signal.aborted) throw new Problem('unavailable', 'The website is stopping.');
    const upTo = this.#version;
    const appended = known < 0 ? [] : this.#appendedSince(known);
    const ended = await this.#ended(/^\d{1,15}$/.test(since ?? '') ? Number(since) : undefined);
    return {
      cursor: `${this.#epoch}.${upTo}.${ended.now - OVERLAP_MS}`,
      time: Math.round(this.clock.now()),
      endedSessions: ended.sessions,
      deletedRooms: ended.rooms,
      bans: ended.bans,
      appended,
    };
  }

  /** The highest last seq of each room that was reported after version `known`. */
  #appendedSince(known: number): RoomPosition[] {
    const furthest = new Map<string, number>();
    for (let index = this.#recent.length - 1; index >= 0 && this.#recent[index]!.version > known; index -= 1) {
      const { roomId, lastSeq } = this.#recent[index]!;
      furthest.set(roomId, Math.max(lastSeq, furthest.get(roomId) ?? 0));
    }
    return Array.from(furthest, ([roomId, lastSeq]) => ({ roomId, lastSeq }));
  }

  #event(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiters.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, WAIT_MS);
      this.#waiters.add(done);
      signal.addEventListener('abort', done);
    });
  }

  async #ended(sinceMs: number | undefined): Promise<Ended> {
    // One statement, so one round trip. A cursor in the future is ignored: it would hide all changes until then.
    const { rows } = await sql<EndedRow>`
      with t as materialized (
        select clock_timestamp() as now, case
          when ${sinceMs ?? null}::float8 <= extract(epoch from clock_timestamp()) * 1000
          then to_timestamp(${sinceMs ?? null}::float8 / 1000)
          else clock_timestamp() - make_interval(secs => ${FIRST_LOOK_MS / 1_000}::float8) end as since)
      select t.now,
        array(select handle from sessions where ended_at > t.since or (expires_at > t.since and expires_at <= t.now)) as sessions,
        array(select id from chat_rooms where deleted_at > t.since) as rooms,
        coalesce((select json_agg(json_build_object('roomId', room_id, 'username', username, 'banned', lifted_at is null))
          from bans where changed_at > t.since), '[]') as bans
      from t`.execute(this.#db);
    const { now, ...ended } = rows[0]!;
    this.clock.read(now.getTime());
    return { now: now.getTime(), ...ended };
  }

  /** Announces chat to all websites (any answers /healthz), every 750 ms and when its broker state changes. */
  #chatIsHere({ replica, brokered, admitting = true }: Omit<ChangesQuery, 'cursor'>): void {
    const now = performance.now();
    const due = this.#chats.isHere(replica, brokered, WAIT_MS);
    if (!due && !(admitting && now - this.#presentAt >= WAIT_MS)) return;
    if (admitting) this.#presentAt = now;
    announce(this.#db, { kind: 'present', replica, brokered, admitting }).catch((err) =>
      warnRepeated(this.#log, { err }, 'a change could not be announced'),
    );
  }

  #heard(payload: string | undefined): void {
    const change = payload === undefined ? undefined : parse(payload);
    if (change?.kind === 'present') {
      if (change.admitting !== false) this.#presentAt = performance.now();
      this.#chats.isHere(change.replica, change.brokered, 0);
      return;
    }
    this.#version += 1;
    if (change?.kind === 'ahead') {
      for (const [roomId, lastSeq] of change.rooms) this.#recent.push({ version: this.#version, roomId, lastSeq });
      if (this.#recent.length > REMEMBERED) this.#recent = this.#recent.slice(-REMEMBERED / 2);
    }
    this.#wake();
  }

  #wake(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }
}

/** Anyone with a database connection can notify. An invalid payload only wakes the long polls. */
function parse(payload: string): Change | undefined {
  try {
    const change = JSON.parse(payload) as Change;
    return change.kind === 'ahead' && !change.rooms.every(isPosition) ? undefined : change;
  } catch {
    return undefined;
  }
}

const isPosition = ([roomId, lastSeq]: unknown[]) => typeof roomId === 'string' && Number.isSafeInteger(lastSeq);
