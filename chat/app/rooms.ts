// The open rooms of this process: opened for the first connection and closed after the last one leaves. Regularly
// compares them with the log, so that a lost hint delays an event but never loses it.

import { warnRepeated } from '@parlance/service/repeated_lines.ts';
import type { RoomNews } from './broker.ts';
import { Replicas } from './replicas.ts';
import { Room, type RoomParts } from './room.ts';
import type { Append, AppendOutcome, LogEvent, RoomPosition, Website } from './website.ts';

/** The design allows 2 s at most, in one call for all rooms. */
const COMPARE_MS = 1_500;

export class Rooms {
  readonly #parts: RoomParts;
  readonly #open = new Map<string, Room>();
  readonly #opening = new Map<string, Promise<Room | undefined>>();
  /** Number of handshakes in progress by room id. While there is one, the room stays open without connections. */
  readonly #awaited = new Map<string, number>();
  readonly #unsubscribe = new Map<string, () => void>();
  readonly #website: Website;
  readonly #replicas: Replicas;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: RoomParts) {
    this.#parts = parts;
    this.#website = parts.website;
    this.#replicas = new Replicas(parts, this);
  }

  get size(): number {
    return this.#open.size;
  }

  all(): Iterable<Room> {
    return this.#open.values();
  }

  get(roomId: string): Room | undefined {
    return this.#open.get(roomId);
  }

  /**
   * Opens the room if necessary, keeps it open while `use` runs, and passes undefined when there is no such room.
   * Rejects when the website does not answer, or as `use` does.
   */
  async whileOpen(roomId: string, use: (room: Room | undefined) => Promise<void>): Promise<void> {
    this.#awaited.set(roomId, (this.#awaited.get(roomId) ?? 0) + 1);
    try {
      await use(await this.#opened(roomId));
    } finally {
      const awaited = this.#awaited.get(roomId)! - 1;
      if (awaited > 0) this.#awaited.set(roomId, awaited);
      else this.#awaited.delete(roomId);
      const room = this.#open.get(roomId);
      if (room) this.closeIfEmpty(room);
    }
  }

  /** Closes a room without connections. */
  closeIfEmpty(room: Room): void {
    if (room.connections.size > 0 || this.#awaited.has(room.id) || this.#open.get(room.id) !== room) return;
    this.#forget(room.id);
    room.close();
  }

  /** Notifies and closes the connections of a deleted room. */
  delete(roomId: string): void {
    const room = this.#open.get(roomId);
    this.#forget(roomId);
    room?.delete();
  }

  /** Reads missing events of open rooms whose log reaches further than the room. */
  hint(positions: readonly RoomPosition[]): void {
    for (const { roomId, lastSeq } of positions) {
      const room = this.#open.get(roomId);
      if (room && room.lastSeq < lastSeq) room.behind();
    }
  }

  /** Delivers the events that an append stored to the rooms here and publishes them to the other replicas. */
  stored(batch: readonly Append[], outcomes: readonly AppendOutcome[]): void {
    for (const [roomId, events] of byRoom(batch, outcomes)) {
      this.#open.get(roomId)?.accept(events);
      this.#parts.broker.publish(roomId, { kind: 'events', events });
    }
  }

  /** The seq of the last event in the log; 0 if the room is gone. */
  async lastSeqInLog(roomId: string): Promise<number> {
    return (await this.#website.openRoom(roomId))?.lastSeq ?? 0;
  }

  start(): void {
    const again = async () => {
      await this.#compare().catch((err) =>
        warnRepeated(this.#parts.log, { err }, 'rooms could not be compared with the log'),
      );
      if (this.#timer) this.#timer = setTimeout(again, COMPARE_MS);
    };
    this.#timer = setTimeout(again, COMPARE_MS);
    this.#replicas.start();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#replicas.stop();
    for (const room of this.#open.values()) {
      room.close();
      this.#forget(room.id);
    }
  }

  #opened(roomId: string): Promise<Room | undefined> {
    const room = this.#open.get(roomId);
    if (room) return Promise.resolve(room);
    const opening = this.#opening.get(roomId) ?? this.#openNow(roomId).finally(() => this.#opening.delete(roomId));
    this.#opening.set(roomId, opening);
    return opening;
  }

  async #openNow(roomId: string): Promise<Room | undefined> {
    // Subscribes before it reads the end of the log, so that no event is missed in between.
    const early: RoomNews[] = [];
    let room: Room | undefined;
    const stopListening = this.#parts.broker.subscribe(roomId, (news) => (room ? room.hear(news) : early.push(news)));
    try {
      const opened = await this.#website.openRoom(roomId);
      if (!opened) {
        stopListening();
        return undefined;
      }
      room = new Room(opened, this.#parts, (list) => this.#replicas.changed(list));
    } catch (error) {
      stopListening();
      throw error;
    }
    this.#open.set(roomId, room);
    this.#unsubscribe.set(roomId, stopListening);
    for (const news of early) room.hear(news);
    this.#parts.broker.publish(roomId, { kind: 'hello', replica: this.#parts.replica });
    return room;
  }

  async #compare(): Promise<void> {
    if (this.#open.size === 0) return;
    const positions = Array.from(this.#open.values(), ({ id, lastSeq }) => ({ roomId: id, lastSeq }));
    const { ahead, gone } = await this.#website.compare(positions);
    this.hint(ahead);
    for (const roomId of gone) this.delete(roomId);
  }

  #forget(roomId: string): void {
    this.#unsubscribe.get(roomId)?.();
    this.#unsubscribe.delete(roomId);
    this.#open.delete(roomId);
  }
}

/** The stored events of a batch, by room, each in order of seq. */
function byRoom(batch: readonly Append[], outcomes: readonly AppendOutcome[]): Map<string, LogEvent[]> {
  const rooms = new Map<string, LogEvent[]>();
  for (const [index, { roomId }] of batch.entries()) {
    const outcome = outcomes[index]!;
    if (outcome.outcome !== 'stored') continue;
    const events = rooms.get(roomId);
    if (events) events.push(outcome.event);
    else rooms.set(roomId, [outcome.event]);
  }
  return rooms;
}
