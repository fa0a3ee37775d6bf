// The HTTP operations for sockets: tokens that open sockets, and the health of the whole server, including sockets.
import { ownOrigin } from '@parlance/service/origin.ts';
import { Problem } from '@parlance/service/problem.ts';
import type { operations } from '@parlance/specs/http.ts';
import type { ChangeFeed } from '../changes.ts';
import { type Databases, databaseReasons } from '../database.ts';
import type { Handlers } from '../operations.ts';
import { issueRoomToken } from '../services/room_tokens.ts';
import { getRoomFor } from '../services/rooms.ts';
import type { WebsiteSettings } from '../settings.ts';
import type { SigningKeys } from '../signing_keys.ts';
import type { TokenDoor } from '../token_door.ts';
import { viewerOf } from '../viewer.ts';

type SocketOperations = Pick<operations, 'issueRoomToken' | 'getHealth'>;

export interface SocketParts {
  dbs: Databases;
  keys: SigningKeys;
  changes: ChangeFeed;
  door: TokenDoor;
  settings: WebsiteSettings;
}

export function websocketHandler({ dbs, keys, changes, door, settings }: SocketParts): Handlers<SocketOperations> {
  return {
    issueRoomToken: async ({ request, path }) => {
      const socketOrigin = ownOrigin(request, settings).replace(/^http/, 'ws');
      const session = viewerOf(request);
      const found = await getRoomFor(dbs.door, path.roomName, session.user.username);
      const token = await issueRoomToken(keys, session, found, { socketOrigin, now: changes.clock.now() });
      return { status: 201, body: token };
    },

    getHealth: async () => {
      if (!changes.chatIsPresent) throw new Problem('unavailable', 'No chat service that accepts sockets is present.');
      if (door.refusing) throw new Problem('unavailable', 'More room tokens are requested than can be issued.');
      const [reason] = await databaseReasons(dbs.general);
      if (reason !== undefined) throw new Problem('unavailable');
      return { status: 200, body: { status: 'ready' } };
    },
  };
}
