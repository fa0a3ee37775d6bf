// One user in one room, through the SDK: folds every event received and keeps the timeline at every cursor.
import { setTimeout as sleep } from 'node:timers/promises';
import { applyEvent, type LogEvent, type Message, mergePage, type RoomEvent, type Timeline } from '@parlance/client';
import type { User } from './servers.ts';

/** The timeout for an event to reach every member, including a restart of chat, in milliseconds. */
export const PATIENCE_MS = 30_000;
/** How long a member leaves a backoff alone before it calls reconnectNow, in milliseconds. */
const TRY_NOW_MS = 2_000;

export interface Room {
  id: string;
  name: string;
}

export class Member {
  readonly user: User;
  readonly room: Room;
  readonly #signal: AbortSignal;
  timeline: Timeline = [];
  /** The events received, by seq. */
  readonly events = new Map<number, RoomEvent | LogEvent>();
  /** The timeline at each cursor. */
  readonly states = new Map<number, Timeline>();
  #cursor: number;
  #socket: ReturnType<User['client']['joinRoom']>;
  #moved = () => {};
  /** The first fault that a listener found: recorded, not thrown into the SDK. */
  #fault: string | undefined;

  /** Joins at cursor `after` with the timeline at that cursor; leaves when `signal` aborts. */
  constructor(user: User, room: Room, signal: AbortSignal, after = 0, timeline: Timeline = []) {
    this.user = user;
    this.room = room;
    this.#signal = signal;
    this.timeline = timeline;
    this.#cursor = after;
    this.states.set(after, timeline);
    this.#socket = this.#join();
  }

  get cursor(): number {
    return this.#cursor;
  }

  /** Sends over the socket; resolves when the message is stored. */
  async say(content: string, id: string): Promise<void> {
    await this.#socket.send(content, { id }).stored;
  }

  /** Leaves, and rejoins at an earlier cursor with the timeline at that cursor. */
  rejoin(cursor: number): void {
    this.#socket.close();
    this.#cursor = cursor;
    this.timeline = this.states.get(cursor)!;
    this.#socket = this.#join();
  }

  /** Loads the page before the oldest message, while events arrive. */
  async loadOlder(limit: number): Promise<void> {
    const before = this.timeline[0]?.seq ?? this.#cursor + 1;
    const asked = this.#cursor;
    const page = await this.user.client.listMessages(this.room.name, { before, limit });
    const since = [...this.events.values()].filter(({ seq }) => seq > asked);
    this.timeline = mergePage(this.timeline, page, since);
  }

  /** Resolves when every event up to `seq` is received; rejects after a fault or the timeout. */
  async reached(seq: number): Promise<void> {
    const { username } = this.user;
    for (const until = Date.now() + PATIENCE_MS; this.#cursor < seq || this.#fault; ) {
      if (this.#fault) throw new Error(`${username}: ${this.#fault}`);
      const { state } = this.#socket;
      if (Date.now() > until) throw new Error(`${username} is ${state} at ${this.#cursor} and has not received ${seq}`);
      const moved = new Promise<void>((resolve) => {
        this.#moved = resolve;
      });
      const timer = new AbortController();
      await Promise.race([moved, sleep(TRY_NOW_MS, undefined, { signal: timer.signal })]);
      timer.abort();
      if (state === 'waiting' && this.#socket.state === 'waiting') this.#socket.reconnectNow();
    }
  }

  /** The part of `all` that this timeline covers: from its oldest message on. */
  shownOf(all: readonly Message[]): readonly Message[] {
    const oldest = this.timeline[0]?.seq ?? Number.POSITIVE_INFINITY;
    return all.filter(({ seq }) => seq >= oldest);
  }

  leave(): void {
    this.#socket.close();
  }

  #join() {
    const { id: roomId, name } = this.room;
    const socket = this.user.client.joinRoom(name, { after: this.#cursor, roomId, signal: this.#signal });
    socket.on('joined', ({ continuous }) => {
      if (!continuous) this.#fault ??= `no resume after ${this.#cursor}`;
    });
    socket.on('event', (event) => {
      if (event.seq !== this.#cursor + 1) this.#fault ??= `${event.seq} came after ${this.#cursor}`;
      this.#cursor = event.seq;
      this.events.set(event.seq, event);
      this.timeline = applyEvent(this.timeline, event);
      this.states.set(event.seq, this.timeline);
      this.#moved();
    });
    return socket;
  }
}
