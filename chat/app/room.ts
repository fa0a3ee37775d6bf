// An open room: the single entry point for its committed events; owns its connections, presence and typing. Of the log
// it keeps only the last seq. sequence.ts orders events, replay.ts sends missed ones.
import type { Log } from '@parlance/service/log.ts';
import type { ServerFrame } from '@parlance/specs/frames.ts';
import type { Broker, RoomNews } from './broker.ts';
import { encode, encodeEvents } from './frames.ts';
import type { ChatMetrics, EventSource } from './metrics.ts';
import { type LocalChange, Presence, Typing } from './presence.ts';
import { type ListVersion, PresenceExchange } from './presence_exchange.ts';
import { Replay } from './replay.ts';
import { Sequence } from './sequence.ts';
import type { LogEvent, Website } from './website.ts';
import type { Connection } from './websocket/connection.ts';

/**
 * Changes of presence and typing are batched for this long. In a large room the tick grows with each socket, so that a join
 * storm sends each member no more frames.
 */
export const TICK = { leastMs: 200, perSocketMs: 0.2, mostMs: 2_000 } as const;

export interface RoomParts {
  website: Website;
  broker: Broker;
  /** The id of this replica. */
  replica: string;
  log: Log;
  metrics: ChatMetrics;
}

export class Room {
  readonly id: string;
  readonly name: string;
  readonly presence = new Presence();
  /** Presence at the other replicas. */
  readonly exchange: PresenceExchange;
  readonly typing = new Typing();
  #gone = false;
  readonly #parts: RoomParts;
  readonly #connections = new Set<Connection>();
  /** Connections that have every event up to lastSeq. The others are catching up. */
  readonly #live = new Set<Connection>();
  readonly #sequence: Sequence;
  readonly #replay: Replay;
  /** Stored messages not delivered yet because an earlier event is missing, and when they were accepted. */
  #awaited: { seq: number; acceptedAt: number }[] = [];
  #tickTimer: NodeJS.Timeout | undefined;

  /** @param changed called after each change of the list of this replica's users. */
  constructor(
    opened: { roomId: string; room: string; lastSeq: number },
    parts: RoomParts,
    changed: (list: ListVersion) => void = () => undefined,
  ) {
    this.id = opened.roomId;
    this.name = opened.room;
    this.#parts = parts;
    this.exchange = new PresenceExchange(this.id, this.presence, parts, {
      told: changed,
      heard: () => {
        this.typing.stopAbsent(this.presence);
        this.#tickSoon();
      },
    });
    this.#sequence = new Sequence(opened, parts, (run, source) => this.#deliver(run, source));
    this.#replay = new Replay(this, parts);
  }

  get lastSeq(): number {
    return this.#sequence.lastSeq;
  }

  /** Whether it was closed or deleted. */
  get gone(): boolean {
    return this.#gone;
  }

  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  /** The entry point: accepts committed events from any source, in any order, any number of times. */
  accept(events: readonly LogEvent[], source: EventSource = 'append'): void {
    this.#sequence.accept(events, source);
  }

  /** A message of this process was stored as `seq`: its lag is measured when it is written to the sockets. */
  stored(seq: number, acceptedAt: number): void {
    if (seq <= this.lastSeq) this.#parts.metrics.messageDelivered(acceptedAt);
    else if (!this.#gone) this.#awaited.push({ seq, acceptedAt });
  }

  /** Reads missing events: the log is, or may be, ahead of this room. */
  behind(): void {
    this.#sequence.behind();
  }

  /** Adds a connection. `cursor`: the seq after which it resumes; undefined: it receives new events only. */
  join(connection: Connection, cursor: number | undefined): void {
    const { username } = connection.pass;
    this.#connections.add(connection);
    this.#tell(this.presence.join(username));
    connection.cursor = cursor ?? this.lastSeq;
    connection.send({
      type: 'room.joined',
      roomId: this.id,
      room: this.name,
      username,
      lastSeq: Math.max(this.lastSeq, connection.cursor),
      resumed: cursor !== undefined,
      members: this.presence.members(username),
      memberCount: this.presence.size,
    });
    connection.knownPresence = this.presence.changeCount;
    // The only connection knows all changes so far: clear them.
    if (this.#connections.size === 1) this.presence.changes();
    if (this.typing.said) connection.send(this.typing.said);
    if (connection.cursor > this.lastSeq) this.behind();
    void this.#replay.catchUp(connection, () => {
      this.#live.add(connection);
      connection.live = true;
    });
  }

