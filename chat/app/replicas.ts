// Which other chat replicas live, and whether what is known here of their users is what they last said. Announces this one
// once a second, with the versions of its lists. Owns no list: presence.ts does.
import type { Log } from '@parlance/service/log.ts';
import type { Broker, ReplicaNews } from './broker.ts';
import type { ListVersion } from './presence_exchange.ts';
import type { Room } from './room.ts';

const BEAT_MS = 1_000;
const WATCH_MS = 250;
/** A replica that was not heard for so long is gone: with a beat's and a tick's delay, less than 5 s after it died. */
const DEAD_MS = 3_500;
/** Without a broker nobody knows who lives: after so long, the users of other replicas count as gone. */
const ALONE_MS = 30_000;
/** A changed list is mentioned in so many beats. */
const MENTIONS = 4;
/** Rooms in one announcement, and the pause before the next one: 10,000 rooms are 10 announcements in half a second. */
const ROOMS = 1_000;
const PACE_MS = 50;
/** Every list is mentioned at least so often; one that was not confirmed for two and a half times as long is forgotten. */
const FULL_MS = 60_000;

interface Parts {
  broker: Broker;
  /** Names this replica among those that share the broker. */
  replica: string;
  log: Log;
}

/** The open rooms, as far as replicas need to know them. */
interface OpenRooms {
  get(roomId: string): Room | undefined;
  all(): Iterable<Room>;
}

export class Replicas {
  readonly #parts: Parts;
  readonly #rooms: OpenRooms;
  /** When each was last heard, ms of performance.now(). */
  readonly #heardAt = new Map<string, number>();
  /** Lists to be mentioned, and in how many beats. */
  readonly #mentions = new Map<string, { list: ListVersion; times: number }>();
  /** What is left of the beat that is under way. */
  #rest: ListVersion[] = [];
  #timers: NodeJS.Timeout[] = [];
  #paced: NodeJS.Timeout | undefined;
  #watchedAt = 0;
  #connectedAt = 0;
  #fullAt = 0;
  /** From when on silence counts as death. */
  #certainFrom = 0;
  /** Whether the lists that nobody confirmed since the connection was made are still to be forgotten. */
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

  /** Says goodbye: the others forget this replica's users at once. */
  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#paced);
    const { broker, replica } = this.#parts;
    // If this replica answered now, the others would count it as alive again.
    broker.listen({ announced: () => undefined, connected: () => undefined });
    broker.announce({ replica, bye: true, rooms: [] });
  }

  /** A list of this replica changed; the room may be closed by now. */
  changed(list: ListVersion): void {
    // There was never another replica that could have missed it.
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
    // Not heard before, and it did not just connect: it was taken for dead, or its hello was lost.
    this.#beat(!hello);
  }

  #mentionAll(): void {
    this.#fullAt = performance.now();
    for (const room of this.#rooms.all()) {
      const { list } = room.exchange;
      if (list && !this.#mentions.has(room.id)) this.#mentions.set(room.id, { list, times: 1 });
    }
  }

  /** Announces that this replica lives, and all that is to be mentioned, over several announcements if need be. */
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
    // This process stood still, and what came meanwhile is not read yet.
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
