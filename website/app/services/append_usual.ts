// Appends the usual batch: every room and every session is there and free, nobody is banned, every id is new. Then all of it
// is stored by a statement with few steps; otherwise nothing is, and append.ts gives each message its own outcome.
import { CompiledQuery } from 'kysely';
import { type Database, sqlState } from '../database.ts';
import type { Append, AppendOutcome } from './append.ts';

interface Row {
  name: string;
  last_seq: number;
  timestamp: Date;
}

/**
 * One statement, and so one transaction, with the locks of the full one in the same order: the rooms by their ids, then the
 * sessions by their handles. All or nothing, so that after locking only arrays by position are needed: no join, no sort.
 *
 * Parameters, rooms and sessions being numbered from 1 in the order in which they are locked:
 * $1 room ids; $2 session handles; $3 how many messages each room gets; then of each message: $4 its room's number, $5 its
 * place among those of its room, $6 id, $7 username, $8 content.
 */
const STATEMENT = `
  with
  -- Locks the rooms, and reads them under the lock.
  locked as materialized (
    select w.k, r.* from unnest($1::uuid[]) with ordinality as w(room_id, k)
    cross join lateral (
      select name, last_seq, message_count from chat_rooms
      where id = w.room_id and deleted_at is null and (banned is null or not banned && $7::text[])
      for no key update skip locked) r
  ),
  -- Then locks the sessions: a logout is answered after the messages that are being stored.
  staying as materialized (
    select from (select unnest($2::uuid[]) as sid from (select count(*) from locked) l) s
    cross join lateral (
      select from sessions where handle = s.sid and ended_at is null and expires_at > now()
      for share skip locked) x
  ),
  -- One row if the batch is usual; otherwise none, and nothing below does anything.
  usual as materialized (
    select array_agg(last_seq order by k) as last_seqs, array_agg(message_count order by k) as message_counts,
      date_trunc('milliseconds', clock_timestamp()) as timestamp
    from locked
    where (select count(*) from staying) = cardinality($2::uuid[]) and not exists (
      select from unnest($4::int[], $6::uuid[]) as m(room, id)
      cross join lateral (select from messages where room_id = ($1::uuid[])[m.room] and id = m.id limit 1) known)
    having count(*) = cardinality($1::uuid[])
  ),
  raised as (
    update chat_rooms r set last_seq = u.last_seqs[w.k] + w.count, message_count = u.message_counts[w.k] + w.count
    from usual u cross join unnest($1::uuid[], $3::int[]) with ordinality as w(id, count, k) where r.id = w.id
  ),
  inserted as (
    insert into messages (room_id, seq, id, username, content, timestamp)
    select ($1::uuid[])[m.room], u.last_seqs[m.room] + m.place, m.id, m.username, m.content, u.timestamp
    from usual u cross join unnest($4::int[], $5::int[], $6::uuid[], $7::text[], $8::text[])
      as m(room, place, id, username, content)
  )
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
