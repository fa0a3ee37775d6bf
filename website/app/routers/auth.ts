// Accounts over HTTP: registration, login, logout. Knows cookies and status codes; users.ts knows passwords.

import { Problem } from '@parlance/service/problem.ts';
import type { components, operations } from '@parlance/specs/http.ts';
import type { Request } from 'express';
import type { EmailFilter } from '../bloom.ts';
import type { Database } from '../database.ts';
import type { KnownBrowsers } from '../known_browsers.ts';
import type { Limits } from '../limits.ts';
import type { Handlers } from '../operations.ts';
import type { PasswordGuard, PasswordRequest } from '../password_guard.ts';
import { invalid } from '../problems.ts';
import { authenticate, registerUser, userOf } from '../services/users.ts';
import { type ActiveSession, clearCookie, createAccessToken, endSession } from '../sessions.ts';
import type { Registration } from '../settings.ts';
import type { SigningKeys } from '../signing_keys.ts';
import { viewerOf } from '../viewer.ts';

type AuthOperations = Pick<operations, 'registerUser' | 'logIn' | 'getSession' | 'logOut' | 'createAccessToken'>;

/** The parts that all operations on accounts need; account.ts has the other operations. */
export interface SharedParts {
  db: Database;
  limits: Limits;
  /** Counts wrong current passwords like those of a log-in, so that a stolen session does not allow guessing. */
  guard: PasswordGuard;
  browsers: KnownBrowsers;
  address: (request: Request) => string;
  /** Whether the request comes from a page of ALLOWED_ORIGINS: it may get tokens, and never a cookie. */
  fromAllowedOrigin: (request: Request) => boolean;
  /** Whether the website is behind TLS. */
  secure: boolean;
}

export interface AuthParts extends SharedParts {
  filter: EmailFilter;
  keys: SigningKeys;
  registration: Registration;
}

export function auth(parts: AuthParts): Handlers<AuthOperations> {
  const { db, filter, keys, limits, guard, browsers, address, fromAllowedOrigin, secure, registration } = parts;
  const logIn = (at: PasswordRequest, credentials: components['schemas']['Credentials']) =>
    guard.verify(at, credentials.email, (place) => authenticate(db, credentials, place));
  return {
    registerUser: async ({ request, response, body }) => {
      if (registration === 'closed') throw new Problem('registration_closed');
      using place = guard.place({ request, response });
      await limits.registration(address(request));
      const user = await registerUser(db, filter, body, registration === 'invited', place);
      return { status: 201, body: userOf(user) };
    },

    logIn: async ({ request, response, body }) => {
      if (fromAllowedOrigin(request)) throw new Problem('bad_origin', 'Use createAccessToken from another origin.');
      // express-session does not run for a request with a token, and a request with a token ignores the new cookie.
      if (!request.session) throw invalid('/headers/authorization', 'must be absent: a login by cookie ignores it');
      const { user, verified } = await logIn({ request, response }, body);
      browsers.remember(request, response, body.email);
      const { session } = request;
      await new Promise<void>((done, failed) => session.regenerate((error) => (error ? failed(error) : done())));
      request.session.verified = verified;
      await new Promise<void>((done, failed) =>
        request.session.save((error) => (error ? failed(error) : done())),
      ).catch((error) => {
        // Otherwise the middleware tries to save it again, after the answer.
        request.session.destroy(() => undefined);
        throw error;
      });
      delete request.session.verified; // stored: the middleware has nothing to save at the end of the response
      const expiresAt = request.session.cookie.expires as Date;
      return { status: 200, body: { user: userOf(user), expiresAt: expiresAt.toISOString() } };
    },

    createAccessToken: async ({ request, response, body }) => {
      const { verified } = await logIn({ request, response }, body);
      return { status: 201, body: await createAccessToken(db, keys, verified) };
    },

    getSession: async ({ request }) => ({ status: 200, body: sessionOf(viewerOf(request)) }),

    logOut: async ({ request, response }) => {
      await endSession(db, { sid: viewerOf(request).sid });
      if (request.headers.authorization === undefined) clearCookie(response, secure);
      return { status: 204 };
    },
  };
}

const sessionOf = ({ user, expiresAt }: ActiveSession) => ({ user: userOf(user), expiresAt: expiresAt.toISOString() });
