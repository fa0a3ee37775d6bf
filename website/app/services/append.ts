// Appends messages to the log: each message once, without gaps in the seqs of a room, and with an outcome per message.
// Only this file and append_usual.ts insert into `messages`; message_changes.ts appends other events. Never
// authenticates a sender.
import type { Log } from '@parlance/service/log.ts';
import { warnRepeated } from '@parlance/service/repeated_lines.ts';
import type { components } from '@parlance/specs/internal.ts';
import { sql } from 'kysely';
import { type Database, isUnavailable, sqlState } from '../database.ts';
import { appendUsual } from './append_usual.ts';

export type Append = components['schemas']['Append'];
export type AppendOutcome = components['schemas']['AppendOutcome'];
type MessageCreated = components['schemas']['MessageCreated'];

interface Row {
  /**
   * known: already in the log; stored: new; dead: its session has ended; held: another transaction has locked its
   * room's row; ending: another transaction has locked its session's row, or has just ended the session; banned: its
   * author is banned from the room.
   */
  what: 'known' | 'stored' | 'dead' | 'held' | 'ending' | 'banned';
  ord: number;
  seq: number;
  name: string;
  username: string;
  /** Null: the event `superseded_by` has replaced or deleted the text. */
  content: string | null;
  superseded_by: number | null;
  timestamp: Date;
}

/**
 * One statement, and so one transaction, which holds its locks until it ends. The order of the locks, rooms by id and
 * then sessions by handle, prevents deadlocks between batches. A logout or a ban is answered after the messages that
 * are being stored, and no message is stored after it. After locking we join only on arrays, so that no plan can scan a
 * table. A concurrent resend can raise 23505, because the snapshot is older than the lock: retry.
 */
