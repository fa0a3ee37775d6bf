// Lists, reads and sends the messages of a room. Never reads the event log (events.ts) and never writes rows itself
// (append.ts, message_changes.ts).
import type { Log } from '@parlance/service/log.ts';
import { Problem } from '@parlance/service/problem.ts';
import { warnRepeated } from '@parlance/service/repeated_lines.ts';
import type { components } from '@parlance/specs/http.ts';
import type { components as internal } from '@parlance/specs/internal.ts';
import { sql } from 'kysely';
import { announceAppended } from '../changes.ts';
import { type Database, type Databases, isUnavailable } from '../database.ts';
import { type Append, type AppendOutcome, append } from './append.ts';
import { type Message, messageOf, type StateRow, stateColumns } from './message_state.ts';
import { getRoomRow } from './rooms.ts';

type MessagePage = components['schemas']['MessagePage'];
type NewMessage = components['schemas']['NewMessage'];
type RoomPosition = internal['schemas']['RoomPosition'];

/** Selects messages of a room: the next ones after a seq, the last ones before a seq, or the newest. */
export interface Range {
  after?: number | undefined;
  before?: number | undefined;
  /** The maximum number of messages. */
  limit: number;
}

/**
 * A page of messages, ascending by seq, in their state after event `asOf`: one statement, so one snapshot.
 * Throws room_not_found.
 */
export async function listMessages(db: Database, roomName: string, range: Range): Promise<MessagePage> {
  const room = await getRoomRow(db, roomName);
  const upwards = range.after !== undefined;
  const rows = await db
    .selectFrom('chat_rooms as r')
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('messages as m')
          .select(stateColumns)
          .whereRef('m.room_id', '=', 'r.id')
          .$if(upwards, (q) => q.where('m.seq', '>', range.after!))
          .$if(range.before !== undefined, (q) => q.where('m.seq', '<', range.before!))
          .orderBy('m.seq', upwards ? 'asc' : 'desc')
          .limit(range.limit + 1)
          .as('state'),
      (join) => join.onTrue(),
    )
    .select('r.last_seq')
    .selectAll('state')
    .where('r.id', '=', room.id)
    .where('r.deleted_at', 'is', null)
    .orderBy('state.seq', upwards ? 'asc' : 'desc')
    .execute();
  if (rows.length === 0) throw new Problem('room_not_found');
  const messages = rows
    .slice(0, range.limit)
    .flatMap((row) => (row.seq === null ? [] : [messageOf(row as StateRow, room.name)]));
  if (!upwards) messages.reverse();
  return { roomId: room.id, asOf: rows[0]!.last_seq, messages, hasMore: rows.length > range.limit };
}

/** One message. Throws room_not_found or message_not_found. */
export async function getMessage(db: Database, roomName: string, messageId: string): Promise<Message> {
  const room = await getRoomRow(db, roomName);
  const message = await readMessage(db, room, messageId);
  if (!message) throw new Problem('message_not_found');
  return message;
}

async function readMessage(db: Database, room: { id: string; name: string }, id: string): Promise<Message | undefined> {
  const inRoom = db.selectFrom('messages as m').select(stateColumns).where('m.room_id', '=', room.id);
  const row = await inRoom.where('m.id', '=', id).executeTakeFirst();
  return row && messageOf(row, room.name);
}

/**
 * Stores a message sent by HTTP and then wakes the waiting chat replicas. Throws id_conflict, room_not_found,
 * other_room, not_authenticated (the session ended meanwhile), banned or store_unavailable.
 */
export async function sendMessage(
  dbs: Databases,
  roomName: string,
  sender: { username: string; sid: string },
  { id, content, roomId }: NewMessage,
  log: Log,
): Promise<{ stored: boolean; message: Message }> {
  const room = await getRoomRow(dbs.general, roomName);
  if (roomId !== undefined && roomId !== room.id) throw new Problem('other_room');
  const result = await appendOne(dbs, { roomId: room.id, id, content, ...sender }, log).catch((error) => {
    if (!isUnavailable(error)) throw error;
    warnRepeated(log, { err: error, roomId: room.id }, 'a message is not stored for certain');
    throw new Problem('store_unavailable');
  });
  switch (result.outcome) {
    case 'stored': {
      const { seq, room: name, username, timestamp } = result.event;
      await announceAppended(dbs.general, [{ roomId: room.id, lastSeq: seq }], log);
      const message = { id, seq, version: seq, room: name, username, timestamp, content, revision: seq, reactions: [] };
      return { stored: true, message };
    }
    case 'repeated': {
      const message = await readMessage(dbs.general, room, id);
      if (!message) throw new Problem('room_not_found'); // the room was deleted and emptied meanwhile
      return { stored: false, message };
    }
    case 'id_conflict':
      throw new Problem('id_conflict');
    case 'session_ended':
      throw new Problem('not_authenticated', 'The session has ended.');
    case 'banned':
      throw new Problem('banned');
    case 'room_gone':
      throw new Problem('room_not_found');
    default:
      throw new Problem('store_unavailable');
  }
}

/** Waits for a locked row on a separate pool, so that messages of other rooms do not wait. */
async function appendOne(dbs: Databases, item: Append, log: Log): Promise<AppendOutcome> {
  const [first] = await dbs.metrics.timed([item], () => append(dbs.append, [item], false, log));
  if (first!.outcome !== 'busy') return first!;
  const [second] = await dbs.metrics.timed([item], () => append(dbs.waiting, [item], true, log));
  return second!;
}

/** Returns which of these open rooms have a longer log than their reader knows, and which are deleted. One query. */
export async function compareRooms(
  db: Database,
  positions: readonly RoomPosition[],
): Promise<{ ahead: RoomPosition[]; gone: string[] }> {
  if (positions.length === 0) return { ahead: [], gone: [] };
  // The database compares them and returns only the few that differ.
  const { rows } = await sql<{ id: string; last_seq: number | null }>`
    select p.id, r.last_seq from unnest(
      ${positions.map(({ roomId }) => roomId)}::uuid[], ${positions.map(({ lastSeq }) => lastSeq)}::bigint[]
    ) with ordinality as p(id, last_seq, k)
    left join chat_rooms r on r.id = p.id and r.deleted_at is null
    where r.id is null or r.last_seq > p.last_seq
    order by p.k`.execute(db);
  return {
    ahead: rows.flatMap(({ id, last_seq }) => (last_seq === null ? [] : [{ roomId: id, lastSeq: last_seq }])),
    gone: rows.filter(({ last_seq }) => last_seq === null).map(({ id }) => id),
  };
}
