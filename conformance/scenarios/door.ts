// The door of a room as raw HTTP sees it: an upgrade request of which every header and the query can be chosen.
import { HANDSHAKE } from '../contract.ts';
import type { Kit } from '../kit.ts';

/** The headers of a WebSocket upgrade that nothing is wrong with; `''` leaves one out. */
export const upgrade = (more: Record<string, string> = {}): Record<string, string> => ({
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  ...more,
});

/** A room, and a way to knock at its door with a token of it. */
export async function door(kit: Kit) {
  const room = await kit.room();
  const { token } = await kit.roomToken(kit.cast.bob, room.name);
  const bearer = { authorization: `Bearer ${token}` };
  const path = HANDSHAKE.path.replace('{roomName}', encodeURIComponent(room.name));
  const knock = (headers: Record<string, string> = bearer, query = '') =>
    kit.knock(`${path}${query}`, upgrade(headers));
  return { room, token, bearer, path, knock };
}

export type Door = Awaited<ReturnType<typeof door>>;
