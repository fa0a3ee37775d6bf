// The operations for chat: append, read, compare, wait for changes, public keys. Only on the internal listener.
import type { RequestListener } from 'node:http';
import type { Log } from '@parlance/service/log.ts';
import { Problem } from '@parlance/service/problem.ts';
import { AppendHints } from '../append_hints.ts';
import type { ChangeFeed } from '../changes.ts';
import type { Databases } from '../database.ts';
import { type InternalHandlers, internalOperations } from '../internal_operations.ts';
import type { RequestMetrics } from '../metrics.ts';
import { append } from '../services/append.ts';
import { readEvents } from '../services/events.ts';
import { compareRooms } from '../services/messages.ts';
import { openRoom } from '../services/rooms.ts';
import type { SigningKeys } from '../signing_keys.ts';

export interface InternalParts {
  dbs: Databases;
  keys: SigningKeys;
  changes: ChangeFeed;
  secret: string;
  metrics: RequestMetrics;
  log: Log;
}

export function internalListener({ dbs, keys, changes, secret, metrics, log }: InternalParts): RequestListener {
  const hints = new AppendHints(dbs.general, changes, log);
  const handlers: InternalHandlers = {
    appendMessages: async ({ body: { messages, wait } }) => {
      const db = wait ? dbs.waiting : dbs.append;
      const results = await dbs.metrics.timed(messages, () => append(db, messages, wait, log));
      hints.stored(messages, results);
      return { results };
    },

    openRoom: ({ path }) => openRoom(dbs.door, path.roomId),

    readEvents: async ({ path, query }) => {
      const page = await readEvents(dbs.pages, path.roomId, query);
      if (!page) throw new Problem('room_not_found', 'There is no room with this id.');
      return page;
    },

    compareRooms: ({ body }) => compareRooms(dbs.pages, body.rooms),

    getChanges: ({ body, response }) => {
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      return changes.wait(body, gone.signal);
    },

    getJwks: async () => ({ keys: await keys.jwks() }),
  };
  return internalOperations(handlers, { secret, metrics, log });
}
