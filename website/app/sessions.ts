// Sessions, for browsers with a cookie and for programs with an access token (JWT). Both refer to a row of `sessions`,
// and end with it. The row is written when the session begins and when it ends, never in between (session_rows.ts).
import { createHash } from 'node:crypto';
import { readJws, signJws } from '@parlance/service/jws.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import contract from '@parlance/specs/openapi.server.json' with { type: 'json' };
import type { RequestHandler, Response } from 'express';
import session, { type SessionData } from 'express-session';
import { type Database, fixedQuery } from './database.ts';
import { type User, userOfRow, type Verified } from './services/users.ts';
import { endSessions, startSession } from './session_rows.ts';
import type { SigningKeys } from './signing_keys.ts';

declare module 'express-session' {
  interface SessionData {
    /** The verified password that starts the session; absent once it has started. */
    verified?: Verified;
    /** The data of the row, set by the store for the duration of a request. */
    active: ActiveSession;
  }
}

export interface ActiveSession {
  /** The handle that tokens carry; never the cookie's value. */
  sid: string;
  expiresAt: Date;
  user: User;
}

/** Sessions that have not ended, each with its user. */
export const alive = (db: Database) =>
  db
    .selectFrom('sessions as s')
    .innerJoin('users as u', 'u.id', 's.user_id')
    .select(['s.handle', 's.expires_at', 'u.id', 'u.username', 'u.email', 'u.created_at', 'u.is_admin'])
    .where('s.ended_at', 'is', null)
    .where('s.expires_at', '>', ({ fn }) => fn<Date>('now'))
    // A deleted account has no email, and no sessions either.
    .where('u.email', 'is not', null)
    .$narrowType<{ email: string }>();

const aliveByHandle = fixedQuery((db) => alive(db).where('s.handle', '=', ''));
const aliveByCookie = fixedQuery((db) => alive(db).where('s.cookie_hash', '=', Buffer.alloc(0)));

type AliveRow = Awaited<ReturnType<ReturnType<typeof alive>['executeTakeFirstOrThrow']>>;

export const activeOf = (row: AliveRow): ActiveSession => ({
  sid: row.handle,
  expiresAt: row.expires_at,
  user: userOfRow(row),
});

const cookieHash = (cookie: string) => createHash('sha256').update(cookie).digest();
const expiry = () => new Date(Date.now() + LIMITS.sessionSeconds * 1_000);

/** express-session's store over the sessions table. It has no `touch`: a request does not write. */
class SessionStore extends session.Store {
  readonly #db: Database;

  constructor(db: Database) {
    super();
    this.#db = db;
  }

  override get(cookie: string, callback: (error: unknown, data?: SessionData | null) => void): void {
    const find = async () => {
      const [row] = await aliveByCookie(this.#db, cookieHash(cookie));
      if (!row) return null;
      const active = activeOf(row);
      const { expiresAt: expires } = active;
      return { cookie: { expires, originalMaxAge: null }, active } as unknown as SessionData;
    };
    find().then((data) => callback(null, data), callback);
  }

  override set(cookie: string, data: SessionData, callback: (error?: unknown) => void = () => undefined): void {
    const { verified, cookie: carrier } = data as Partial<SessionData>;
    // A session that has started is never written again: that would restore it after its row was deleted.
    if (!verified) return callback();
    const started = { cookieHash: cookieHash(cookie), expiresAt: carrier?.expires ?? expiry() };
    startSession(this.#db, verified, started).then(() => callback(), callback);
  }

  override destroy(cookie: string, callback: (error?: unknown) => void = () => undefined): void {
    endSession(this.#db, { cookie }).then(() => callback(), callback);
  }
}

/** Ends a session; see endSessions. Ending it again changes nothing. */
export const endSession = (db: Database, which: { sid: string } | { cookie: string }): Promise<void> =>
  db
    .transaction()
    .execute((tx) =>
      endSessions(tx, (query) =>
        'sid' in which
          ? query.where('handle', '=', which.sid)
          : query.where('cookie_hash', '=', cookieHash(which.cookie)),
      ),
    );

/** The middleware of the cookie. Behind TLS, its name has the prefix __Host- and it is Secure (RFC 6265bis). */
export function cookieSessions(db: Database, secret: string, secure: boolean): RequestHandler {
  return session({
    name: cookieName(secure),
    secret,
    store: new SessionStore(db),
    resave: false,
    saveUninitialized: false,
    rolling: false,
    proxy: secure,
    cookie: { ...attributes(secure), maxAge: LIMITS.sessionSeconds * 1_000 },
  });
}

const attributes = (secure: boolean) => ({ path: '/', httpOnly: true, sameSite: 'lax' as const, secure });

/** Clears the cookie with the attributes that set it: a browser ignores a __Host- cookie that is not Secure. */
export const clearCookie = (response: Response, secure: boolean): void =>
  void response.clearCookie(cookieName(secure), attributes(secure));

const NAME = contract.components.securitySchemes.session.name;

export const cookieName = (secure: boolean): string => (secure ? `__Host-${NAME}` : NAME);

const ACCESS = { iss: 'parlance', aud: 'parlance-api' };
const ACCESS_TYPE = 'at+jwt';

/** Starts a session for a program and signs its access token. Throws invalid_credentials or suspended. */
export async function createAccessToken(
  db: Database,
  keys: SigningKeys,
  verified: Verified,
): Promise<{ accessToken: string; expiresAt: string }> {
  const expiresAt = expiry();
  const sid = await startSession(db, verified, { cookieHash: null, expiresAt });
  const key = await keys.signing('access');
  const seconds = (date: Date) => Math.floor(date.getTime() / 1_000);
  const claims = { sub: verified.userId, sid, iat: seconds(new Date()), exp: seconds(expiresAt), ...ACCESS };
  const accessToken = signJws({ alg: 'ES256', typ: ACCESS_TYPE, kid: key.kid }, claims, key.privateKey);
  return { accessToken, expiresAt: expiresAt.toISOString() };
}

/**
 * The handle of the session that an access token names; undefined when the token is not valid at `now`, the time of the
 * database in ms since 1970. The session may have ended.
 */
export async function handleOfToken(keys: SigningKeys, token: string, now: number): Promise<string | undefined> {
  const jws = readJws(token);
  const { alg, typ, kid, crit } = (jws?.header ?? {}) as Record<string, unknown>;
  // `crit` names extensions that a reader must understand; there are none here (RFC 7515, 4.1.11).
  if (!jws || alg !== 'ES256' || typ !== ACCESS_TYPE || typeof kid !== 'string' || crit !== undefined) return undefined;
  const key = await keys.verifying('access', kid);
  const { iss, aud, sid, exp } = ((key && jws.payload(key.publicKey)) ?? {}) as Record<string, unknown>;
  if (iss !== ACCESS.iss || aud !== ACCESS.aud || typeof exp !== 'number' || now >= exp * 1_000) return undefined;
  return String(sid);
}

/** The session with that handle; undefined when it has ended. */
export async function activeSession(db: Database, handle: string): Promise<ActiveSession | undefined> {
  const [row] = await aliveByHandle(db, handle);
  return row && activeOf(row);
}
