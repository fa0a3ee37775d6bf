// Mails with a link that sets a new password. Looks the account up only after the request was answered, so that neither
// the answer nor its time tells whether there is one. Sends nothing itself; mailer.ts does.
import type { Log } from '@parlance/service/log.ts';
import { Problem } from '@parlance/service/problem.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { Database } from './database.ts';
import { mayMail } from './limits.ts';
import type { Mailer } from './mailer.ts';
import { createToken, findAccount } from './services/password_resets.ts';

/** Requests whose account was not looked up yet. */
const WAITING_MAX = 1_000;

export interface ResetMailsParts {
  db: Database;
  mailer: Mailer;
  /** The site's origin, from the settings: never from a request. */
  origin: string;
  log: Log;
}

export class ResetMails {
  readonly #parts: ResetMailsParts;
  #waiting = 0;
  /** One account at a time. */
  #last: Promise<void> = Promise.resolve();

  constructor(parts: ResetMailsParts) {
    this.#parts = parts;
  }

  /** Reserves a place for a request. @returns takes up the request, once it is answered. Throws unavailable when too many wait. */
  accept(email: string): () => void {
    if (this.#waiting >= WAITING_MAX) throw new Problem('unavailable');
    this.#waiting += 1;
    return () => {
      this.#last = this.#last
        .then(() => this.#mail(email))
        .catch((err) => this.#parts.log.warn({ err }, 'a mail for a new password could not be made'))
        .finally(() => {
          this.#waiting -= 1;
        });
    };
  }

  /** Resolves when every request that was taken up has been handed to the mailer. */
  settled(): Promise<void> {
    return this.#last;
  }

  async #mail(email: string): Promise<void> {
    const { db, mailer, origin } = this.#parts;
    const account = await findAccount(db, email);
    if (!account || !(await mayMail(db, account.id))) return;
    const { path } = await createToken(db, account.id);
    mailer.send({
      to: account.email,
      subject: 'Set a new password for Parlance',
      text: text(account.username, origin, origin + path),
    });
  }
}

const text = (username: string, origin: string, link: string) => `Hello ${username},

somebody, probably you, asked for a new password for your account at ${origin}. Set it here:

${link}

The link works once, and for ${LIMITS.passwordResetSeconds / 60} minutes. If you did not ask for it, do nothing: your password stays as it is.
`;
