// Tokens that set a new password: created for an account, stored only as their SHA-256, valid once and for an
// hour. Never sends a link; reset_mails.ts and the operator's command do.
import { createHash, randomBytes } from 'node:crypto';
import { Problem } from '@parlance/service/problem.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { nameKey } from '@parlance/specs/names.ts';
import { type Expression, sql } from 'kysely';
import type { Database } from '../database.ts';
import { revokeAccess } from './accounts.ts';
import type { HashingPlace } from './hashing.ts';
import { hashPassword, refuseCommonPassword } from './passwords.ts';

export interface ResetLink {
  username: string;
  /** 256 bits in base64url. */
  token: string;
  /** The path of the page, to append to the site's origin. The token is in the fragment, which no server receives. */
  path: string;
}

const tokenHash = (token: string) => createHash('sha256').update(token).digest();
const now: Expression<Date> = sql`clock_timestamp()`;
const expiry: Expression<Date> = sql`clock_timestamp() + make_interval(secs => ${LIMITS.passwordResetSeconds})`;

/** Creates a link for the account with this email address or username, in any case. Undefined: no such account. */
export async function createResetLink(db: Database, who: string): Promise<ResetLink | undefined> {
  const account = await findAccount(db, who);
  return account && { username: account.username, ...(await createToken(db, account.id)) };
}

/** Finds an account that is not deleted by email address or username; no username has an `@`. */
export function findAccount(
  db: Database,
  who: string,
): Promise<{ id: string; username: string; email: string } | undefined> {
  const [column, key] = who.includes('@')
    ? (['email_key', nameKey(who)] as const)
    : (['username_key', who.toLowerCase()] as const);
  return db
    .selectFrom('users')
    .select(['id', 'username', 'email'])
    .where(column, '=', key)
    .where('email', 'is not', null)
    .$narrowType<{ email: string }>()
    .executeTakeFirst();
}

/** Creates a token for the account; earlier tokens stay valid. */
export async function createToken(db: Database, userId: string): Promise<Pick<ResetLink, 'token' | 'path'>> {
  const token = randomBytes(32).toString('base64url');
  const row = { token_hash: tokenHash(token), user_id: userId, expires_at: expiry };
  await db.insertInto('password_resets').values(row).execute();
  return { token, path: `/password-reset#${token}` };
}

/**
 * Sets a new password, ends every session and voids every other token, in one transaction. Throws invalid_token, or
 * invalid_request for a common password, which leaves the token valid. @returns the email address of the account.
 */
export async function resetPassword(
  db: Database,
  { token, password }: { token: string; password: string },
  place: HashingPlace,
): Promise<string> {
  const token_hash = tokenHash(token);
  const user = await db
    .selectFrom('password_resets as r')
    .innerJoin('users as u', 'u.id', 'r.user_id')
    .select(['u.id', 'u.username', 'u.email'])
    .where('r.token_hash', '=', token_hash)
    .where('r.expires_at', '>', now)
    .where('u.email', 'is not', null)
    .$narrowType<{ email: string }>()
    .executeTakeFirst();
  if (!user) throw usedUp();
  refuseCommonPassword({ username: user.username, email: user.email, password });
  const hashed_password = await hashPassword(password, place);
  await db.transaction().execute(async (tx) => {
    // Locks the user's row first, like changePassword and deleteAccount: no other transaction uses or voids the token.
    await tx.selectFrom('users').select('id').where('id', '=', user.id).forNoKeyUpdate().execute();
    const used = await tx
      .deleteFrom('password_resets')
      .where('token_hash', '=', token_hash)
      .where('expires_at', '>', now)
      .executeTakeFirstOrThrow();
    if (used.numDeletedRows === 0n) throw usedUp();
    await tx.updateTable('users').set({ hashed_password }).where('id', '=', user.id).execute();
    await revokeAccess(tx, user.id);
  });
  return user.email;
}

const usedUp = () =>
  new Problem('invalid_token', 'The link was used already, is older than an hour, or never existed.');
