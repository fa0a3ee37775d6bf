// Password reset mails. Looks the account up only after the request was answered, so that neither the answer nor its
// timing reveals whether the account exists. Never sends a mail itself; mailer.ts does.
import type { Log } from '@parlance/service/log.ts';
import { Problem } from '@parlance/service/problem.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { Database } from './database.ts';
import { mayMail } from './limits.ts';
import type { Mailer } from './mailer.ts';
import { createToken, findAccount } from './services/password_resets.ts';

/** Maximum requests whose account was not looked up yet. */
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

  /** Reserves a place for a request, or throws unavailable. @returns a function to call after the answer was sent. */
  accept(email: string): () => void {
    if (this.#waiting >= WAITING_MAX) throw new Problem('unavailable');
    this.#waiting += 1;
    return () => {
      this.#last = this.#last
        .then(() => this.#mail(email))
        .catch((err) => this.#parts.log.warn({ err }, 'a password reset mail could not be created'))
        .finally(() => {
          this.#waiting -= 1;
        });
    };
  }

  /** Resolves when every answered request was processed and its mail, if any, given to the mailer. */
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

someone, probably you, requested a new password for your account at ${origin}. Set it here:

${link}

The link works once, within ${LIMITS.passwordResetSeconds / 60} minutes. If you did not request it, ignore this mail: your password stays the same.
`;
