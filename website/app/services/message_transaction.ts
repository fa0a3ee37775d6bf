// Runs one change of a message in a transaction: locks the rows of room and session, reads the message, appends one
// event with the room's next seq. Never decides what a change does; message_changes.ts does.
import type { Log } from '@parlance/service/log.ts';
import { Problem } from '@parlance/service/problem.ts';
import { warnRepeated } from '@parlance/service/repeated_lines.ts';
import { type OperationNodeSource, sql, type Transaction, type Updateable, type UpdateObject } from 'kysely';
import { announceAppended } from '../changes.ts';
import { type Database, type Databases, isUnavailable, LOCK_WAIT_MS } from '../database.ts';
import type { Tables } from '../models.ts';
import type { StoredType } from '../store_metrics.ts';
import { type Message, type MessageRow, messageOf, rowColumns, stateColumns } from './message_state.ts';
import { getRoomRow } from './rooms.ts';
import { Turns } from './turns.ts';

/** The message to change, and the user and session that change it. */
export interface Target {
  roomName: string;
  messageId: string;
  user: { id: string; username: string; isAdmin: boolean };
  sid: string;
}

export interface MessageChange {
  tx: Transaction<Tables>;
  roomId: string;
  ownerId: string;
  /** The state before the change; the row lock on the room prevents concurrent changes. */
  message: MessageRow;
  /** The seq and the timestamp of the event. */
  seq: number;
  at: Date;
  /** Appends the event and writes what it changes. Call at most once. */
  append(appended: Appended): Promise<void>;
  /** The current state of the message, including the change. */
  state(): Promise<Message>;
}

/** The type of an event that a change appends. */
export type EventType = Exclude<StoredType, 'message.created'>;

export interface Appended {
  type: EventType;
  emoji?: string;
  /** Columns of the message besides `version`. */
  message?: Updateable<Tables['messages']>;
  /** Columns of the room besides `last_seq`. */
  room?: UpdateObject<Tables, 'chat_rooms'>;
  /** Statements that change rows of other tables. */
  also?: readonly OperationNodeSource[];
}

type Change<T> = (change: MessageChange) => Promise<T>;

/** Runs the changes of a room one at a time, so that an append waits for at most one of them. */
const turns = new Turns(LOCK_WAIT_MS);

/**
 * Runs `change` and resolves with its result; notifies chat if an event was appended. The changes of a room run one at a
 * time. A change waits for a row that another transaction has locked on a separate connection pool and for at most 1 s,
 * so that changes in other rooms do not wait (G7). Throws room_not_found, message_not_found, not_authenticated (the
 * session ended), banned, store_unavailable, or what `change` throws.
 */
export async function changeMessage<T>(dbs: Databases, target: Target, log: Log, change: Change<T>): Promise<T> {
  const room = await getRoomRow(dbs.general, target.roomName);
  const roomId = room.id;
  const run = (db: Database, wait: boolean) =>
    db.transaction().execute((tx) => changeLocked(tx, room, target, wait, change));
  try {
    const changed = await turns.run(
      roomId,
      async () => (await run(dbs.append, false)) ?? (await run(dbs.waiting, true))!,
    );
    if (changed.type !== undefined) {
      dbs.metrics.stored.add(changed.type);
      await announceAppended(dbs.general, [{ roomId, lastSeq: changed.lastSeq }], log);
    }
    return changed.result;
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    warnRepeated(log, { err: error, roomId }, 'a change of a message is not stored for certain');
    throw new Problem('store_unavailable');
  }
}

/**
 * Runs `change` under row locks, in few round trips, because appends to the room wait meanwhile. Undefined: without
 * `wait`, a row was locked or missing.
 */
async function changeLocked<T>(
  tx: Transaction<Tables>,
  { id: roomId, name }: { id: string; name: string },
  target: Target,
  wait: boolean,
  change: Change<T>,
): Promise<{ result: T; lastSeq: number; type: EventType | undefined } | undefined> {
  const { rows } = await lock(roomId, target.sid, wait).execute(tx);
  const [room] = rows;
  if (!wait && !room?.alive) return undefined;
  if (!room) throw new Problem('room_not_found');
  if (!room.alive) throw new Problem('not_authenticated', 'The session has ended.');
  if (room.banned?.includes(target.user.username)) throw new Problem('banned');
  const { last_seq, owner_id: ownerId, at } = room;
  const found = tx.selectFrom('messages as m').where('m.room_id', '=', roomId).where('m.id', '=', target.messageId);
  const message = await found.select(rowColumns).executeTakeFirst();
  if (!message) throw new Problem('message_not_found');
  const seq = last_seq + 1;
  let appended: EventType | undefined;
  const append: MessageChange['append'] = async ({ type, emoji = null, message: columns, room: more, also = [] }) => {
    appended = type;
    const { username } = target.user;
    const event = { room_id: roomId, seq, type, message_id: message.id, username, emoji, timestamp: at };
    const parts = [
      tx.insertInto('room_events').values(event),
      tx
        .updateTable('chat_rooms')
        .set({ ...more, last_seq: seq })
        .where('id', '=', roomId),
      ...also,
    ].map((part, index) => sql`${sql.ref(`part_${index}`)} as (${part})`);
    const changed = tx
      .updateTable('messages')
      .set({ ...columns, version: seq })
      .where('room_id', '=', roomId);
    await sql`with ${sql.join(parts)} ${changed.where('seq', '=', message.seq)}`.execute(tx);
  };
  const state = async () => messageOf(await found.select(stateColumns).executeTakeFirstOrThrow(), name);
  const result = await change({ tx, roomId, ownerId, message, seq, at, append, state });
  return { result, lastSeq: seq, type: appended };
}

/**
 * Locks the room before the session, like append.ts: no deadlock is possible, and nothing is appended after the end of
 * the session (G6). Reads both again under the lock, and then the time: the timestamps of a room ascend with the seqs.
 */
const lock = (roomId: string, sid: string, wait: boolean) => {
  const skip = wait ? sql`` : sql`skip locked`;
  return sql<{ last_seq: number; owner_id: string; banned: string[] | null; alive: boolean; at: Date }>`
    with room as materialized (
      select last_seq, owner_id, banned from chat_rooms where id = ${roomId} and deleted_at is null for no key update ${skip}
    ), session as materialized (
      select s.handle from room cross join lateral (
        select handle from sessions
        where handle = ${sid} and ended_at is null and expires_at > clock_timestamp() for share ${skip}) s
    )
    select r.last_seq, r.owner_id, r.banned, s.handle is not null as alive, date_trunc('milliseconds', clock_timestamp()) as at
    from room r left join session s on true`;
};
