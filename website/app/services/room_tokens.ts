// Room tokens: each lets one user open sockets to one room for a minute. Chat verifies them with public keys alone.
import { signJws } from '@parlance/service/jws.ts';
import { Problem } from '@parlance/service/problem.ts';
import type { components } from '@parlance/specs/http.ts';
import type { RoomTokenClaims, RoomTokenHeader } from '@parlance/specs/internal.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { nameKey } from '@parlance/specs/names.ts';
import { sql } from 'kysely';
import { type Database, fixedQuery } from '../database.ts';
import { type ActiveSession, activeOf, alive } from '../sessions.ts';
import type { SigningKeys } from '../signing_keys.ts';
import { type RoomForUser, type RoomRow, roomOf, rooms } from './rooms.ts';

const sessionWithRoom = fixedQuery((db) =>
  alive(db)
    .leftJoin(rooms(db).select('r.banned').as('r'), (join) => join.on('r.name_key', '=', 'key'))
    .select(['r.id as room_id', 'r.name', 'r.owner', 'r.created_at as room_created_at', 'r.last_seq'])
    .select('r.message_count')
    .select(sql<boolean>`coalesce(u.username = any(r.banned), false)`.as('is_banned'))
    .where('s.handle', '=', 'handle'),
);

/**
 * Finds a session by its handle and a room by its name in one query, because a mass reconnect requests many tokens at
 * once. Undefined: the session has ended. Without `found` there is no such room.
 */
export async function findSessionWithRoom(
  db: Database,
  handle: string,
  roomName: string,
): Promise<{ session: ActiveSession; found: RoomForUser | undefined } | undefined> {
  const [row] = await sessionWithRoom(db, nameKey(roomName), handle);
  if (!row) return undefined;
  const { room_id: id, name, owner, room_created_at: created_at, last_seq, message_count, is_banned: isBanned } = row;
  const isThere = id !== null;
  const room = isThere && roomOf({ id, name, owner, created_at, last_seq, message_count } as RoomRow);
  return { session: activeOf(row), found: room ? { room, isBanned } : undefined };
}

/**
 * Signs a token for a user and a room. `socketOrigin` is where sockets are opened, `ws://host`; `now` is the time of the
 * database in ms since 1970, by which chat checks the token. Throws banned.
 */
export async function issueRoomToken(
  keys: SigningKeys,
  session: ActiveSession,
  { room, isBanned }: RoomForUser,
  { socketOrigin, now }: { socketOrigin: string; now: number },
): Promise<components['schemas']['RoomToken']> {
  if (isBanned) throw new Problem('banned');
  const key = await keys.signing('room');
  const iat = Math.floor(now / 1_000);
  // A token expires after a minute, or earlier with its session.
  const exp = Math.min(iat + LIMITS.roomTokenSeconds, Math.floor(session.expiresAt.getTime() / 1_000));
  const claims: RoomTokenClaims = {
    iss: 'parlance',
    aud: 'parlance-chat',
    sub: session.user.id,
    email: session.user.email,
    username: session.user.username,
    room: room.name,
    roomId: room.id,
    sid: session.sid,
    iat,
    exp,
  };
  const header: RoomTokenHeader = { alg: 'ES256', typ: 'room+jwt', kid: key.kid };
  const token = signJws(header, claims, key.privateKey);
  const url = `${socketOrigin}/ws/${encodeURIComponent(room.name)}`;
  return { token, expiresAt: new Date(exp * 1_000).toISOString(), url, room };
}
