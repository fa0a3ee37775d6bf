// A user's own account over HTTP: password, sessions, deletion, password reset. Knows cookies and status codes. Never
// verifies a password (the services do) and never counts attempts (password_guard.ts does).
import { Problem } from '@parlance/service/problem.ts';
import type { operations } from '@parlance/specs/http.ts';
import type { Request, Response } from 'express';
import type { Handlers } from '../operations.ts';
import type { ResetMails } from '../reset_mails.ts';
import { changePassword, deleteAccount } from '../services/accounts.ts';
import type { HashingPlace } from '../services/hashing.ts';
import { resetPassword } from '../services/password_resets.ts';
import { endOtherSessions, endOwnSession, listSessions } from '../services/user_sessions.ts';
import { clearCookie } from '../sessions.ts';
import { viewerOf } from '../viewer.ts';
import type { SharedParts } from './auth.ts';

type AccountOperations = Pick<
  operations,
  | 'changePassword'
  | 'deleteAccount'
  | 'listSessions'
  | 'endSession'
  | 'endOtherSessions'
  | 'requestPasswordReset'
  | 'resetPassword'
>;

export interface AccountParts extends SharedParts {
  /** Absent: no mail is sent. */
  resetMails: ResetMails | undefined;
  /** Called when the messages of an account are to be erased. */
  erase: () => void;
}

export function account(parts: AccountParts): Handlers<AccountOperations> {
  const { db, limits, guard, browsers, address, fromAllowedOrigin, secure, resetMails } = parts;
  const forgetCookie = (request: Request, response: Response) => {
    if (request.headers.authorization === undefined) clearCookie(response, secure);
  };
  return {
    changePassword: async ({ request, response, body }) => {
      const viewer = viewerOf(request);
      const change = (place: HashingPlace) => changePassword(db, viewer, body, place);
      await guard.verify({ request, response }, viewer.user.email, change);
      return { status: 204 };
    },

    deleteAccount: async ({ request, response, body }) => {
      const { user } = viewerOf(request);
      const erase = body.messages === 'erase';
      const remove = (place: HashingPlace) => deleteAccount(db, user.id, { password: body.password, erase }, place);
      await guard.verify({ request, response }, user.email, remove);
      if (erase) parts.erase();
      forgetCookie(request, response);
      return { status: 202 };
    },

    listSessions: async ({ request }) => ({ status: 200, body: await listSessions(db, viewerOf(request)) }),

    endSession: async ({ request, response, path }) => {
      const { user, sid } = viewerOf(request);
      await endOwnSession(db, user.id, path.sessionId);
      if (path.sessionId === sid) forgetCookie(request, response);
      return { status: 204 };
    },

    endOtherSessions: async ({ request }) => {
      await endOtherSessions(db, viewerOf(request));
      return { status: 204 };
    },

    requestPasswordReset: async ({ request, response, body }) => {
      if (!resetMails) throw new Problem('mail_not_configured', MAIL_NOT_CONFIGURED);
      await limits.passwordReset(address(request));
      const take = resetMails.accept(body.email);
      if (response.closed) take();
      else response.once('close', take);
      return { status: 202 };
    },

    resetPassword: async ({ request, response, body }) => {
      using place = guard.place({ request, response });
      const email = await resetPassword(db, body, place);
      // A known browser has its own counter, so that earlier wrong passwords from it do not block the new one.
      if (!fromAllowedOrigin(request)) browsers.remember(request, response, email);
      return { status: 204 };
    },
  };
}

const MAIL_NOT_CONFIGURED = 'This server sends no mail. Ask its operator for a link that sets a new password.';
