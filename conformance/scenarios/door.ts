// The socket endpoint of a room over raw HTTP: an upgrade request whose headers and query can be chosen.
import { HANDSHAKE } from '../contract.ts';
import type { Kit } from '../kit.ts';

/** The headers of a valid WebSocket upgrade; `''` omits a header. */
export const upgrade = (more: Record<string, string> = {}): Record<string, string> => ({
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  ...more,
});

/** A new room, and a function that sends upgrade requests to it, by default with a token of the room. */
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
