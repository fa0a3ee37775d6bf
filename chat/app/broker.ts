// How chat replicas speak of a room to one another. A broker is for speed, never for truth: the log is the truth.
import type { LogEvent } from './website.ts';

/** What replicas tell one another of a room. Users are named per replica: one user may be in a room by several. */
export type RoomNews =
  | { kind: 'events'; events: readonly LogEvent[] }
  | { kind: 'typing'; username: string }
  | { kind: 'presence'; replica: string; joined: readonly string[]; left: readonly string[] }
  /** A replica opened the room: the others answer with `presence`, all their users being `joined`. */
  | { kind: 'hello'; replica: string };

/**
 * What a broker promises: news reaches every *other* replica that has subscribed to its room at most once, usually within
 * milliseconds. It may be lost, and news may overtake one another: the room's entry point puts events in order and reads
 * lost ones from the log. `publish` never throws and never waits; while the broker is away news is dropped.
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
