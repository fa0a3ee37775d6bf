// The fast path for the usual room token request, without Express: runs the same checks as the app, in the same order.
// Leaves every other request to the app, which answers or refuses it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '@parlance/service/log.ts';
import { ownOrigin } from '@parlance/service/origin.ts';
import { Problem } from '@parlance/service/problem.ts';
import { normalName } from '@parlance/specs/names.ts';
import { validateRoomName, validateRoomToken } from '@parlance/specs/validators.js';
import type { Request, RequestHandler, Response } from 'express';
import type { ChangeFeed } from './changes.ts';
import type { Databases } from './database.ts';
import { securityHeaders } from './headers.ts';
import { sendJson } from './json_answer.ts';
import { hasBody } from './json_body.ts';
import type { Limits } from './limits.ts';
import type { RequestMetrics } from './metrics.ts';
import { seenThroughTls } from './normal.ts';
import { crossOrigin, sameOrigin } from './origin.ts';
import { asProblem, sendProblem } from './problems.ts';
import { requestLog } from './request_log.ts';
import { findSessionWithRoom, issueRoomToken } from './services/room_tokens.ts';
import { getRoomFor, noRoom } from './services/rooms.ts';
import { cookieSessions } from './sessions.ts';
import type { WebsiteSettings } from './settings.ts';
import type { SigningKeys } from './signing_keys.ts';
import { bearerHandle, viewerOf } from './viewer.ts';

export interface TokenParts {
  dbs: Databases;
  keys: SigningKeys;
  changes: ChangeFeed;
  limits: Limits;
  settings: WebsiteSettings;
  metrics: RequestMetrics;
  log: Log;
}

const PATH = /^\/api\/rooms\/([^/?#]+)\/tokens$/;

/** @returns a function that answers a request, or does nothing and returns false. */
export function tokenRequests(parts: TokenParts): (request: IncomingMessage, response: ServerResponse) => boolean {
  const { dbs, keys, changes, limits, settings, metrics, log } = parts;
  const secure = settings.PUBLIC_URL?.startsWith('https:') ?? false;
  const follow = requestLog(log, settings);
  const cookies = cookieSessions(dbs.door, settings.SESSION_SECRET, secure);
  const checks = [securityHeaders(settings), crossOrigin(settings), sameOrigin(settings)];
  if (secure) checks.push(seenThroughTls);

  /** Finds the session, and the room if any, and counts the request. Throws not_authenticated or too_many_requests. */
  async function resolve(request: Request, response: Response, roomName: string) {
    if (request.headers.authorization === undefined) {
      await passed(cookies, request, response);
      const session = viewerOf(request);
      limits.request(session.user.id);
      return { session, found: await getRoomFor(dbs.door, roomName, session.user.username) };
    }
    const handle = await bearerHandle(request, keys, changes.clock);
    const both = handle === undefined ? undefined : await findSessionWithRoom(dbs.door, handle, roomName);
    if (!both) throw new Problem('not_authenticated');
    limits.request(both.session.user.id);
    return both;
  }

  async function answer(request: Request, response: Response, roomName: string): Promise<void> {
    metrics.watch('public', response, () => 'issueRoomToken');
    const id = follow(request, response);
    try {
      for (const check of checks) await passed(check, request, response);
      const { session, found = noRoom(roomName) } = await resolve(request, response, roomName);
      const socketOrigin = ownOrigin(request, settings).replace(/^http/, 'ws');
      const token = await issueRoomToken(keys, session, found, { socketOrigin, now: changes.clock.now() });
      if (!validateRoomToken(token)) throw offSpec(id);
      sendJson(response, 201, token);
    } catch (error) {
      const problem = asProblem(error, log.child({ requestId: id }));
      metrics.refused('public', problem.code, error);
      if (!sendProblem(response, problem, id, log)) metrics.offSpecAnswer('public');
    }
  }

  function offSpec(requestId: string): Problem {
    log.error({ errors: validateRoomToken.errors, requestId }, 'an answer was off-spec');
    metrics.offSpecAnswer('public');
    return new Problem('internal_error');
  }

  return (request, response) => {
    const roomName = usualRoomName(request);
    if (roomName !== undefined) void answer(request as Request, response as Response, roomName);
    return roomName !== undefined;
  };
}

/** The room's name, if it is valid and the request has neither a body nor a query. */
function usualRoomName(request: IncomingMessage): string | undefined {
  const encoded = request.method === 'POST' && !hasBody(request) && PATH.exec(request.url ?? '')?.[1];
  if (!encoded) return undefined;
  try {
    const name = normalName(decodeURIComponent(encoded));
    return validateRoomName(name) ? name : undefined;
  } catch {
    return undefined;
  }
}

/** Runs an Express middleware that uses nothing specific to Express. */
const passed = (check: RequestHandler, request: Request, response: Response): Promise<void> =>
  new Promise((resolve, reject) => {
    check(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(error as Error)));
  });
