// Rooms and messages over HTTP. Knows status codes and headers; the services know rooms and logs.
import type { Log } from '@parlance/service/log.ts';
import type { operations } from '@parlance/specs/http.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { Databases } from '../database.ts';
import type { Limits } from '../limits.ts';
import type { Handlers } from '../operations.ts';
import { invalid } from '../problems.ts';
import { listMessages, sendMessage } from '../services/messages.ts';
import { createRoom, deleteRoom, getRoom, listRooms } from '../services/rooms.ts';
import { viewerOf } from '../viewer.ts';

type ChatOperations = Pick<
  operations,
  'listRooms' | 'createRoom' | 'getRoom' | 'deleteRoom' | 'listMessages' | 'sendMessage'
>;

export function chat(dbs: Databases, limits: Limits, log: Log): Handlers<ChatOperations> {
  const db = dbs.general;
  return {
    listRooms: async ({ query: { query, cursor, limit = LIMITS.pageDefault } }) => ({
      status: 200,
      body: await listRooms(db, { query, cursor, limit }),
    }),

    createRoom: async ({ request, body }) => {
      const room = await createRoom(db, body.name, viewerOf(request).user);
      return { status: 201, body: room, headers: { Location: `/api/rooms/${encodeURIComponent(room.name)}` } };
    },

    getRoom: async ({ path }) => ({ status: 200, body: await getRoom(db, path.roomName) }),

    deleteRoom: async ({ request, path }) => {
      await deleteRoom(db, path.roomName, viewerOf(request).user.id);
      return { status: 204 };
    },

    listMessages: async ({ path, query: { before, after, limit = LIMITS.pageDefault } }) => {
      if (before !== undefined && after !== undefined) throw invalid('/query/after', 'must not stand beside before');
      return { status: 200, body: await listMessages(db, path.roomName, { before, after, limit }) };
    },

    sendMessage: async ({ request, path, body }) => {
      const { user, sid } = viewerOf(request);
      limits.message(user.id, path.roomName);
      const sender = { username: user.username, sid };
      const { stored, message } = await sendMessage(dbs, path.roomName, sender, body, log);
      return { status: stored ? 201 : 200, body: message };
    },
  };
}
