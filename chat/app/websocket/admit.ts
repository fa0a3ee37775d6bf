// Decides whether an upgrade is admitted to a room: all checks, in order. Sends no answer and creates no connection.
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
  /** How far the log goes; 0 for a room that is gone. */
  lastSeqInLog(roomId: string): Promise<number>;
  settings: ChatSettings;
}

export interface Admitted {
  pass: Pass;
  room: Room;
  /** The seq it continues after; undefined: from now on. */
  cursor: number | undefined;
}

/**
 * Calls `letIn` at most once, in the same tick as the last check: nothing can end, fill up or close in between.
 * @throws Problem, or what kept the website from answering.
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
  if (!revocations.fresh) throw new Problem('unavailable', 'The service is starting, stopping, or cut off.');
  const pass = await tokens.verify(handshake.token);
  if (!pass || revocations.has(pass.sid)) throw new Problem('invalid_token');
  const isItsRoom = pass.room === handshake.roomName || nameKey(pass.room) === nameKey(handshake.roomName);
  if (!isItsRoom) throw new Problem('wrong_room');
  if (!connections.hasPlace(pass.userId, from)) throw new Problem('too_many_sockets');
  await rooms.whileOpen(pass.roomId, async (room) => {
    if (!room) throw new Problem('room_not_found');
    const cursor = await cursorOf(handshake, room, parts);
    // State may have changed during the awaits, so the checks are repeated.
    if (!revocations.fresh) throw new Problem('unavailable');
    if (revocations.has(pass.sid)) throw new Problem('invalid_token');
    if (revocations.hasBan(room.id, pass.username)) throw new Problem('banned');
    if (revocations.has(room.id) || rooms.get(room.id) !== room) throw new Problem('room_not_found');
    if (!connections.hasPlace(pass.userId, from)) throw new Problem('too_many_sockets');
    letIn({ pass, room, cursor });
  });
}

/** A cursor ahead of this process's room is checked against the log. Beyond the end of the log nothing can be resumed. */
async function cursorOf({ resume }: Handshake, room: Room, { lastSeqInLog }: AdmitParts): Promise<number | undefined> {
  if (!resume) return undefined;
  if (resume.roomId !== undefined && resume.roomId !== room.id) return undefined;
  if (resume.after <= room.lastSeq) return resume.after;
  return (await lastSeqInLog(room.id)) >= resume.after ? resume.after : undefined;
}
