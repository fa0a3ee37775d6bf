// Users: registration and log-in. Knows no session and no cookie; passwords.ts knows passwords.
import { Problem } from '@parlance/service/problem.ts';
import type { components } from '@parlance/specs/http.ts';
import { nameKey } from '@parlance/specs/names.ts';
import type { Selectable } from 'kysely';
import type { EmailFilter } from '../bloom.ts';
import { type Database, sqlState } from '../database.ts';
import type { Tables } from '../models.ts';
import type { HashingPlace } from './hashing.ts';
import { checkInvitation, useInvitation } from './invitations.ts';
import { hashPassword, refuseCommonPassword, verifyPassword } from './passwords.ts';

export interface User {
  id: string;
  username: string;
  email: string;
  createdAt: Date;
  isAdmin: boolean;
}

/** A verified password, as the hash that it fits. A session starts only while that hash is still stored. */
export interface Verified {
  userId: string;
  hashedPassword: string;
}

type NewUser = components['schemas']['NewUser'];
type Credentials = components['schemas']['Credentials'];

/**
 * Registers a user. Throws email_taken, username_taken, invalid_invitation, unavailable, or invalid_request for a
 * common password.
 * @param invitedOnly whether a valid invitation is needed
 * @param place for hashing the password; the caller takes it before any other work
 */
export async function registerUser(
  db: Database,
  filter: EmailFilter,
  user: NewUser,
  invitedOnly: boolean,
  place?: HashingPlace,
): Promise<User> {
  if (invitedOnly) await checkInvitation(db, user.invitation);
  refuseCommonPassword(user);
  const email_key = nameKey(user.email);
  if (filter.mayHave(email_key)) {
    const found = await db.selectFrom('users').select('id').where('email_key', '=', email_key).executeTakeFirst();
    if (found) throw new Problem('email_taken');
  }
  const hashed_password = await hashPassword(user.password, place);
  try {
    const row = await db.transaction().execute(async (tx) => {
      const made = await tx
        .insertInto('users')
        .values({ email: user.email, email_key, username: user.username, hashed_password })
        .returning(['id', 'username', 'email', 'created_at', 'is_admin'])
        .executeTakeFirstOrThrow();
      if (invitedOnly) await useInvitation(tx, user.invitation, made.id);
      return made;
    });
    filter.add(email_key);
    return userOfRow({ ...row, email: user.email });
  } catch (error) {
    if (sqlState(error) !== '23505') throw error;
    const { constraint } = error as { constraint?: string };
    throw new Problem(constraint === 'users_email_key_key' ? 'email_taken' : 'username_taken');
  }
}

/** Finds the user with these credentials; renews a weak hash. Throws invalid_credentials, suspended or unavailable. */
export async function authenticate(
  db: Database,
  { email, password }: Credentials,
  place?: HashingPlace,
): Promise<{ user: User; verified: Verified }> {
  const row = await db.selectFrom('users').selectAll().where('email_key', '=', nameKey(email)).executeTakeFirst();
  const stored = row?.hashed_password ?? undefined;
  const { fits, weak } = await verifyPassword(stored, password, place);
  if (row?.email == null || stored === undefined || !fits) throw new Problem('invalid_credentials');
  if (row.suspended_at) throw new Problem('suspended');
  const user = userOfRow({ ...row, email: row.email });
  const verified = { userId: row.id, hashedPassword: stored };
  if (weak && !(await renewHash(db, verified, password, place))) return authenticate(db, { email, password }, place);
  return { user, verified };
}

/** Renews only while the verified hash is stored, so that a concurrent change is kept. @returns whether it did. */
async function renewHash(
  db: Database,
  verified: Verified,
  password: string,
  place: HashingPlace | undefined,
): Promise<boolean> {
  const hashed_password = await hashPassword(password, place);
  const { numUpdatedRows } = await db
    .updateTable('users')
    .set({ hashed_password })
    .where('id', '=', verified.userId)
    .where('hashed_password', '=', verified.hashedPassword)
    .executeTakeFirstOrThrow();
  verified.hashedPassword = hashed_password;
  return numUpdatedRows > 0n;
}

type UserRow = Pick<Selectable<Tables['users']>, 'id' | 'username' | 'created_at' | 'is_admin'> & { email: string };

export const userOfRow = ({ id, username, email, created_at, is_admin }: UserRow): User => ({
  id,
  username,
  email,
  createdAt: created_at,
  isAdmin: is_admin,
});

/** A user as shown to this user. */
export const userOf = ({ id, username, email, createdAt, isAdmin }: User): components['schemas']['User'] => ({
  id,
  username,
  email,
  ...(isAdmin ? { administrator: true } : {}),
  createdAt: createdAt.toISOString(),
});
