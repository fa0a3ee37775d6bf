// What HTTP does for sockets: the tokens that open them, and whether the whole, sockets included, is ready.
import { ownOrigin } from '@parlance/service/origin.ts';
import { Problem } from '@parlance/service/problem.ts';
import type { operations } from '@parlance/specs/http.ts';
import { sql } from 'kysely';
import type { ChangeFeed } from '../changes.ts';
import type { Database } from '../database.ts';
import type { Handlers } from '../operations.ts';
import { issueRoomToken } from '../services/room_tokens.ts';
import type { WebsiteSettings } from '../settings.ts';
import type { SigningKeys } from '../signing_keys.ts';
import { viewerOf } from '../viewer.ts';

type SocketOperations = Pick<operations, 'issueRoomToken' | 'getHealth'>;

export function websocketHandler(
  db: Database,
  keys: SigningKeys,
  changes: ChangeFeed,
  settings: WebsiteSettings,
): Handlers<SocketOperations> {
  return {
    issueRoomToken: async ({ request, path }) => {
      const socketOrigin = ownOrigin(request, settings).replace(/^http/, 'ws');
      const token = await issueRoomToken(db, keys, viewerOf(request), path.roomName, socketOrigin);
      return { status: 201, body: token };
    },

    getHealth: async () => {
      if (!changes.chatIsPresent) throw new Problem('unavailable', 'The chat service is not connected.');
      await sql`select 1`.execute(db);
      return { status: 200, body: { status: 'ready' } };
    },
  };
}
