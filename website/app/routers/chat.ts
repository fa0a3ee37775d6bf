// Rooms over HTTP: sets status codes and headers. Never applies a domain rule; the service does.
import type { operations } from '@parlance/specs/http.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { Database } from '../database.ts';
import type { Limits } from '../limits.ts';
import type { Handlers } from '../operations.ts';
import { createRoom, deleteRoom, getRoom, listRooms } from '../services/rooms.ts';
import { viewerOf } from '../viewer.ts';

type RoomOperations = Pick<operations, 'listRooms' | 'createRoom' | 'getRoom' | 'deleteRoom'>;

export function chat(db: Database, limits: Limits): Handlers<RoomOperations> {
  return {
    listRooms: async ({ query: { query, cursor, limit = LIMITS.pageDefault } }) => ({
      status: 200,
      body: await listRooms(db, { query, cursor, limit }),
    }),

    createRoom: async ({ request, body }) => {
      const { user } = viewerOf(request);
      const room = await limits.room(user.id, () => createRoom(db, body.name, user));
      return { status: 201, body: room, headers: { Location: `/api/rooms/${encodeURIComponent(room.name)}` } };
    },

    getRoom: async ({ path }) => ({ status: 200, body: await getRoom(db, path.roomName) }),

    deleteRoom: async ({ request, path }) => {
      await deleteRoom(db, path.roomName, viewerOf(request).user);
      return { status: 204 };
    },
  };
}
