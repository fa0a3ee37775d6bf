// Deletes every message of a deleted account, each with a message.deleted in its room, in chunks that lock the room's
// row for a few milliseconds. Each chunk is one transaction that also stores the progress, so that any replica can
// continue. Several replicas may process one account: a message is deleted once, because it is read again under the
// room's lock.
import type { components } from '@parlance/specs/internal.ts';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../database.ts';
import type { Tables } from '../models.ts';

type RoomPosition = components['schemas']['RoomPosition'];

/** Messages per transaction. */
const CHUNK = 100;
/** Seqs per search of a room: the user's messages are found by scanning the room's log, without an index. */
const RANGE = 5_000;
/** Rooms per search for the next room. */
const ROOMS = 1_000;
/** How long one replica has an account for itself; after a crash, another one takes it over then. */
const LEASE_SECONDS = 30;
/** How far the database's clock, which sets all timestamps, may have been set back. */
const CLOCK_MARGIN_MS = 86_400_000;

export interface Erasure {
  userId: string;
  username: string;
  /** The search goes no further back: the account did not exist before. */
  since: Date;
  roomId: string;
  /** The highest seq that is not searched yet; null: continue with the next room. */
  seq: number | null;
}

/** Leases an account whose messages are to be erased; undefined: there is none that is not leased. */
export async function takeErasure(db: Database): Promise<Erasure | undefined> {
  const { rows } = await sql<{ id: string; username: string; created_at: Date; room_id: string; seq: number | null }>`
    update erasures e set leased_until = ${lease} from users u
    where u.id = e.user_id and e.user_id = (
      select user_id from erasures where leased_until < clock_timestamp() order by user_id limit 1 for update skip locked)
    returning u.id, u.username, u.created_at, e.room_id, e.seq`.execute(db);
  const [row] = rows;
  if (!row) return undefined;
  const since = new Date(row.created_at.getTime() - CLOCK_MARGIN_MS);
  return { userId: row.id, username: row.username, since, roomId: row.room_id, seq: row.seq };
}

const lease = sql<Date>`clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})`;

/**
 * Runs one step: finds the next room, or erases in the next range of this one. `appended`: the events of this step.
 * @returns the progress; undefined: everything is erased. Rejects with 55P03 when the room's row is locked for 1 s.
 */
export async function eraseStep(
  db: Database,
  erasure: Erasure,
): Promise<{ next: Erasure; appended?: { position: RoomPosition; events: number } } | undefined> {
  const { roomId, seq } = erasure;
  if (seq === null) return nextRoom(db, erasure);
  const newest = await db
    .selectFrom('messages')
    .select(['seq', 'timestamp'])
    .where('room_id', '=', roomId)
    .where('seq', '<=', seq)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!newest || newest.timestamp < erasure.since) return { next: { ...erasure, seq: null } };
  const from = newest.seq - RANGE;
  const found = await db
    .selectFrom('messages')
    .select('seq')
    .where('room_id', '=', roomId)
    .where('seq', '<=', newest.seq)
    .where('seq', '>', from)
    .where('username', '=', erasure.username)
    .where('deleted_at', 'is', null)
    .orderBy('seq', 'desc')
    .limit(CHUNK)
    .execute();
  const seqs = found.map((row) => row.seq);
  const next = { ...erasure, seq: seqs.length < CHUNK ? from : seqs.at(-1)! - 1 };
  if (seqs.length === 0) {
    await progress(db, next);
    return { next };
  }
  const written = await db.transaction().execute(async (tx) => {
    await sql`set local lock_timeout = '1s'`.execute(tx);
    await progress(tx, next);
    // A separate statement, so that the snapshot of the next one is taken under the lock.
    await tx.selectFrom('chat_rooms').select('id').where('id', '=', roomId).forNoKeyUpdate().execute();
    const { rows } = await deletion(roomId, erasure.username, seqs).execute(tx);
    return rows[0];
  });
  if (!written) return { next };
  return { next, appended: { position: { roomId, lastSeq: written.last_seq }, events: written.count } };
}

/** Finds the next room with a message since the account was created. */
async function nextRoom(db: Database, erasure: Erasure): Promise<{ next: Erasure } | undefined> {
  const { rows } = await sql<{ id: string; last_seq: number; recent: boolean }>`
    select r.id, r.last_seq, coalesce(m.timestamp >= ${erasure.since}::timestamptz, false) as recent
    from (
      select id, last_seq from chat_rooms where id > ${erasure.roomId} and deleted_at is null order by id limit ${ROOMS}
    ) r left join lateral (
      select timestamp from messages where room_id = r.id order by seq desc limit 1) m on true
    order by r.id`.execute(db);
  const room = rows.find(({ recent }) => recent);
  const last = room ?? rows.at(-1);
  if (last) {
    const next = { ...erasure, roomId: last.id, seq: room ? room.last_seq : null };
    await progress(db, next);
    return { next };
  }
  await db.deleteFrom('erasures').where('user_id', '=', erasure.userId).execute();
  return undefined;
}

const progress = (db: Kysely<Tables>, { userId, roomId, seq }: Erasure) =>
  db.updateTable('erasures').set({ room_id: roomId, seq, leased_until: lease }).where('user_id', '=', userId).execute();

/** Ends the lease, so that another replica can take over at once. */
export async function releaseErasure(db: Database, { userId }: Erasure): Promise<void> {
  await db
    .updateTable('erasures')
    .set({ leased_until: sql`clock_timestamp()` })
    .where('user_id', '=', userId)
    .execute();
}

/**
 * Deletes the messages that are not deleted yet, like deleteMessage: each event gets the next seq of the room. The
 * caller has locked the room's row. Returns the room's last seq; no row: nothing to delete, or the room is deleted.
 */
const deletion = (roomId: string, username: string, seqs: number[]) => sql<{ last_seq: number; count: number }>`
  with doomed as materialized (
    select m.seq, m.id, m.content_seq, r.last_seq + row_number() over (order by m.seq) as event
    from chat_rooms r join messages m on m.room_id = r.id
    where r.id = ${roomId} and r.deleted_at is null and m.seq = any(${seqs}::bigint[]) and m.deleted_at is null
  ), clock as materialized (
    select date_trunc('milliseconds', clock_timestamp()) as at
  ), events as (
    insert into room_events (room_id, seq, type, message_id, username, timestamp)
    select ${roomId}::uuid, d.event, 'message.deleted', d.id, ${username}, c.at from doomed d cross join clock c
  ), edits as (
    update room_events e set superseded_by = d.event from doomed d where e.room_id = ${roomId} and e.seq = d.content_seq
  ), gone as (
    delete from reactions where room_id = ${roomId} and message_id in (select id from doomed)
  ), emptied as (
    update messages m set content = null, content_seq = d.event, version = d.event, edited_at = null, deleted_at = c.at,
      deleted_by = ${username}, superseded_by = case when d.content_seq is null then d.event else m.superseded_by end
    from doomed d cross join clock c where m.room_id = ${roomId} and m.seq = d.seq
  )
  update chat_rooms r set last_seq = r.last_seq + d.count, message_count = r.message_count - d.count
  from (select count(*) from doomed) d where r.id = ${roomId} and d.count > 0
  returning r.last_seq, d.count`;