  leave(connection: Connection): void {
    if (!this.#connections.delete(connection)) return;
    this.#live.delete(connection);
    const { username } = connection.pass;
    this.#tell(this.presence.leave(username));
    if (!this.presence.has(username)) this.typing.stop(username);
  }

  startTyping(username: string): void {
    this.typing.start(username, performance.now());
    this.#parts.broker.publish(this.id, { kind: 'typing', username });
    this.#tickSoon();
  }

  /** Handles a notification from another replica. */
  hear(news: RoomNews): void {
    switch (news.kind) {
      case 'events':
        return this.accept(news.events, 'broker');
      case 'typing':
        this.typing.start(news.username, performance.now());
        return this.#tickSoon();
      case 'presence':
        return this.exchange.hear(news);
      case 'hello':
        return this.exchange.asked(news.to);
    }
  }

  /** Notifies and closes all connections of a deleted room. */
  delete(): void {
    const connections = [...this.#connections];
    this.close();
    for (const connection of connections) {
      connection.send({ type: 'room.deleted' });
      connection.close(4502);
    }
  }

  /** Closes the sockets of a banned user. */
  ban(username: string): void {
    for (const connection of this.#connections) if (connection.pass.username === username) connection.close(4503);
  }

  /** Stops timers and reads, when the room is empty or the process shuts down. */
  close(): void {
    this.#gone = true;
    this.#sequence.close();
    clearTimeout(this.#tickTimer);
  }

  #deliver(run: readonly LogEvent[], source: EventSource): void {
    const first = run[0]!.seq;
    let sockets = 0;
    for (const event of run) this.typing.ended(event);
    const bytes = this.encode(run);
    for (const connection of this.#live) {
      if (connection.cursor >= this.lastSeq) continue;
      sockets += 1;
      // Rare: the connection resumed at a cursor above this room's lastSeq, because the room lagged behind the log.
      if (connection.cursor >= first)
        connection.deliver(this.encode(run.slice(connection.cursor - first + 1)), this.lastSeq);
      else connection.deliver(bytes, this.lastSeq);
    }
    this.#parts.metrics.eventsDelivered(run, source, sockets);
    if (this.#awaited.length > 0) this.#countAwaited();
  }

  #countAwaited(): void {
    const awaited = this.#awaited;
    this.#awaited = [];
    for (const { seq, acceptedAt } of awaited) this.stored(seq, acceptedAt);
  }

  /** Encodes events for any number of connections; an off-spec event is left out and logged. */
  encode(events: readonly LogEvent[]): Buffer {
    return encodeEvents(events, (err, { seq }) => {
      this.#parts.metrics.offSpecSent += 1;
      this.#parts.log.error({ err, roomId: this.id, seq }, 'an off-spec event was not delivered');
    });
  }

  /** Publishes a change of the local presence to the other replicas, and to this room with the next tick. */
  #tell(change: LocalChange | undefined): void {
    // A deleted room has no presence, and a replica that shuts down announces its end for all rooms.
    if (!change || this.#gone) return;
    this.exchange.tell(change);
    this.#tickSoon();
  }

  #tickSoon(): void {
    if (this.#gone) return;
    const ms = Math.min(TICK.mostMs, Math.max(TICK.leastMs, TICK.perSocketMs * this.#connections.size));
    this.#tickTimer ??= setTimeout(() => this.#tick(), ms);
  }

  #tick(): void {
    this.#tickTimer = undefined;
    const presence = this.presence.changes();
    const { changeCount } = this.presence;
    if (presence) this.#broadcast(presence, ({ knownPresence }) => knownPresence < changeCount);
    const typing = this.typing.changes(performance.now());
    if (typing) this.#broadcast(typing);
    if (this.typing.pending) this.#tickSoon();
  }

  #broadcast(frame: ServerFrame, concerns: (connection: Connection) => boolean = () => true): void {
    let bytes: Buffer;
    try {
      bytes = encode(frame);
    } catch (err) {
      this.#parts.metrics.offSpecSent += 1;
      return this.#parts.log.error({ err, roomId: this.id }, 'an off-spec frame was not broadcast');
    }
    for (const connection of this.#connections) if (concerns(connection)) connection.write(bytes);
  }
}
