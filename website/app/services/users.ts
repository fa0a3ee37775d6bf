// Users and their passwords. Knows no session and no cookie.
import { hash, verify } from '@node-rs/argon2';
import { Problem } from '@parlance/service/problem.ts';
import type { components } from '@parlance/specs/http.ts';
import { nameKey } from '@parlance/specs/names.ts';
import commonPasswords from 'fxa-common-password-list';
import type { EmailFilter } from '../bloom.ts';
import { type Database, sqlState } from '../database.ts';
import { invalid } from '../problems.ts';

export interface User {
  id: string;
  username: string;
  email: string;
  createdAt: Date;
}

type NewUser = components['schemas']['NewUser'];
type Credentials = components['schemas']['Credentials'];

/** OWASP's minimum: argon2id (2), 19 MiB, two passes, one lane. A stored hash below it is renewed at login. */
const ARGON2 = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const normalPassword = (password: string) => password.normalize('NFKC');
const hashPassword = (password: string) => hash(normalPassword(password), ARGON2);

/** Compared where there is no such account, so that the answer takes as long. */
let nobody: Promise<string> | undefined;

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

function refuseCommonPassword({ email, username, password }: NewUser): void {
  const plain = normalPassword(password).toLowerCase();
  const names = [email, username, email.split('@')[0]].map((name) => name?.toLowerCase());
  if (names.includes(plain) || commonPasswords.test(password) || commonPasswords.test(plain)) {
    throw invalid('/body/password', 'is one of the passwords that are tried first: choose another');
  }
}

/** The user these credentials fit. Throws invalid_credentials. Renews a hash of weaker parameters. */
export async function authenticate(db: Database, { email, password }: Credentials): Promise<User> {
  const row = await db.selectFrom('users').selectAll().where('email_key', '=', nameKey(email)).executeTakeFirst();
  nobody ??= hashPassword('');
  const hashed = row?.hashed_password ?? (await nobody);
  const fits = await verify(hashed, normalPassword(password));
  if (!row || !fits) throw new Problem('invalid_credentials');
  if (isWeaker(hashed)) {
    const hashed_password = await hashPassword(password);
    await db.updateTable('users').set({ hashed_password }).where('id', '=', row.id).execute();
  }
  return { id: row.id, username: row.username, email: row.email, createdAt: row.created_at };
}

/** Whether a PHC string (`$argon2id$v=19$m=…,t=…,p=…$`) has other parameters than those of today. */
const isWeaker = (hashed: string) =>
  !hashed.startsWith(`$argon2id$v=19$m=${ARGON2.memoryCost},t=${ARGON2.timeCost},p=${ARGON2.parallelism}$`);

/** As the user himself sees it. */
export const userOf = ({ id, username, email, createdAt }: User): components['schemas']['User'] => ({
  id,
  username,
  email,
  createdAt: createdAt.toISOString(),
});
