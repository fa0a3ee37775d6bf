// Runs one change of a message in a transaction: locks the rows of room and session, reads the message, appends one
// event with the room's next seq. Never decides what a change does; message_changes.ts does.
import type { Log } from '@parlance/service/log.ts';
import { Problem } from '@parlance/service/problem.ts';
import { sql, type Transaction, type Updateable } from 'kysely';
import { announceAppended } from '../changes.ts';
import { type Database, type Databases, isUnavailable } from '../database.ts';
import type { Tables } from '../models.ts';
import { type Message, type MessageRow, messageOf, rowColumns, stateColumns } from './message_state.ts';
import { getRoomRow } from './rooms.ts';

/** The message to change, and the user and session that change it. */
export interface Target {
  roomName: string;
  messageId: string;
  user: { id: string; username: string };
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
  /** Appends the event and sets columns of the message. Call at most once. */
  append(type: string, columns?: Updateable<Tables['messages']>, emoji?: string): Promise<void>;
  /** The current state of the message, including the change. */
  state(): Promise<Message>;
}

type Change<T> = (change: MessageChange) => Promise<T>;

/**
 * Runs `change` and resolves with its result; notifies chat if an event was appended. Waits for a row that another
 * transaction has locked on a separate connection pool and for at most 1 s, so that changes in other rooms do not wait
 * (G7). Throws room_not_found, message_not_found, not_authenticated (the session ended), store_unavailable, or what
 * `change` throws.
 */
export async function changeMessage<T>(dbs: Databases, target: Target, log: Log, change: Change<T>): Promise<T> {
  const room = await getRoomRow(dbs.general, target.roomName);
  const roomId = room.id;
  const run = (db: Database, wait: boolean) =>
    db.transaction().execute((tx) => changeLocked(tx, room, target, wait, change));
  try {
    const changed = (await run(dbs.append, false)) ?? (await run(dbs.waiting, true))!;
    if (changed.lastSeq !== undefined) await announceAppended(dbs.general, { roomId, lastSeq: changed.lastSeq }, log);
    return changed.result;
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    log.warn({ err: error, roomId }, 'a change of a message is not stored for certain');
    throw new Problem('store_unavailable');
  }
}

/**
 * Runs `change` under row locks. Locks the room before the session, as append.ts does, so that no deadlock is possible
 * and nothing is appended after the session's end (G6). Undefined: without `wait`, a row was locked or missing.
 */
async function changeLocked<T>(
  tx: Transaction<Tables>,
  { id: roomId, name }: { id: string; name: string },
  target: Target,
  wait: boolean,
  change: Change<T>,
): Promise<{ result: T; lastSeq: number | undefined } | undefined> {
  const room = await tx
    .selectFrom('chat_rooms')
    .select(['last_seq', 'owner_id'])
    .where('id', '=', roomId)
    .where('deleted_at', 'is', null)
    .forNoKeyUpdate()
    .$if(!wait, (q) => q.skipLocked())
    .executeTakeFirst();
  if (!room && !wait) return undefined;
  if (!room) throw new Problem('room_not_found');
  const session = await tx
    .selectFrom('sessions')
    .select('handle')
    .where('handle', '=', target.sid)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', ({ fn }) => fn<Date>('clock_timestamp'))
    .forShare()
    .$if(!wait, (q) => q.skipLocked())
    .executeTakeFirst();
  if (!session && !wait) return undefined;
  if (!session) throw new Problem('not_authenticated', 'The session has ended.');
  const found = tx.selectFrom('messages as m').where('m.room_id', '=', roomId).where('m.id', '=', target.messageId);
  const message = await found.select(rowColumns).executeTakeFirst();
  if (!message) throw new Problem('message_not_found');
  const seq = room.last_seq + 1;
  const at = await now(tx);
  let lastSeq: number | undefined;
  const append: MessageChange['append'] = async (type, columns = {}, emoji) => {
    lastSeq = seq;
    const event = { room_id: roomId, seq, type, message_id: message.id, username: target.user.username };
    await tx
      .insertInto('room_events')
      .values({ ...event, emoji: emoji ?? null, timestamp: at })
      .execute();
    await tx
      .updateTable('messages')
      .set({ ...columns, version: seq })
      .where('room_id', '=', roomId)
      .where('seq', '=', message.seq)
      .execute();
    await tx.updateTable('chat_rooms').set({ last_seq: seq }).where('id', '=', roomId).execute();
  };
  const state = async () => messageOf(await found.select(stateColumns).executeTakeFirstOrThrow(), name);
  const result = await change({ tx, roomId, ownerId: room.owner_id, message, seq, at, append, state });
  return { result, lastSeq };
}

/** The database's clock, read under the lock, so that the timestamps of a room's events ascend with their seqs. */
async function now(tx: Transaction<Tables>): Promise<Date> {
  const { rows } = await sql<{ at: Date }>`select date_trunc('milliseconds', clock_timestamp()) as at`.execute(tx);
  return rows[0]!.at;
}
