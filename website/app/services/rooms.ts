// Rooms: creates, finds and lists them, and deletes them for their owner or an administrator. At any time, no two rooms
// have the same name in any case, or names that look the same.

import { Problem } from '@parlance/service/problem.ts';
import type { components } from '@parlance/specs/http.ts';
import { nameKey } from '@parlance/specs/names.ts';
import { type Expression, type SqlBool, sql } from 'kysely';
import { announce } from '../changes.ts';
import { type Database, fixedQuery, sqlState } from '../database.ts';
import { nameSkeletons } from '../name_skeletons.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';

export type Room = components['schemas']['Room'];

/** Rooms that are not deleted, each with its owner's name. */
export const rooms = (db: Database) =>
  db
    .selectFrom('chat_rooms as r')
    .innerJoin('users as u', 'u.id', 'r.owner_id')
    .select(['r.id', 'r.name', 'r.name_key', 'r.owner_id', 'r.created_at', 'r.last_seq', 'r.message_count'])
    .select('u.username as owner')
    .where('r.deleted_at', 'is', null);

export type RoomRow = Awaited<ReturnType<ReturnType<typeof rooms>['executeTakeFirstOrThrow']>>;

export const roomOf = (row: RoomRow): Room => ({
  id: row.id,
  name: row.name,
  owner: row.owner,
  createdAt: row.created_at.toISOString(),
  lastSeq: row.last_seq,
  messageCount: row.message_count,
});

/** A room by its name in any case. Throws room_not_found. */
export async function getRoomRow(db: Database, roomName: string): Promise<RoomRow> {
  const row = await rooms(db).where('r.name_key', '=', nameKey(roomName)).executeTakeFirst();
  return row ?? noRoom(roomName);
}

const roomFor = fixedQuery((db) =>
  rooms(db)
    .select(sql<boolean>`coalesce(${'username'} = any(r.banned), false)`.as('is_banned'))
    .where('r.name_key', '=', 'key'),
);

/** A room, and whether the user is banned from it. */
export interface RoomForUser {
  room: Room;
  isBanned: boolean;
}

/** Throws room_not_found. */
export async function getRoomFor(db: Database, roomName: string, username: string): Promise<RoomForUser> {
  const [row] = await roomFor(db, username, nameKey(roomName));
  return row ? { room: roomOf(row), isBanned: row.is_banned } : noRoom(roomName);
}

export function noRoom(roomName: string): never {
  throw new Problem('room_not_found', `There is no room "${roomName}".`);
}

export interface Moderator {
  id: string;
  username: string;
  isAdmin: boolean;
}

/** A room that the user may moderate. Throws room_not_found, or not_room_owner unless owner or administrator. */
export async function getModeratedRoom(db: Database, roomName: string, user: Moderator): Promise<RoomRow> {
  const room = await getRoomRow(db, roomName);
  if (room.owner_id !== user.id && !user.isAdmin) throw new Problem('not_room_owner');
  return room;
}

export const getRoom = async (db: Database, roomName: string): Promise<Room> => roomOf(await getRoomRow(db, roomName));

const roomById = fixedQuery((db) =>
  db.selectFrom('chat_rooms').select(['name', 'last_seq']).where('id', '=', '').where('deleted_at', 'is', null),
);

/** A room by its id, as chat opens it. Throws room_not_found. */
export async function openRoom(
  db: Database,
  roomId: string,
): Promise<{ roomId: string; room: string; lastSeq: number }> {
  const [row] = await roomById(db, roomId);
  if (!row) throw new Problem('room_not_found', 'There is no room with this id.');
  return { roomId, room: row.name, lastSeq: row.last_seq };
}

/** Creates a room. Throws room_name_taken, also when another room's name looks the same. */
export async function createRoom(db: Database, name: string, owner: { id: string; username: string }): Promise<Room> {
  const skeletons = nameSkeletons(name);
  try {
    const row = await db
      .insertInto('chat_rooms')
      .values({ name, name_key: nameKey(name), ...skeletons, owner_id: owner.id })
      .returning(['id', 'name', 'name_key', 'owner_id', 'created_at', 'last_seq', 'message_count'])
      .executeTakeFirstOrThrow();
    return roomOf({ ...row, owner: owner.username });
  } catch (error) {
    if (sqlState(error) !== '23505') throw error;
    const { name_skeleton, key_skeleton } = skeletons;
    const alike = await rooms(db)
      .where(({ eb }) => eb('r.name_skeleton', '=', name_skeleton).or('r.key_skeleton', '=', key_skeleton))
      .executeTakeFirst();
    const isSame = alike === undefined || alike.name_key === nameKey(name);
    throw new Problem(
      'room_name_taken',
      `A room "${isSame ? name : alike.name}" ${isSame ? 'exists' : 'looks the same'}.`,
    );
  }
}

/**
 * Whether a room's name contains `key`. A key of one or two characters has no trigram and is found by the index on
 * `parts_of_name`. The collation keeps PostgreSQL from also reading the whole trigram index.
 */
function contains(key: string): Expression<SqlBool> {
  const pattern = `%${key.replaceAll(/[%_\\]/g, '\\$&')}%`;
  if ([...key].length > 2) return sql`name_key like ${pattern}`;
  return sql`name_key collate "C" like ${pattern} and parts_of_name(name_key) @> array[${key}]`;
}

/** A page of rooms whose name contains `query`, by name. The cursor is the last name's key, so no room is skipped. */
export async function listRooms(
  db: Database,
  page: { query?: string | undefined; limit: number; cursor?: string | undefined },
): Promise<components['schemas']['RoomList']> {
  const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor);
  const key = nameKey(page.query ?? '');
  // Selects the names first, from an index, so that only the rooms of this page are read.
  const names = db
    .selectFrom('chat_rooms')
    .select('name_key')
    .where('deleted_at', 'is', null)
    .$if(key !== '', (q) => q.where(contains(key)))
    .$if(after !== undefined, (q) => q.where('name_key', '>', after!))
    .orderBy('name_key')
    .limit(page.limit + 1);
  const rows = await rooms(db).where('r.name_key', 'in', names).orderBy('r.name_key').execute();
  const last = rows[page.limit - 1];
  return {
    rooms: rows.slice(0, page.limit).map(roomOf),
    ...(rows.length > page.limit ? { nextCursor: encodeCursor(last!.name_key) } : {}),
  };
}

/**
 * Deletes a room that the user moderates: marks it, which frees its name and hides its messages at once, and notifies
 * chat. The janitor removes the messages. Throws room_not_found or not_room_owner.
 */
export async function deleteRoom(db: Database, roomName: string, user: Moderator): Promise<void> {
  const room = await getModeratedRoom(db, roomName, user);
  await db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('chat_rooms')
      .set(({ fn }) => ({ deleted_at: fn<Date>('clock_timestamp') }))
      .where('id', '=', room.id)
      .where('deleted_at', 'is', null)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) throw new Problem('room_not_found');
    await announce(tx, { kind: 'deleted', roomId: room.id });
  });
}
