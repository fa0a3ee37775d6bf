// Tracks which other chat replicas are alive and whether their lists of users are up to date here. Announces this
// replica once a second (heartbeat), with the versions of its lists. The lists belong to presence.ts.
import type { Log } from '@parlance/service/log.ts';
import type { Broker, ReplicaNews } from './broker.ts';
import type { ListVersion } from './presence_exchange.ts';
import type { Room } from './room.ts';

const BEAT_MS = 1_000;
const WATCH_MS = 250;
/** A replica that is silent for this long is dead. With the delay of a beat and a tick: less than 5 s after it died. */
const DEAD_MS = 3_500;
/** Without a broker no replica is heard: after this long, all other replicas count as dead. */
const ALONE_MS = 30_000;
/** Number of beats that mention a changed list. */
const MENTIONS = 4;
/** Rooms per announcement, and the pause before the next: 10,000 rooms are 10 announcements in half a second. */
const ROOMS = 1_000;
const PACE_MS = 50;
/** Every list is mentioned at this interval; a list not confirmed for two and a half intervals is removed. */
const FULL_MS = 60_000;

interface Parts {
  broker: Broker;
  /** The id of this replica. */
  replica: string;
  log: Log;
}

/** The part of Rooms that Replicas uses. */
interface OpenRooms {
  get(roomId: string): Room | undefined;
  all(): Iterable<Room>;
}

export class Replicas {
  readonly #parts: Parts;
  readonly #rooms: OpenRooms;
  /** When each replica was last heard, ms of performance.now(). */
  readonly #heardAt = new Map<string, number>();
  /** Lists to mention, and in how many more beats. */
  readonly #mentions = new Map<string, { list: ListVersion; times: number }>();
  /** Lists of the current beat that are not announced yet. */
  #rest: ListVersion[] = [];
  #timers: NodeJS.Timeout[] = [];
  #paced: NodeJS.Timeout | undefined;
  #watchedAt = 0;
  #connectedAt = 0;
  #fullAt = 0;
  /** From this time on a silent replica counts as dead. */
  #certainFrom = 0;
  /** Whether lists not confirmed since the connection was established still have to be removed. */
  #sweep = false;

  constructor(parts: Parts, rooms: OpenRooms) {
    this.#parts = parts;
    this.#rooms = rooms;
  }

  start(): void {
    const { broker } = this.#parts;
    broker.listen({ announced: (news) => this.#heard(news), connected: () => this.#connected() });
    this.#watchedAt = performance.now();
    this.#timers = [setInterval(() => this.#beat(), BEAT_MS), setInterval(() => this.#watch(), WATCH_MS)];
    if (broker.connected) this.#connected();
  }

  /** Announces the end of this replica: the others remove its users at once. */
  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#paced);
    const { broker, replica } = this.#parts;
    // A later announcement would make the others count this replica as alive again.
    broker.listen({ announced: () => undefined, connected: () => undefined });
    broker.announce({ replica, bye: true, rooms: [] });
  }

  /** A list of this replica changed; the room may already be closed. */
  changed(list: ListVersion): void {
    // Never connected: no other replica has missed the change.
    if (this.#connectedAt === 0) return;
    this.#mentions.delete(list.roomId);
    this.#mentions.set(list.roomId, { list, times: MENTIONS });
  }

  #connected(): void {
    const now = performance.now();
    this.#connectedAt = now;
    this.#certainFrom = now + DEAD_MS;
    this.#sweep = true;
    this.#mentionAll();
    this.#beat(true);
  }

  #heard({ replica, hello, bye, rooms }: ReplicaNews): void {
    if (bye) return this.#gone(replica);
    const known = this.#heardAt.has(replica);
    this.#heardAt.set(replica, performance.now());
    for (const list of rooms) this.#rooms.get(list.roomId)?.exchange.compare(replica, list);
    if (known && !hello) return;
    this.#mentionAll();
    // An unknown replica without a hello was considered dead, or its hello was lost: greet it.
    this.#beat(!hello);
  }

  #mentionAll(): void {
    this.#fullAt = performance.now();
    for (const room of this.#rooms.all()) {
      const { list } = room.exchange;
      if (list && !this.#mentions.has(room.id)) this.#mentions.set(room.id, { list, times: 1 });
    }
  }

  /** Announces this replica and the lists to mention, in several announcements if necessary. */
  #beat(hello = false): void {
    const { broker, replica } = this.#parts;
    if (!broker.connected) return;
    if (this.#rest.length === 0) {
      for (const [roomId, mention] of this.#mentions) {
        this.#rest.push(mention.list);
        mention.times -= 1;
        if (mention.times <= 0) this.#mentions.delete(roomId);
      }
    }
    const rooms = this.#rest.splice(0, ROOMS);
    broker.announce({ replica, ...(hello ? { hello } : {}), rooms });
    if (this.#rest.length === 0) return;
    clearTimeout(this.#paced);
    this.#paced = setTimeout(() => this.#beat(), PACE_MS);
  }

  #watch(): void {
    const now = performance.now();
    // This process was paused, and announcements received meanwhile are not read yet.
    if (now - this.#watchedAt > DEAD_MS / 2) this.#certainFrom = now + DEAD_MS;
    this.#watchedAt = now;
    if (!this.#parts.broker.connected) {
      if (now - this.#lastHeardAt() > ALONE_MS) for (const replica of this.#heardAt.keys()) this.#gone(replica);
      return;
    }
    if (now - this.#fullAt > FULL_MS) {
      this.#mentionAll();
      this.#forgetUnconfirmed(now - 2.5 * FULL_MS);
    }
    if (now < this.#certainFrom) return;
    for (const [replica, heardAt] of this.#heardAt) if (now - heardAt > DEAD_MS) this.#gone(replica);
    if (this.#sweep) this.#forgetUnconfirmed(this.#connectedAt);
    this.#sweep = false;
  }

  #lastHeardAt(): number {
    return Math.max(...this.#heardAt.values());
  }

  #gone(replica: string): void {
    this.#heardAt.delete(replica);
    for (const room of this.#rooms.all()) room.exchange.forget(replica);
  }

  #forgetUnconfirmed(since: number): void {
    for (const room of this.#rooms.all()) room.exchange.forgetUnconfirmed(since);
  }
}
