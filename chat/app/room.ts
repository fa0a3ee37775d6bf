// An open room: its one door for committed messages, the connections behind it, who is here and who is typing.
// It stores nothing but the last seq; what it missed it reads from the log.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@parlance/service/log.ts';
import type { ServerFrame } from '@parlance/specs/frames.ts';
import type { Broker, RoomEvent } from './broker.ts';
import { encode, encodeMessages } from './frames.ts';
import { Presence, Typing } from './presence.ts';
import type { Message, Website } from './website.ts';
import type { Connection } from './websocket/connection.ts';

/** How long a message that came too early waits for those before it, before the log is read. */
const AHEAD_MS = 50;
/** What is held beyond is dropped: the log has it. */
const AHEAD_MAX = 1_000;
/** Presence and typing are merged over this long. */
const TICK_MS = 200;
const PAGE = 200;
const RETRY_MS = 500;

export interface RoomParts {
  website: Website;
  broker: Broker;
  /** Names this replica among those that share the broker. */
  replica: string;
  log: Log;
}

export class Room {
  readonly id: string;
  readonly name: string;
  readonly presence = new Presence();
  readonly typing = new Typing();
  #lastSeq: number;
  #gone = false;
  readonly #parts: RoomParts;
  readonly #connections = new Set<Connection>();
  /** Those that have all up to lastSeq; the others are catching up. */
  readonly #live = new Set<Connection>();
  readonly #ahead = new Map<number, Message>();
  #filling = false;
  /** Somebody said that the log goes on while it was being read. */
  #fillAgain = false;
  #gapTimer: NodeJS.Timeout | undefined;
  #tickTimer: NodeJS.Timeout | undefined;
  readonly #pages = new Map<number, Promise<Page | undefined>>();

