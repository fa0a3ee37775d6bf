// The fast path for the usual batch: every room and session exists and is not locked, no author is banned, every id is
// new. A statement with few steps stores all of it; otherwise nothing is stored, and append.ts finds each outcome.
import { CompiledQuery } from 'kysely';
import { type Database, sqlState } from '../database.ts';
import type { Append, AppendOutcome } from './append.ts';

interface Row {
  name: string;
  last_seq: number;
  timestamp: Date;
}

/**
 * One statement, and so one transaction, with the locks of the full statement in the same order: rooms by id, then
 * sessions by handle. It stores all or nothing, so that after locking only arrays by position are needed: no join, no
 * sort.
 *
 * Parameters; rooms and sessions are numbered from 1 in the order of their locks:
 * $1 room ids; $2 session handles; $3 the number of messages of each room; then for each message: $4 the number of its
 * room, $5 its position among the messages of its room, $6 id, $7 username, $8 content.
 */
const STATEMENT = `
  with
  -- Locks the rooms and reads them again: until the commit, no other transaction assigns a seq, bans or deletes.
  locked as materialized (
    select w.k, r.* from unnest($1::uuid[]) with ordinality as w(room_id, k)
    cross join lateral (
      select name, last_seq, message_count from chat_rooms
      where id = w.room_id and deleted_at is null and (banned is null or not banned && $7::text[])
      for no key update skip locked) r
  ),
  -- Then locks the sessions: until the commit, no other transaction ends a session.
  staying as materialized (
    select from (select unnest($2::uuid[]) as sid from (select count(*) from locked) l) s
    cross join lateral (
      select from sessions where handle = s.sid and ended_at is null and expires_at > now()
      for share skip locked) x
  ),
  -- Reads the last seqs into arrays, and the time: one row if the batch is usual; without it, nothing is stored.
  usual as materialized (
    select array_agg(last_seq order by k) as last_seqs, array_agg(message_count order by k) as message_counts,
      date_trunc('milliseconds', clock_timestamp()) as timestamp
    from locked
    where (select count(*) from staying) = cardinality($2::uuid[]) and not exists (
      select from unnest($4::int[], $6::uuid[]) as m(room, id)
      cross join lateral (select from messages where room_id = ($1::uuid[])[m.room] and id = m.id limit 1) known)
    having count(*) = cardinality($1::uuid[])
  ),
  -- Raises each room's last seq, so that the next append continues after these messages, and its message count.
  raised as (
    update chat_rooms r set last_seq = u.last_seqs[w.k] + w.count, message_count = u.message_counts[w.k] + w.count
    from usual u cross join unnest($1::uuid[], $3::int[]) with ordinality as w(id, count, k) where r.id = w.id
  ),
  -- Stores the messages, numbered without a gap after the last seq that was read under the lock.
  inserted as (
    insert into messages (room_id, seq, id, username, content, timestamp)
    select ($1::uuid[])[m.room], u.last_seqs[m.room] + m.place, m.id, m.username, m.content, u.timestamp
    from usual u cross join unnest($4::int[], $5::int[], $6::uuid[], $7::text[], $8::text[])
      as m(room, place, id, username, content)
  )
  -- Returns each room's name and previous last seq, from which the caller builds the events.
  select l.name, l.last_seq, u.timestamp from usual u cross join locked l order by l.k`;

/** The outcomes in the order of the batch, all `stored`; undefined: the batch is not usual, and nothing was stored. */
export async function appendUsual(db: Database, batch: readonly Append[]): Promise<AppendOutcome[] | undefined> {
  if (new Set(batch.map(({ roomId, id }) => roomId + id)).size < batch.length) return undefined;
  const roomIds = [...new Set(batch.map(({ roomId }) => roomId))].sort();
  const roomNumbers = new Map(roomIds.map((roomId, index) => [roomId, index + 1]));
  const counts = roomIds.map(() => 0);
  const rooms = batch.map(({ roomId }) => roomNumbers.get(roomId)!);
  const places = rooms.map((room) => {
    counts[room - 1]! += 1;
    return counts[room - 1]!;
  });
  const parameters = [
    ...[roomIds, [...new Set(batch.map(({ sid }) => sid))].sort(), counts, rooms, places],
    ...[batch.map(({ id }) => id), batch.map(({ username }) => username), batch.map(({ content }) => content)],
  ];
  let rows: Row[];
  try {
    ({ rows } = await db.executeQuery<Row>(CompiledQuery.raw(STATEMENT, parameters)));
  } catch (error) {
    // A concurrent resend stored the same id after this statement's snapshot.
    if (sqlState(error) === UNIQUE_VIOLATION) return undefined;
    throw error;
  }
  if (rows.length === 0) return undefined;
  const timestamp = rows[0]!.timestamp.toISOString();
  return batch.map(({ roomId, id, username, content }, index) => {
    const { name: room, last_seq } = rows[rooms[index]! - 1]!;
    const seq = last_seq + places[index]!;
    return {
      outcome: 'stored',
      event: { type: 'message.created', seq, roomId, room, username, timestamp, id, content },
    };
  });
}

const UNIQUE_VIOLATION = '23505';
