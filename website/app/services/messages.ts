// The log of a room as its readers and HTTP senders see it. Writing is append.ts's.
import type { Log } from '@parlance/service/log.ts';
import { Problem } from '@parlance/service/problem.ts';
import type { components } from '@parlance/specs/http.ts';
import type { components as internal } from '@parlance/specs/internal.ts';
import { announce } from '../changes.ts';
import { type Database, type Databases, isUnavailable } from '../database.ts';
import { type Append, type AppendOutcome, append } from './append.ts';
import { getRoomRow } from './rooms.ts';

type Message = components['schemas']['Message'];
type MessagePage = components['schemas']['MessagePage'];
type RoomPosition = internal['schemas']['RoomPosition'];

/** Which part of a log: after a seq (the nearest, upwards), before one (the nearest, downwards), or the newest. */
export interface Range {
  after?: number | undefined;
  before?: number | undefined;
  /** Messages at the most. */
  limit: number;
}

/** A page of the log of a room that is not deleted, ascending by seq; undefined when there is no such room. */
export async function readPage(db: Database, roomId: string, range: Range): Promise<MessagePage | undefined> {
  const upwards = range.after !== undefined;
  const rows = await db
    .selectFrom('chat_rooms as r')
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('messages')
          .select(['seq', 'id', 'username', 'content', 'timestamp'])
          .whereRef('room_id', '=', 'r.id')
          .$if(upwards, (q) => q.where('seq', '>', range.after!))
          .$if(range.before !== undefined, (q) => q.where('seq', '<', range.before!))
          .orderBy('seq', upwards ? 'asc' : 'desc')
          .limit(range.limit + 1)
          .as('m'),
      (join) => join.onTrue(),
    )
    .select(['r.name', 'm.seq', 'm.id', 'm.username', 'm.content', 'm.timestamp'])
    .where('r.id', '=', roomId)
    .where('r.deleted_at', 'is', null)
    .orderBy('m.seq', upwards ? 'asc' : 'desc')
    .execute();
  if (rows.length === 0) return undefined;
  const messages = rows.slice(0, range.limit).flatMap((row): Message[] => {
    if (row.seq === null) return [];
    const { seq, id, name: room, username, content, timestamp } = row;
    return [{ id: id!, seq, room, username: username!, content: content!, timestamp: timestamp!.toISOString() }];
  });
  if (!upwards) messages.reverse();
  return { roomId, messages, hasMore: rows.length > range.limit };
}

/** The same by the room's name. Throws room_not_found. */
export async function listMessages(db: Database, roomName: string, range: Range): Promise<MessagePage> {
  const room = await getRoomRow(db, roomName);
  const page = await readPage(db, room.id, range);
  if (!page) throw new Problem('room_not_found');
  return page;
}

/**
 * Stores a message that came by HTTP and then wakes the waiting chat replicas.
 * Throws id_conflict, room_not_found, not_authenticated (the session ended meanwhile) or store_unavailable.
 */
export async function sendMessage(
  dbs: Databases,
  roomName: string,
  sender: { username: string; sid: string },
  message: { id: string; content: string },
  log: Log,
): Promise<{ stored: boolean; message: Message }> {
  const room = await getRoomRow(dbs.general, roomName);
  const item: Append = { roomId: room.id, ...message, ...sender };
  const result = await appendOne(dbs, item, log).catch((error) => {
    if (!isUnavailable(error)) throw error;
    log.warn({ err: error, roomId: room.id }, 'a message is not stored for certain');
    throw new Problem('store_unavailable');
  });
  if (result.outcome === 'stored') {
    const change = { kind: 'appended', roomId: room.id, lastSeq: result.message.seq } as const;
    // Only a hint: should it fail, chat finds the message when it next compares its rooms with the log.
    await announce(dbs.general, change).catch((err) => log.warn({ err }, 'a change could not be announced'));
  }
  switch (result.outcome) {
    case 'stored':
    case 'repeated':
      return { stored: result.outcome === 'stored', message: result.message };
    case 'id_conflict':
      throw new Problem('id_conflict');
    case 'session_ended':
      throw new Problem('not_authenticated', 'The session has ended.');
    case 'room_gone':
      throw new Problem('room_not_found');
    default:
      throw new Problem('store_unavailable');
  }
}

/** Waits for a held row apart from those who need not wait. */
async function appendOne(dbs: Databases, item: Append, log: Log): Promise<AppendOutcome> {
  const [first] = await append(dbs.append, [item], false, log);
  if (first!.outcome !== 'busy') return first!;
  const [second] = await append(dbs.waiting, [item], true, log);
  return second!;
}

/** Which of these open rooms have a longer log than their reader knows, and which are gone. One query. */
export async function compareRooms(
  db: Database,
  positions: readonly RoomPosition[],
): Promise<{ ahead: RoomPosition[]; gone: string[] }> {
  if (positions.length === 0) return { ahead: [], gone: [] };
  const rows = await db
    .selectFrom('chat_rooms')
    .select(['id', 'last_seq'])
    .where('id', '=', ({ fn, val }) => fn<string>('any', [val(positions.map((p) => p.roomId))]))
    .where('deleted_at', 'is', null)
    .execute();
  const lastSeqs = new Map(rows.map((row) => [row.id, row.last_seq]));
  return {
    ahead: positions.flatMap(({ roomId, lastSeq }) => {
      const inLog = lastSeqs.get(roomId);
      return inLog !== undefined && inLog > lastSeq ? [{ roomId, lastSeq: inLog }] : [];
    }),
    gone: positions.filter(({ roomId }) => !lastSeqs.has(roomId)).map(({ roomId }) => roomId),
  };
}
