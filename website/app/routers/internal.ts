// The wire to chat: append, read, compare, wait for changes, public keys. Reachable only on the internal listener.
import { timingSafeEqual } from 'node:crypto';
import { type Log, requestId } from '@parlance/service/log.ts';
import { Problem } from '@parlance/service/problem.ts';
import contract from '@parlance/specs/internal.server.json' with { type: 'json' };
import type { operations } from '@parlance/specs/internal.ts';
import express, { type Express } from 'express';
import { AppendHints } from '../append_hints.ts';
import type { ChangeFeed } from '../changes.ts';
import type { Databases } from '../database.ts';
import type { RequestMetrics } from '../metrics.ts';
import { headAsGet } from '../normal.ts';
import { type Contract, type Handlers, mountContract } from '../operations.ts';
import { asProblem, sendProblem } from '../problems.ts';
import { append } from '../services/append.ts';
import { readEvents } from '../services/events.ts';
import { compareRooms } from '../services/messages.ts';
import { openRoom } from '../services/rooms.ts';
import type { SigningKeys } from '../signing_keys.ts';

/** 500 of the largest messages, escaped, and a hundred thousand rooms' positions, fit. */
const BODY_MAX = 32 * 1024 * 1024;

export interface InternalParts {
  dbs: Databases;
  keys: SigningKeys;
  changes: ChangeFeed;
  secret: string;
  metrics: RequestMetrics;
  log: Log;
}

export function internalApp({ dbs, keys, changes, secret, metrics, log }: InternalParts): Express {
  const hints = new AppendHints(dbs.general, changes, log);
  const handlers: Handlers<operations> = {
    appendMessages: async ({ body: { messages, wait } }) => {
      const db = wait ? dbs.waiting : dbs.append;
      const results = await dbs.metrics.timed(messages, () => append(db, messages, wait, log));
      hints.stored(messages, results);
      return { status: 200, body: { results } };
    },

    openRoom: async ({ path }) => ({ status: 200, body: await openRoom(dbs.door, path.roomId) }),

    readEvents: async ({ path, query }) => {
      const page = await readEvents(dbs.pages, path.roomId, query);
      if (!page) throw new Problem('room_not_found', 'There is no room with this id.');
      return { status: 200, body: page };
    },

    compareRooms: async ({ body }) => ({ status: 200, body: await compareRooms(dbs.pages, body.rooms) }),

    getChanges: async ({ body, response }) => {
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      return { status: 200, body: await changes.wait(body, gone.signal) };
    },

    getJwks: async () => ({ status: 200, body: { keys: await keys.jwks() } }),
  };

  const app = express().disable('x-powered-by').set('etag', false).set('case sensitive routing', true);
  app.set('strict routing', true);
  app.use((req, res, next) => {
    res.locals.id = requestId(req.headers, true);
    res.setHeader('X-Request-Id', res.locals.id);
    metrics.watch('internal', req, res);
    next();
  });
  const knowsSecret = (request: express.Request) => sameSecret(request.headers.authorization ?? '', `Bearer ${secret}`);
  // Before a body of that size is read.
  app.use((req, _res, next) => next(knowsSecret(req) ? undefined : new Problem('not_authenticated')));
  app.use(headAsGet, express.json({ limit: BODY_MAX }));
  mountContract(app, contract as unknown as Contract, handlers, { secret: knowsSecret });
  app.use((error: unknown, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
    const { id } = res.locals;
    const problem = asProblem(error, log.child({ requestId: id }));
    metrics.refused('internal', problem.code, error);
    if (!sendProblem(res, problem, id, log)) metrics.offSpecAnswer('internal');
  });
  return app;
}

function sameSecret(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
