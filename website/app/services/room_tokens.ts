// Room tokens: a minute's leave for one user to open sockets into one room. Chat verifies them with public keys alone.
import { signJws } from '@parlance/service/jws.ts';
import { Problem } from '@parlance/service/problem.ts';
import type { components } from '@parlance/specs/http.ts';
import type { RoomTokenClaims, RoomTokenHeader } from '@parlance/specs/internal.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { Database } from '../database.ts';
import type { ActiveSession } from '../sessions.ts';
import type { SigningKeys } from '../signing_keys.ts';
import { getRoomFor } from './rooms.ts';

/**
 * Signs a token for an existing room and an existing user. `socketOrigin` is where sockets are opened, `ws://host`;
 * `now` is the time of the database in ms since 1970, by which chat judges.
 * Throws room_not_found or banned.
 */
export async function issueRoomToken(
  db: Database,
  keys: SigningKeys,
  session: ActiveSession,
  roomName: string,
  { socketOrigin, now }: { socketOrigin: string; now: number },
): Promise<components['schemas']['RoomToken']> {
  const { room, isBanned } = await getRoomFor(db, roomName, session.user.username);
  if (isBanned) throw new Problem('banned');
  const key = await keys.signing('room');
  const iat = Math.floor(now / 1_000);
  // A token outlives neither a minute nor its session.
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
