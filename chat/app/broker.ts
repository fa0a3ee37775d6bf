// How chat replicas speak of a room to one another. A broker is for speed, never for truth: the log is the truth.
import type { Message } from './website.ts';

/** Users are named per replica: one user may be in a room by several. */
export type RoomEvent =
  | { kind: 'messages'; messages: readonly Message[] }
  | { kind: 'typing'; username: string }
  | { kind: 'presence'; replica: string; joined: readonly string[]; left: readonly string[] }
  /** A replica opened the room: the others answer with `presence`, all their users being `joined`. */
  | { kind: 'hello'; replica: string };

/**
 * What a broker promises: an event reaches every *other* replica that has subscribed to its room at most once, usually
 * within milliseconds. It may be lost, and events may overtake one another: the room's door puts messages in order and
 * finds lost ones in the log. `publish` never throws and never waits; while the broker is away events are dropped.
 */
export interface Broker {
  publish(roomId: string, event: RoomEvent): void;
  /** @returns ends the subscription. */
  subscribe(roomId: string, listener: (event: RoomEvent) => void): () => void;
  close(): Promise<void>;
}

/** The broker within one process: `connect()` once for each replica that lives in it. Alone, nobody is spoken to. */
export class LocalHub {
  readonly #listeners = new Map<string, Map<object, (event: RoomEvent) => void>>();

  connect(): Broker {
    const self = {};
    return {
      publish: (roomId, event) => {
        for (const [owner, listener] of this.#listeners.get(roomId) ?? []) {
          if (owner !== self) queueMicrotask(() => listener(event));
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
