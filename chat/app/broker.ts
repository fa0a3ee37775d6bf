// How chat replicas speak of a room to one another. A broker is for speed, never for truth: the log is the truth.
import type { LogEvent } from './website.ts';

/** A notification between replicas about one room. Presence is reported per replica: a user may be at several. */
export type RoomNews =
  | { kind: 'events'; events: readonly LogEvent[] }
  | { kind: 'typing'; username: string }
  | { kind: 'presence'; replica: string; joined: readonly string[]; left: readonly string[] }
  /** A replica opened the room: the others answer with `presence`, all their users being `joined`. */
  | { kind: 'hello'; replica: string };

/**
 * At-most-once delivery to every *other* replica that has subscribed to the room, usually within milliseconds.
 * Notifications may be lost or reordered: the room's entry point orders events and reads lost ones from the log.
 * `publish` never throws and never blocks; while the broker is unavailable, notifications are dropped.
 */
export interface Broker {
  publish(roomId: string, news: RoomNews): void;
  /** @returns ends the subscription. */
  subscribe(roomId: string, listener: (news: RoomNews) => void): () => void;
  close(): Promise<void>;
}

/** The broker within one process: `connect()` once for each replica that lives in it. Alone, nobody is spoken to. */
export class LocalHub {
  readonly #listeners = new Map<string, Map<object, (news: RoomNews) => void>>();

  connect(): Broker {
    const self = {};
    return {
      publish: (roomId, news) => {
        for (const [owner, listener] of this.#listeners.get(roomId) ?? []) {
          if (owner !== self) queueMicrotask(() => listener(news));
        }
      },
      subscribe: (roomId, listener) => {
        const room = this.#listeners.get(roomId) ?? new Map();
        this.#listeners.set(roomId, room.set(self, listener));
        return () => {
          if (room.get(self) === listener) room.delete(self);
          if (room.size === 0 && this.#listeners.get(roomId) === room) this.#listeners.delete(roomId);
        };
      },
      close: async () => undefined,
    };
  }
}
