// How chat replicas notify one another. A broker makes delivery fast; it is never the source of truth: events are in
// the log, and replicas.ts repairs presence.
import type { components } from '@parlance/specs/internal.ts';

type Schemas = components['schemas'];
/** A notification from one replica to the others about one room. */
export type RoomNews = Schemas['RoomNews'];
export type PresenceNews = Schemas['PresenceNews'];
/** A notification from one replica to all others about itself. */
export type ReplicaNews = Schemas['ReplicaNews'];

export interface BrokerListener {
  /** Another replica announced something. */
  announced(news: ReplicaNews): void;
  /** The connection to the other replicas was established or re-established: earlier notifications are lost. */
  connected(): void;
}

/**
 * At-most-once delivery to every *other* replica that has subscribed to the room, usually within milliseconds.
 * Notifications may be lost or reordered: the room's entry point orders events and reads lost ones from the log.
 * `publish` and `announce` never throw and never block; while the broker is unavailable, notifications are dropped.
 */
export interface Broker {
  /** Whether notifications published now are expected to reach the other replicas. */
  readonly connected: boolean;
  /** For the metrics: updated by the broker, read at any time. */
  readonly stats: Readonly<BrokerStats>;
  publish(roomId: string, news: RoomNews): void;
  /** @returns a function that ends the subscription. */
  subscribe(roomId: string, listener: (news: RoomNews) => void): () => void;
  /** Sends to every other replica, whatever rooms it has open. */
  announce(news: ReplicaNews): void;
  /** Sets the only listener for announcements and connections. */
  listen(listener: BrokerListener): void;
  /** Flushes published notifications, within a bounded time, and disconnects. */
  close(): Promise<void>;
}

export interface BrokerStats {
  /** Notifications since the process started: handed to the client library, and received. */
  published: number;
  received: number;
  /** Not sent, or possibly not sent, because the broker was unavailable. */
  dropped: number;
  /** Received, but off-spec or not authenticated. */
  refused: number;
}

/** A broker within one process. Call `connect()` once per replica. With one replica, publish is a no-op. */
export class LocalHub {
  readonly #listeners = new Map<string, Map<object, (news: RoomNews) => void>>();
  readonly #replicas = new Map<object, BrokerListener | undefined>();

  connect(): Broker {
    const self = {};
    const replicas = this.#replicas.set(self, undefined);
    const stats = { published: 0, received: 0, dropped: 0, refused: 0 };
    return {
      stats,
      get connected() {
        return replicas.size > 1;
      },
      publish: (roomId, news) => {
        if (replicas.size > 1) stats.published += 1;
        for (const [owner, listener] of this.#listeners.get(roomId) ?? []) {
          if (owner !== self) queueMicrotask(() => listener(news));
        }
      },
      subscribe: (roomId, listener) => {
        const room = this.#listeners.get(roomId) ?? new Map();
        const hear = (news: RoomNews) => {
          stats.received += 1;
          listener(news);
        };
        this.#listeners.set(roomId, room.set(self, hear));
        return () => {
          if (room.get(self) === hear) room.delete(self);
          if (room.size === 0 && this.#listeners.get(roomId) === room) this.#listeners.delete(roomId);
        };
      },
      announce: (news) => {
        for (const [owner, listener] of replicas) {
          if (owner !== self) queueMicrotask(() => listener?.announced(news));
        }
      },
      listen: (listener) => void replicas.set(self, listener),
      close: async () => void replicas.delete(self),
    };
  }
}
