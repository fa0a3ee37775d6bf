// Tells the other replicas which users of this one are in a room, and asks them for what was lost. Owns no list (presence.ts
// does) and decides nothing about who lives (replicas.ts does).
import type { Broker, PresenceNews, ReplicaNews } from './broker.ts';
import type { LocalChange, Presence } from './presence.ts';

/** Which version a replica's list of users in a room has. */
export type ListVersion = ReplicaNews['rooms'][number];

interface Listeners {
  /** The list of this replica's users changed, and the others were told. */
  told(list: ListVersion): void;
  /** What is known of other replicas' users may have changed. */
  heard(): void;
}

/** A replica is asked for its whole list at most this often, in ms: meanwhile the answer is on its way. */
const ASK_EVERY_MS = 200;

export class PresenceExchange {
  readonly #roomId: string;
  readonly #presence: Presence;
  readonly #broker: Broker;
  readonly #replica: string;
  readonly #listeners: Listeners;
  /** When each other replica was last asked for its list, ms of performance.now(). */
  readonly #askedAt = new Map<string, number>();

  constructor(roomId: string, presence: Presence, parts: { broker: Broker; replica: string }, listeners: Listeners) {
    this.#roomId = roomId;
    this.#presence = presence;
    this.#broker = parts.broker;
    this.#replica = parts.replica;
    this.#listeners = listeners;
  }

  /** The version of the list of this replica's users; undefined: it was always empty. */
  get list(): ListVersion | undefined {
    const { localVersion } = this.#presence;
    return localVersion && { roomId: this.#roomId, ...localVersion };
  }

  /** Tells the others of a change of the local list. */
  tell(change: LocalChange): void {
    this.#broker.publish(this.#roomId, { kind: 'presence', replica: this.#replica, ...change });
    this.#listeners.told(this.list!);
  }

  /** Another replica told of a change of its list; asks for the whole list where an earlier change is missing. */
  hear(news: PresenceNews): void {
    if (this.#presence.hear(news)) this.#listeners.heard();
    else this.#ask(news.replica);
  }

  /** Another replica asks for the list of the replica `to`, or of all. */
  asked(to = this.#replica): void {
    const { local } = this.#presence;
    if (!local || to !== this.#replica) return;
    this.#broker.publish(this.#roomId, { kind: 'presence', replica: this.#replica, ...local });
  }

  /** Compares the version of another replica's list with the one known here, and asks for the list where that is older. */
  compare(replica: string, { version, empty }: ListVersion): void {
    if (!this.#presence.isBehind(replica, version)) return;
    if (!empty) return this.#ask(replica);
    this.#presence.hear({ replica, from: 0, version, joined: [], left: [] });
    this.#listeners.heard();
  }

  /** Another replica is gone, and its users with it. */
  forget(replica: string): void {
    this.#askedAt.delete(replica);
    this.#presence.forget(replica);
    this.#listeners.heard();
  }

  /** Forgets the lists that other replicas did not confirm since, in ms of performance.now(). */
  forgetUnconfirmed(since: number): void {
    this.#presence.forgetUnconfirmed(since);
    this.#listeners.heard();
  }

  #ask(to: string): void {
    const now = performance.now();
    if (now - (this.#askedAt.get(to) ?? Number.NEGATIVE_INFINITY) < ASK_EVERY_MS) return;
    this.#askedAt.set(to, now);
    this.#broker.publish(this.#roomId, { kind: 'hello', replica: this.#replica, to });
  }
}
