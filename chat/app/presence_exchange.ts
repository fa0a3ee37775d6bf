// Exchanges the lists of present users of one room with the other replicas, and requests a list again after a lost
// notification. The lists belong to presence.ts; replicas.ts decides which replicas are alive.
import type { Broker, PresenceNews, ReplicaNews } from './broker.ts';
import type { LocalChange, Presence } from './presence.ts';

/** The version of a replica's list of users in one room. */
export type ListVersion = ReplicaNews['rooms'][number];

interface Listeners {
  /** The list of this replica's users changed and was published. */
  told(list: ListVersion): void;
  /** The users of other replicas may have changed. */
  heard(): void;
}

/** Minimum interval between two requests to one replica for its full list, in ms: the answer may be in flight. */
const ASK_EVERY_MS = 200;

export class PresenceExchange {
  readonly #roomId: string;
  readonly #presence: Presence;
  readonly #broker: Broker;
  readonly #replica: string;
  readonly #listeners: Listeners;
  /** When the list of each other replica was last requested, ms of performance.now(). */
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

  /** Publishes a change of the local list. */
  tell(change: LocalChange): void {
    this.#broker.publish(this.#roomId, { kind: 'presence', replica: this.#replica, ...change });
    this.#listeners.told(this.list!);
  }

  /** Applies a change of another replica's list; requests its full list when an earlier change is missing. */
  hear(news: PresenceNews): void {
    if (this.#presence.hear(news)) this.#listeners.heard();
    else this.#ask(news.replica);
  }

  /** Answers a request for the list of the replica `to`, or of all replicas. */
  asked(to = this.#replica): void {
    const { local } = this.#presence;
    if (!local || to !== this.#replica) return;
    this.#broker.publish(this.#roomId, { kind: 'presence', replica: this.#replica, ...local });
  }

  /** Compares the version of another replica's list with the one known here; requests the list when that is older. */
  compare(replica: string, { version, empty }: ListVersion): void {
    if (!this.#presence.isBehind(replica, version)) return;
    if (!empty) return this.#ask(replica);
    this.#presence.hear({ replica, from: 0, version, joined: [], left: [] });
    this.#listeners.heard();
  }

  /** Removes a dead replica and its users. */
  forget(replica: string): void {
    this.#askedAt.delete(replica);
    this.#presence.forget(replica);
    this.#listeners.heard();
  }

  /** Removes the lists of replicas not confirmed since `since`, ms of performance.now(). */
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