  constructor(opened: { roomId: string; room: string; lastSeq: number }, parts: RoomParts) {
    this.id = opened.roomId;
    this.name = opened.room;
    this.#lastSeq = opened.lastSeq;
    this.#parts = parts;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  /**
   * The door. Takes committed messages from wherever they come, in any order, any number of times; delivers exactly
   * the next one, and what follows it, in one write per connection.
   */
  accept(messages: readonly Message[]): void {
    if (this.#gone) return;
    const run: Message[] = [];
    let next = this.#lastSeq + 1;
    for (const message of messages) {
      if (message.seq < next) continue;
      if (message.seq > next) {
        this.#ahead.set(message.seq, message);
        continue;
      }
      run.push(message);
      next += 1;
    }
    for (let early = this.#ahead.get(next); early; early = this.#ahead.get(next)) {
      run.push(early);
      next += 1;
    }
    if (run.length > 0) this.#deliver(run);
    if (this.#ahead.size > AHEAD_MAX) {
      this.#ahead.clear();
      this.behind();
    }
    if (this.#ahead.size > 0) this.#gapTimer ??= setTimeout(() => this.#awaited(), AHEAD_MS);
  }

  /** What was missing had its time to come: only if it has not, the log is read. */
  #awaited(): void {
    this.#gapTimer = undefined;
    if (this.#ahead.size > 0) this.behind();
  }

  /** The log is known, or suspected, to be ahead of this room: reads what is missing. */
  behind(): void {
    clearTimeout(this.#gapTimer);
    this.#gapTimer = undefined;
    this.#fillAgain = true;
    if (!this.#filling) void this.#fill();
  }

  /** Takes a connection in; `cursor` is the seq it continues after, undefined: it wants only what comes. */
  join(connection: Connection, cursor: number | undefined): void {
    const { username } = connection.pass;
    this.#connections.add(connection);
    if (this.presence.join(username)) this.#tell([username], []);
    connection.cursor = cursor ?? this.#lastSeq;
    connection.send({
      type: 'room.joined',
      roomId: this.id,
      room: this.name,
      username,
      lastSeq: Math.max(this.#lastSeq, connection.cursor),
      resumed: cursor !== undefined,
      members: this.presence.members(username),
      memberCount: this.presence.size,
    });
    if (this.typing.said) connection.send(this.typing.said);
    if (connection.cursor > this.#lastSeq) this.behind();
    void this.#catchUp(connection);
  }

  leave(connection: Connection): void {
    if (!this.#connections.delete(connection)) return;
    this.#live.delete(connection);
    const { username } = connection.pass;
    if (this.presence.leave(username)) this.#tell([], [username]);
    if (!this.presence.has(username)) this.typing.stop(username);
  }

  startTyping(username: string): void {
    this.typing.start(username, performance.now());
    this.#parts.broker.publish(this.id, { kind: 'typing', username });
    this.#tickSoon();
  }

  /** What another replica says. */
  hear(event: RoomEvent): void {
    const { broker, replica } = this.#parts;
    switch (event.kind) {
      case 'messages':
        return this.accept(event.messages);
      case 'typing':
        this.typing.start(event.username, performance.now());
        return this.#tickSoon();
      case 'presence':
        this.presence.hear(event.replica, event.joined, event.left);
        for (const username of event.left) if (!this.presence.has(username)) this.typing.stop(username);
        return this.#tickSoon();
      case 'hello':
        broker.publish(this.id, { kind: 'presence', replica, joined: this.presence.local, left: [] });
    }
  }

  /** Ends the room for everybody in it: it was deleted. */
  delete(): void {
    const connections = [...this.#connections];
    this.close();
    for (const connection of connections) {
      connection.send({ type: 'room.deleted' });
      connection.close(4502);
    }
  }

  /** Nobody is here any more, or the process ends. */
  close(): void {
    this.#gone = true;
    clearTimeout(this.#gapTimer);
    clearTimeout(this.#tickTimer);
  }

  #deliver(run: readonly Message[]): void {
    const first = run[0]!.seq;
    this.#lastSeq = run.at(-1)!.seq;
    for (const message of run) {
      this.#ahead.delete(message.seq);
      this.typing.stop(message.username);
    }
    const bytes = this.#encode(run);
    for (const connection of this.#live) {
      if (connection.cursor >= this.#lastSeq) continue;
      // Rare: it resumed from beyond this room's door, which was a moment behind the log.
      if (connection.cursor >= first)
        connection.deliver(this.#encode(run.slice(connection.cursor - first + 1)), this.#lastSeq);
      else connection.deliver(bytes, this.#lastSeq);
    }
  }

  async #fill(): Promise<void> {
    this.#filling = true;
    try {
      for (let more = true; (more || this.#fillAgain) && !this.#gone; ) {
        this.#fillAgain = false;
        const page = await this.#parts.website.read(this.id, this.#lastSeq, PAGE);
        if (!page) break;
        this.accept(page.messages);
        more = page.hasMore;
      }
      for (const seq of this.#ahead.keys()) if (seq <= this.#lastSeq) this.#ahead.delete(seq);
    } catch (err) {
      this.#parts.log.warn({ err, roomId: this.id }, 'the log could not be read; trying again');
      if (!this.#gone) this.#gapTimer ??= setTimeout(() => this.behind(), RETRY_MS);
    } finally {
      this.#filling = false;
    }
  }

  /**
   * Brings a connection page by page to the room's last seq, the next page only when its socket has drained, and joins
   * it to the live ones in the same tick in which it is there. Catching up is not lagging.
   */
  async #catchUp(connection: Connection): Promise<void> {
    while (connection.isOpen && !this.#gone) {
      if (connection.cursor >= this.#lastSeq) {
        this.#live.add(connection);
        connection.live = true;
        return;
      }
      try {
        const page = await this.#page(connection.cursor);
        if (!page || !connection.isOpen) return;
        await connection.deliverPage(page.bytes, page.lastSeq);
      } catch (err) {
        this.#parts.log.warn({ err, roomId: this.id }, 'a page could not be read; trying again');
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  /** A page of the log; those who want the same at the same time share the read. Undefined: the room is gone. */
  #page(after: number): Promise<Page | undefined> {
    const asked = this.#pages.get(after);
    if (asked) return asked;
    const page = this.#parts.website
      .read(this.id, after, PAGE)
      .then((answer) => {
        if (!answer) return undefined;
        if (answer.messages.length === 0) throw new Error(`the log ends at ${after}, the room at ${this.#lastSeq}`);
        return { bytes: this.#encode(answer.messages), lastSeq: answer.messages.at(-1)!.seq };
      })
      .finally(() => this.#pages.delete(after));
    this.#pages.set(after, page);
    return page;
  }

  #encode(messages: readonly Message[]): Buffer {
    return encodeMessages(messages, (err, { seq }) =>
      this.#parts.log.error({ err, roomId: this.id, seq }, 'an off-spec message was not delivered'),
    );
  }

  /** Tells the room, with the next tick, and the other replicas who of this one came and went. */
  #tell(joined: string[], left: string[]): void {
    const { broker, replica } = this.#parts;
    broker.publish(this.id, { kind: 'presence', replica, joined, left });
    this.#tickSoon();
  }

  #tickSoon(): void {
    if (!this.#gone) this.#tickTimer ??= setTimeout(() => this.#tick(), TICK_MS);
  }

  #tick(): void {
    this.#tickTimer = undefined;
    for (const frame of [this.presence.changes(), this.typing.changes(performance.now())]) {
      if (frame) this.#broadcast(frame);
    }
    if (this.typing.pending) this.#tickSoon();
  }

  #broadcast(frame: ServerFrame): void {
    let bytes: Buffer;
    try {
      bytes = encode(frame);
    } catch (err) {
      return this.#parts.log.error({ err, roomId: this.id }, 'an off-spec frame was not broadcast');
    }
    for (const connection of this.#connections) connection.write(bytes);
  }
}

interface Page {
  bytes: Buffer;
  lastSeq: number;
}
