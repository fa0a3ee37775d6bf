// Bans from a room: who may ban whom, the list, and the change under the room's row lock, so that no append is stored
// after the answer (G6). Never closes a socket; chat does when it is notified of the change.
import { Problem } from '@parlance/service/problem.ts';
import type { components } from '@parlance/specs/http.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { sql, type Transaction } from 'kysely';
import { announce } from '../changes.ts';
import type { Database, Databases } from '../database.ts';
import type { Tables } from '../models.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { getModeratedRoom, type Moderator } from './rooms.ts';
import { getUserRow } from './user_rows.ts';

interface BanTarget {
  roomName: string;
  username: string;
  by: Moderator;
}

/**
 * Bans a user; an existing ban is not changed. Throws room_not_found, not_room_owner, user_not_found, protected_user
 * or too_many_bans.
 */
export async function banUser(dbs: Databases, { roomName, username, by }: BanTarget): Promise<void> {
  const room = await getModeratedRoom(dbs.general, roomName, by);
  const user = await getUserRow(dbs.general, username);
  if (user.id === room.owner_id) throw new Problem('protected_user', 'The owner of a room cannot be banned from it.');
  if (user.is_admin) throw new Problem('protected_user', 'Administrators cannot be banned.');
  await changeBans(dbs, room.id, async (tx, banned) => {
    if (banned.includes(user.username)) return undefined;
    if (banned.length >= LIMITS.bansPerRoom) throw new Problem('too_many_bans');
    const now = sql<Date>`clock_timestamp()`;
    const ban = { banned_by: by.username, created_at: now, changed_at: now, lifted_at: null };
    await tx
      .insertInto('bans')
      .values({ room_id: room.id, username: user.username, ...ban })
      .onConflict((conflict) => conflict.columns(['room_id', 'username_key']).doUpdateSet(ban))
      .execute();
    return [...banned, user.username];
  });
}

/** Lifts a ban, if there is one. Throws room_not_found, not_room_owner or user_not_found. */
export async function unbanUser(dbs: Databases, { roomName, username, by }: BanTarget): Promise<void> {
  const room = await getModeratedRoom(dbs.general, roomName, by);
  const user = await getUserRow(dbs.general, username);
  await liftBan(dbs, room.id, user.username);
}

/** Lifts every ban of a user who becomes an administrator: administrators cannot be banned. */
export async function liftBansOf(dbs: Databases, username: string): Promise<void> {
  const bans = dbs.general.selectFrom('bans').select('room_id').where('username', '=', username);
  for (const { room_id } of await bans.where('lifted_at', 'is', null).execute()) {
    await liftBan(dbs, room_id, username).catch(ignoreDeletedRoom);
  }
}

const ignoreDeletedRoom = (error: unknown) => {
  if (!(error instanceof Problem && error.code === 'room_not_found')) throw error;
};

const liftBan = (dbs: Databases, roomId: string, username: string): Promise<void> =>
  changeBans(dbs, roomId, async (tx, banned) => {
    if (!banned.includes(username)) return undefined;
    const now = sql<Date>`clock_timestamp()`;
    await tx
      .updateTable('bans')
      .set({ lifted_at: now, changed_at: now })
      .where('room_id', '=', roomId)
      .where('username', '=', username)
      .execute();
    return banned.filter((name) => name !== username);
  });

/** Locks the room, passes its bans to `change`, stores the bans that it returns (undefined: none) and notifies chat. */
async function changeBans(
  dbs: Databases,
  roomId: string,
  change: (tx: Transaction<Tables>, banned: string[]) => Promise<string[] | undefined>,
): Promise<void> {
  await dbs.waiting.transaction().execute(async (tx) => {
    const room = await tx
      .selectFrom('chat_rooms')
      .select('banned')
      .where('id', '=', roomId)
      .where('deleted_at', 'is', null)
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (!room) throw new Problem('room_not_found');
    const banned = await change(tx, room.banned ?? []);
    if (!banned) return;
    await tx
      .updateTable('chat_rooms')
      .set({ banned: banned.length > 0 ? banned : null })
      .where('id', '=', roomId)
      .execute();
    await announce(tx, { kind: 'banned' });
  });
}

/** A page of the bans of a room, by username. Throws room_not_found or not_room_owner. */
export async function listBans(
  db: Database,
  roomName: string,
  by: Moderator,
  page: { limit: number; cursor?: string | undefined },
): Promise<components['schemas']['BanList']> {
  const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor);
  const room = await getModeratedRoom(db, roomName, by);
  const rows = await db
    .selectFrom('bans')
    .select(['username', 'username_key', 'banned_by', 'created_at'])
    .where('room_id', '=', room.id)
    .where('lifted_at', 'is', null)
    .$if(after !== undefined, (q) => q.where('username_key', '>', after!))
    .orderBy('username_key')
    .limit(page.limit + 1)
    .execute();
  return {
    bans: rows.slice(0, page.limit).map(({ username, banned_by, created_at }) => ({
      username,
      bannedBy: banned_by,
      createdAt: created_at.toISOString(),
    })),
    ...(rows.length > page.limit ? { nextCursor: encodeCursor(rows[page.limit - 1]!.username_key) } : {}),
  };
}
