// Users: registration and log-in. Knows no session and no cookie; passwords.ts knows passwords.
import { Problem } from '@parlance/service/problem.ts';
import type { components } from '@parlance/specs/http.ts';
import { nameKey } from '@parlance/specs/names.ts';
import type { EmailFilter } from '../bloom.ts';
import { type Database, sqlState } from '../database.ts';
import { hashPassword, refuseCommonPassword, verifyPassword } from './passwords.ts';

export interface User {
  id: string;
  username: string;
  email: string;
  createdAt: Date;
}

type NewUser = components['schemas']['NewUser'];
type Credentials = components['schemas']['Credentials'];

/** Registers. Throws email_taken, username_taken, or invalid_request for a password everybody tries first. */
export async function registerUser(db: Database, filter: EmailFilter, user: NewUser): Promise<User> {
  refuseCommonPassword(user);
  const email_key = nameKey(user.email);
  if (filter.mayHave(email_key)) {
    const found = await db.selectFrom('users').select('id').where('email_key', '=', email_key).executeTakeFirst();
    if (found) throw new Problem('email_taken');
  }
  const hashed_password = await hashPassword(user.password);
  try {
    const row = await db
      .insertInto('users')
      .values({ email: user.email, email_key, username: user.username, hashed_password })
      .returning(['id', 'username', 'email', 'created_at as createdAt'])
      .executeTakeFirstOrThrow();
    // Not waited for, and no harm if it fails: the constraint remains the judge.
    if (filter.add(email_key)) filter.build().catch(() => undefined);
    return row;
  } catch (error) {
    if (sqlState(error) !== '23505') throw error;
    const { constraint } = error as { constraint?: string };
    throw new Problem(constraint === 'users_email_key_key' ? 'email_taken' : 'username_taken');
  }
}

/** The user whom these credentials fit. Throws invalid_credentials. Renews a hash with weaker parameters. */
export async function authenticate(db: Database, { email, password }: Credentials): Promise<User> {
  const row = await db.selectFrom('users').selectAll().where('email_key', '=', nameKey(email)).executeTakeFirst();
  const { fits, weak } = await verifyPassword(row?.hashed_password, password);
  if (!row || !fits) throw new Problem('invalid_credentials');
  if (weak) {
    const hashed_password = await hashPassword(password);
    await db.updateTable('users').set({ hashed_password }).where('id', '=', row.id).execute();
  }
  return { id: row.id, username: row.username, email: row.email, createdAt: row.created_at };
}

/** As the user himself sees it. */
export const userOf = ({ id, username, email, createdAt }: User): components['schemas']['User'] => ({
  id,
  username,
  email,
  createdAt: createdAt.toISOString(),
});
