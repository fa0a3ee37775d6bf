// One change of a message as a transaction: locks the room's row and the session, reads the message, appends one event
// with the room's next seq. Knows no kind of change: message_changes.ts does.
import type { Log } from '@parlance/service/log.ts';
import { Problem } from '@parlance/service/problem.ts';
import { sql, type Transaction, type Updateable } from 'kysely';
import { announceAppended } from '../changes.ts';
import { type Databases, isUnavailable } from '../database.ts';
import type { Tables } from '../models.ts';
import { type Message, messageOf, type StateRow, stateColumns } from './message_state.ts';
import { getRoomRow } from './rooms.ts';

/** Who changes which message, by what session. */
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
  /** As it is before the change; nothing else can change it meanwhile. */
  message: StateRow;
  /** The seq and the moment that the event will have. */
  seq: number;
  at: Date;
  /** Appends the event and sets columns of the message. At most once. */
  append(type: string, columns?: Updateable<Tables['messages']>, emoji?: string): Promise<void>;
}

/**
 * Runs `change` and answers with the message afterwards; chat is told when an event was appended. Rooms are locked before
 * sessions, as in append.ts, so that no deadlock is possible and nothing is appended after the session's end (G6).
 * Throws room_not_found, message_not_found, not_authenticated (the session ended), store_unavailable, or as `change` does.
 */
export async function changeMessage(
  dbs: Databases,
  target: Target,
  log: Log,
  change: (change: MessageChange) => Promise<void>,
): Promise<Message> {
  const { id: roomId, name } = await getRoomRow(dbs.general, target.roomName);
  let appended: number | undefined;
  const state = await dbs.waiting
    .transaction()
    .execute(async (tx) => {
      const room = await tx
        .selectFrom('chat_rooms')
        .select(['last_seq', 'owner_id'])
        .where('id', '=', roomId)
        .where('deleted_at', 'is', null)
        .forNoKeyUpdate()
        .executeTakeFirst();
      if (!room) throw new Problem('room_not_found');
      await lockSession(tx, target.sid);
      const message = await read(tx, roomId, target.messageId);
      const seq = room.last_seq + 1;
      const at = await now(tx);
      const append: MessageChange['append'] = async (type, columns = {}, emoji) => {
        appended = seq;
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
      await change({ tx, roomId, ownerId: room.owner_id, message, seq, at, append });
      return appended === undefined ? message : await read(tx, roomId, target.messageId);
    })
    .catch((error) => {
      if (!isUnavailable(error)) throw error;
      log.warn({ err: error, roomId }, 'a change of a message is not stored for certain');
      throw new Problem('store_unavailable');
    });
  if (appended !== undefined) await announceAppended(dbs.general, { roomId, lastSeq: appended }, log);
  return messageOf(state, name);
}

async function lockSession(tx: Transaction<Tables>, sid: string): Promise<void> {
  const session = await tx
    .selectFrom('sessions')
    .select('handle')
    .where('handle', '=', sid)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', ({ fn }) => fn<Date>('clock_timestamp'))
    .forShare()
    .executeTakeFirst();
  if (!session) throw new Problem('not_authenticated', 'The session has ended.');
}

async function read(tx: Transaction<Tables>, roomId: string, messageId: string): Promise<StateRow> {
  const row = await tx
    .selectFrom('messages as m')
    .select(stateColumns)
    .where('m.room_id', '=', roomId)
    .where('m.id', '=', messageId)
    .executeTakeFirst();
  if (!row) throw new Problem('message_not_found');
  return row;
}

/** The database's clock, read under the lock: the times of a room's events ascend with their seqs. */
async function now(tx: Transaction<Tables>): Promise<Date> {
  const { rows } = await sql<{ at: Date }>`select date_trunc('milliseconds', clock_timestamp()) as at`.execute(tx);
  return rows[0]!.at;
}
