// Decides whether an upgrade is admitted to a room: runs all checks in order. Sends no answer and creates no
// connection.
import type { IncomingMessage } from 'node:http';
import { originKind } from '@parlance/service/origin.ts';
import { Problem } from '@parlance/service/problem.ts';
import { nameKey } from '@parlance/specs/names.ts';
import type { Connections } from '../connections.ts';
import type { Revocations } from '../revocations.ts';
import type { Room } from '../room.ts';
import type { Pass, RoomTokens } from '../room_tokens.ts';
import type { Rooms } from '../rooms.ts';
import type { ChatSettings } from '../settings.ts';
import { type Handshake, readHandshake } from './handshake.ts';

export interface AdmitParts {
  tokens: RoomTokens;
  rooms: Rooms;
  revocations: Revocations;
  connections: Connections;
  settings: ChatSettings;
}

export interface Admitted {
  pass: Pass;
  room: Room;
  /** The seq after which the connection resumes; undefined: new events only. */
  cursor: number | undefined;
}

/**
 * Calls `letIn` at most once, in the same tick as the last check: no state can change in between.
 * @throws Problem, or the error of the call to the website.
 */
export async function admit(
  request: IncomingMessage,
  from: string,
  parts: AdmitParts,
  letIn: (admitted: Admitted) => void,
): Promise<void> {
  const { tokens, rooms, revocations, connections, settings } = parts;
  const handshake = readHandshake(request);
  const origin = originKind(request, settings);
  if (origin === 'foreign' || (origin === 'none' && !handshake.byAuthorization)) throw new Problem('bad_origin');
  if (!revocations.fresh)
    throw new Problem('unavailable', 'The service is starting, stopping, or cannot reach the website.');
  const pass = await tokens.verify(handshake.token);
  if (!pass || revocations.has(pass.sid)) throw new Problem('invalid_token');
  const isItsRoom = pass.room === handshake.roomName || nameKey(pass.room) === nameKey(handshake.roomName);
  if (!isItsRoom) throw new Problem('wrong_room');
  if (!connections.hasPlace(pass.userId, from)) throw new Problem('too_many_sockets');
  await rooms.whileOpen(pass.roomId, async (room) => {
    if (!room) throw new Problem('room_not_found');
    const cursor = await cursorOf(handshake, room, parts);
    // State may have changed during the awaits: repeat the checks.
    if (!revocations.fresh) throw new Problem('unavailable');
    if (revocations.has(pass.sid)) throw new Problem('invalid_token');
    if (revocations.hasBan(room.id, pass.username)) throw new Problem('banned');
    if (revocations.has(room.id) || rooms.get(room.id) !== room) throw new Problem('room_not_found');
    if (!connections.hasPlace(pass.userId, from)) throw new Problem('too_many_sockets');
    letIn({ pass, room, cursor });
  });
}

/**
 * Checks a cursor ahead of this process's room against the log. A cursor beyond the end of the log cannot be resumed.
 */
async function cursorOf({ resume }: Handshake, room: Room, { rooms }: AdmitParts): Promise<number | undefined> {
  if (!resume) return undefined;
  if (resume.roomId !== undefined && resume.roomId !== room.id) return undefined;
  if (resume.after <= room.lastSeq) return resume.after;
  return (await rooms.lastSeqInLog(room.id)) >= resume.after ? resume.after : undefined;
}
