// Reads the log of a room: every event once, ordered by seq. Never writes; append.ts and message_changes.ts do.
import { Problem } from '@parlance/service/problem.ts';
import type { components } from '@parlance/specs/http.ts';
import { sql } from 'kysely';
import type { Database } from '../database.ts';
import { getRoomRow } from './rooms.ts';

type EventPage = components['schemas']['EventPage'];
type RoomEvent = components['schemas']['RoomEvent'];

export interface EventRange {
  /** Only events with a larger seq. */
  after: number;
  /** The maximum number of events. */
  limit: number;
}

/**
 * A page of the log of a room that is not deleted, ascending by seq; undefined if there is no such room. One statement,
 * so one snapshot: merges the creations in `messages` with all other events in `room_events`.
 */
export async function readEvents(
  db: Database,
  roomId: string,
  { after, limit }: EventRange,
): Promise<EventPage | undefined> {
  const rows = await db
    .selectFrom('chat_rooms as r')
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom((inner) =>
            inner
              .selectFrom('messages as m')
              .select(['m.seq', 'm.id as message_id', 'm.username', 'm.timestamp', 'm.superseded_by'])
              .select([sql<string>`'message.created'`.as('type'), sql<string | null>`null::text`.as('emoji')])
              .select((c) => c.case().when('m.content_seq', 'is', null).then(c.ref('m.content')).end().as('content'))
              .whereRef('m.room_id', '=', 'r.id')
              .where('m.seq', '>', after)
              .orderBy('m.seq')
              .limit(limit + 1)
              .as('created'),
          )
          .selectAll()
          .unionAll(
            eb
              .selectFrom((inner) =>
                inner
                  .selectFrom('room_events as e')
                  .leftJoin('messages as m', (join) =>
                    join
                      .onRef('m.room_id', '=', 'e.room_id')
                      .onRef('m.id', '=', 'e.message_id')
                      .on('e.type', '=', 'message.edited')
                      .on('e.superseded_by', 'is', null),
                  )
                  .select([
                    'e.seq',
                    'e.message_id',
                    'e.username',
                    'e.timestamp',
                    'e.superseded_by',
                    'e.type',
                    'e.emoji',
                  ])
                  .select('m.content')
                  .whereRef('e.room_id', '=', 'r.id')
                  .where('e.seq', '>', after)
                  .orderBy('e.seq')
                  .limit(limit + 1)
                  .as('later'),
              )
              .selectAll(),
          )
          .orderBy('seq')
          .limit(limit + 1)
          .as('event'),
      (join) => join.onTrue(),
    )
    .select('r.name')
    .selectAll('event')
    .where('r.id', '=', roomId)
    .where('r.deleted_at', 'is', null)
    .orderBy('event.seq')
    .execute();
  if (rows.length === 0) return undefined;
  const events = rows.slice(0, limit).flatMap((row) => (row.seq === null ? [] : [eventOf(row as EventRow, roomId)]));
  return { roomId, events, hasMore: rows.length > limit };
}

/** readEvents() by the room's name. Throws room_not_found. */
export async function listEvents(db: Database, roomName: string, range: EventRange): Promise<EventPage> {
  const room = await getRoomRow(db, roomName);
  const page = await readEvents(db, room.id, range);
  if (!page) throw new Problem('room_not_found');
  return page;
}

interface EventRow {
  name: string;
  type: RoomEvent['type'];
  seq: number;
  message_id: string;
  username: string;
  timestamp: Date;
  content: string | null;
  superseded_by: number | null;
  emoji: string | null;
}

function eventOf({ type, seq, name, message_id, username, timestamp, ...row }: EventRow, roomId: string): RoomEvent {
  const base = { seq, roomId, room: name, username, timestamp: timestamp.toISOString() };
  const text = row.content === null ? { supersededBy: row.superseded_by! } : { content: row.content };
  switch (type) {
    case 'message.created':
      return { type, ...base, id: message_id, ...text };
    case 'message.edited':
      return { type, ...base, messageId: message_id, ...text };
    case 'message.deleted':
      return { type, ...base, messageId: message_id };
    default:
      return { type, ...base, messageId: message_id, emoji: row.emoji! };
  }
}
