// Finds the session of a request by its bearer token or its cookie. A request with a bearer token ignores cookies.
import type { IncomingMessage } from 'node:http';
import type { FollowedClock } from '@parlance/service/followed_clock.ts';
import { Problem } from '@parlance/service/problem.ts';
import type { Request, RequestHandler } from 'express';
import type { Database } from './database.ts';
import { type ActiveSession, activeSession, cookieName, handleOfToken } from './sessions.ts';
import type { SigningKeys } from './signing_keys.ts';

declare global {
  namespace Express {
    interface Request {
      /** The session of the access token; absent without a valid token. */
      bearer?: ActiveSession;
    }
  }
}

/** Resolves a bearer token, or hands the request to the cookie's middleware. */
export function resolveViewer(
  db: Database,
  keys: SigningKeys,
  clock: FollowedClock,
  cookies: RequestHandler,
): RequestHandler {
  return (req, res, next) => {
    if (req.headers.authorization === undefined) return void cookies(req, res, next);
    const resolve = async () => {
      const handle = await bearerHandle(req, keys, clock);
      const session = handle === undefined ? undefined : await activeSession(db, handle);
      if (session) req.bearer = session;
    };
    resolve().then(() => next(), next);
  };
}

/** The handle of the session that a request's bearer token names; undefined without a valid token. */
export async function bearerHandle(
  { headers: { authorization = '' } }: IncomingMessage,
  keys: SigningKeys,
  clock: FollowedClock,
): Promise<string | undefined> {
  const token = /^Bearer ([A-Za-z0-9._-]+)$/i.exec(authorization)?.[1];
  return token === undefined ? undefined : handleOfToken(keys, token, clock.now());
}

export const cookieViewer = (request: Request): ActiveSession | undefined =>
  request.headers.authorization === undefined ? request.session?.active : undefined;

/**
 * The validator requires a session cookie in `req.cookies` before it checks whether the session is valid. Only
 * express-session parses the header: a second parser could read a crafted header differently.
 */
export const cookiesForValidator =
  (secure: boolean): RequestHandler =>
  (req, _res, next) => {
    req.cookies = cookieViewer(req) ? { [cookieName(secure)]: 'read by express-session' } : {};
    next();
  };

/** The session, for operations that require one by the contract. Throws not_authenticated. */
export function viewerOf(request: Request): ActiveSession {
  const viewer = request.bearer ?? cookieViewer(request);
  if (!viewer) throw new Problem('not_authenticated');
  return viewer;
}