const statement = (batch: readonly Append[], wait: boolean) => sql<Row>`
  with
  -- Makes the batch a table of numbered rows: the later steps and the outcomes identify messages by their number.
  input as materialized (
    select * from unnest(
      ${batch.map((m) => m.roomId)}::uuid[], ${batch.map((m) => m.id)}::uuid[], ${batch.map((m) => m.sid)}::uuid[],
      ${batch.map((m) => m.username)}::text[], ${batch.map((m) => m.content)}::text[]
    ) with ordinality as t(room_id, id, sid, username, content, ord)
  ),
  -- Finds the messages that are already in the log, so that a resend is not stored again.
  known as materialized (
    select i.ord, m.seq, r.name, m.username, case when m.content_seq is null then m.content end as content,
      m.superseded_by, m.timestamp from input i
    cross join lateral (select * from messages where room_id = i.room_id and id = i.id limit 1) m
    cross join lateral (select name from chat_rooms where id = i.room_id and deleted_at is null limit 1) r
  ),
  -- Finds the sessions that have not ended, so that messages of ended sessions lock no room.
  alive as materialized (
    select s.sid from (select distinct sid from input) s
    cross join lateral (
      select 1 from sessions where handle = s.sid and ended_at is null and expires_at > now() limit 1) x
  ),
  -- Selects the messages to store: new ones of live sessions, and of an id that occurs twice in the batch the first.
  fresh as materialized (
    select distinct on (room_id, id) * from input
    where ord not in (select ord from known) and sid in (select sid from alive)
    order by room_id, id, ord
  ),
  -- Groups them into one row of arrays per room, in the order of the room ids, in which the rooms are locked.
  wanted as materialized (
    select room_id, array_agg(ord order by ord) as ords, array_agg(id order by ord) as ids,
      array_agg(sid order by ord) as sids, array_agg(username order by ord) as usernames,
      array_agg(content order by ord) as contents
    from fresh group by room_id order by room_id
  ),
  -- Locks the rooms by id and reads them again: until the commit, no other transaction assigns a seq, bans or deletes.
  locked as materialized (
    select w.*, r.name, r.last_seq, r.message_count, r.banned from wanted w
    cross join lateral (
      select name, last_seq, message_count, banned from chat_rooms where id = w.room_id and deleted_at is null
      for no key update ${wait ? sql`` : sql`skip locked`}) r
  ),
  -- Then locks the sessions by handle and reads them again: until the commit, no other transaction ends a session.
  staying as materialized (
    select s.sid from (select distinct unnest(sids) as sid from locked order by sid) s
    cross join lateral (
      select 1 from sessions where handle = s.sid and ended_at is null and expires_at > now()
      for share ${wait ? sql`` : sql`skip locked`}) x
  ),
  -- Keeps the messages whose session was locked and whose author is not banned: they are stored and get the next seqs.
  taken as materialized (
    select l.room_id, l.name, l.last_seq, l.message_count, array_agg(u.ord order by u.k) as ords, array_agg(u.id order by u.k) as ids,
      array_agg(u.username order by u.k) as usernames, array_agg(u.content order by u.k) as contents
    from locked l
    cross join lateral unnest(l.ords, l.ids, l.sids, l.usernames, l.contents)
      with ordinality as u(ord, id, sid, username, content, k)
    where u.sid in (select sid from staying) and (l.banned is null or u.username <> all(l.banned)) group by l.room_id, l.name, l.last_seq, l.message_count
  ),
  -- Reads the time after all locks, so that the timestamps of a room ascend with the seqs.
  clock as materialized (
    select date_trunc('milliseconds', clock_timestamp()) as at from (select count(*) from taken) t
  ),
  -- Raises each room's last seq, so that the next append continues after these messages, and its message count.
  raised as (
    update chat_rooms r set last_seq = t.last_seq + cardinality(t.ids),
      message_count = t.message_count + cardinality(t.ids)
    from taken t where r.id = t.room_id
  ),
  -- Stores the messages, numbered without a gap after the last seq that was read under the lock.
  inserted as (
    insert into messages (room_id, seq, id, username, content, timestamp)
    select t.room_id, t.last_seq + u.k, u.id, u.username, u.content, (select at from clock) from taken t
    cross join lateral unnest(t.ids, t.usernames, t.contents) with ordinality as u(id, username, content, k)
  )
  -- Returns a row per message or held room; outcomes() derives the rest: repeated ids, and rooms that are gone.
  select 'known' as what, ord, seq, name, username, content, superseded_by, timestamp from known
  union all
  select 'stored', u.ord, t.last_seq + u.k, t.name, null, null, null, (select at from clock) from taken t
    cross join lateral unnest(t.ords) with ordinality as u(ord, k)
  union all
  select 'dead', ord, null, null, null, null, null, null from input
    where ord not in (select ord from known) and sid not in (select sid from alive)
  union all
  select 'ending', u.ord, null, null, null, null, null, null from locked l
    cross join lateral unnest(l.ords, l.sids) as u(ord, sid) where u.sid not in (select sid from staying)
  union all
  select 'banned', u.ord, null, null, null, null, null, null from locked l
    cross join lateral unnest(l.ords, l.usernames) as u(ord, username) where u.username = any(l.banned)
  union all
  select 'held', w.ords[1], null, null, null, null, null, null from wanted w
    cross join lateral (select 1 from chat_rooms where id = w.room_id and deleted_at is null limit 1) r
    where w.room_id not in (select room_id from locked)`;

/**
 * Appends a batch of at most 500 messages; the outcomes are in the order of the batch. Without `wait`, messages of a
 * room whose row another transaction has locked are `busy`; with it they wait for 1 s and are then `store_unavailable`.
 * @throws when the database is unavailable: then the outcome of every message is unknown.
 */
export async function append(
  db: Database,
  batch: readonly Append[],
  wait: boolean,
  log: Log,
): Promise<AppendOutcome[]> {
  try {
    return await appendOnce(db, batch, wait);
  } catch (error) {
    if (wait && sqlState(error) === LOCK_TIMEOUT) {
      // Waits only once: the retry skips locked rooms, so that the other rooms of the batch are stored now.
      const outcomes = await append(db, batch, false, log);
      return outcomes.map((one) => (one.outcome === 'busy' ? { outcome: 'store_unavailable' } : one));
    }
    if (isUnavailable(error)) throw error;
    if (batch.length === 1) {
      warnRepeated(log, { err: error, roomId: batch[0]!.roomId }, 'a message could not be stored');
      return [{ outcome: 'store_unavailable' }];
    }
    const half = batch.length >> 1;
    const first = await append(db, batch.slice(0, half), wait, log);
    return [...first, ...(await append(db, batch.slice(half), wait, log))];
  }
}

const LOCK_TIMEOUT = '55P03';

const RETRIES = 5;
/** unique_violation, deadlock_detected, serialization_failure: all was rolled back, and a retry has a new snapshot. */
const RETRYABLE = new Set(['23505', '40P01', '40001']);

async function appendOnce(db: Database, batch: readonly Append[], wait: boolean): Promise<AppendOutcome[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const usual = wait || attempt > 1 ? undefined : await appendUsual(db, batch);
      if (usual) return usual;
      const { rows } = await statement(batch, wait).execute(db);
      return outcomes(batch, rows, wait);
    } catch (error) {
      if (attempt > RETRIES || !RETRYABLE.has(sqlState(error) ?? '')) throw error;
    }
  }
}

function outcomes(batch: readonly Append[], rows: readonly Row[], wait: boolean): AppendOutcome[] {
  const byOrd = new Map<number, Row>();
  const heldRooms = new Set<string>();
  const storedIn = new Map<string, Row & { input: Append }>();
  const refused = new Set<string>();
  for (const row of rows) {
    const input = batch[row.ord - 1]!;
    if (row.what === 'held') heldRooms.add(input.roomId);
    else if (byOrd.get(row.ord)?.what !== 'banned') byOrd.set(row.ord, row);
    if (row.what === 'ending' || row.what === 'banned') refused.add(`${input.roomId}/${input.id}`);
    if (row.what === 'stored') storedIn.set(`${input.roomId}/${input.id}`, { ...row, input });
  }
  return batch.map((input, index) => {
    const row = byOrd.get(index + 1);
    if (row?.what === 'stored') return { outcome: 'stored', event: eventOf(input, row) };
    if (row?.what === 'known') return repeated(input, row, row);
    if (row?.what === 'dead') return { outcome: 'session_ended' };
    if (row?.what === 'banned') return { outcome: 'banned' };
    // With `wait`, a session that was not locked has ended.
    if (row?.what === 'ending') return { outcome: wait ? 'session_ended' : 'busy' };
    const first = storedIn.get(`${input.roomId}/${input.id}`);
    if (first) return repeated(input, first.input, first);
    // An earlier message of the batch with the same id was refused: in a retry, this one is the first.
    if (refused.has(`${input.roomId}/${input.id}`)) return { outcome: wait ? 'store_unavailable' : 'busy' };
    // With `wait`, a room that was not locked is deleted, although the snapshot shows it.
    return { outcome: heldRooms.has(input.roomId) && !wait ? 'busy' : 'room_gone' };
  });
}

/**
 * The id is already in the log: a repeat if author and content are equal, otherwise a conflict. If the text was edited
 * or deleted since, only the author is compared.
 */
const repeated = (input: Append, stored: { username: string; content: string | null }, row: Row): AppendOutcome =>
  input.username === stored.username && (stored.content === null || input.content === stored.content)
    ? { outcome: 'repeated', event: eventOf({ ...stored, roomId: input.roomId, id: input.id }, row) }
    : { outcome: 'id_conflict' };

const eventOf = (
  { roomId, id, username, content }: { roomId: string; id: string; username: string; content: string | null },
  { seq, name, timestamp, superseded_by }: Row,
): MessageCreated => ({
  type: 'message.created',
  seq,
  roomId,
  room: name,
  username,
  timestamp: timestamp.toISOString(),
  id,
  ...(content === null ? { supersededBy: superseded_by! } : { content }),
});
