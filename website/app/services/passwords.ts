// Passwords: which are allowed, how they are hashed and verified (argon2id). Knows no user, no table and no request.
import { hash, verify } from '@node-rs/argon2';
import commonPasswords from 'fxa-common-password-list';
import { invalid } from '../problems.ts';

/** OWASP's minimum: argon2id (2), 19 MiB, two passes, one lane. A stored hash below it is renewed at login. */
const ARGON2 = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const normalPassword = (password: string) => password.normalize('NFKC');

/** The PHC string to store. */
export const hashPassword = (password: string): Promise<string> => hash(normalPassword(password), ARGON2);

/** Verified if there is no account, so that the answer takes the same time. */
let nobody: Promise<string> | undefined;

/**
 * Whether the password fits a stored PHC string; undefined: there is no account. `weak`: the stored hash has weaker
 * parameters than today's.
 */
export async function verifyPassword(
  hashed: string | undefined,
  password: string,
): Promise<{ fits: boolean; weak: boolean }> {
  nobody ??= hashPassword('');
  const fits = await verify(hashed ?? (await nobody), normalPassword(password));
  return { fits: fits && hashed !== undefined, weak: hashed !== undefined && isWeaker(hashed) };
}

/** Throws invalid_request, pointing at `pointer`, for a password that attackers try first. */
export function refuseCommonPassword(
  { email, username, password }: { email: string; username: string; password: string },
  pointer = '/body/password',
): void {
  const plain = normalPassword(password).toLowerCase();
  const names = [email, username, email.split('@')[0]].map((name) => name?.toLowerCase());
  if (names.includes(plain) || commonPasswords.test(password) || commonPasswords.test(plain)) {
    throw invalid(pointer, 'is one of the passwords that are tried first: choose another');
  }
}

/** Whether a PHC string (`$argon2id$v=19$m=…,t=…,p=…$`) has other parameters than those of today. */
const isWeaker = (hashed: string) =>
  !hashed.startsWith(`$argon2id$v=19$m=${ARGON2.memoryCost},t=${ARGON2.timeCost},p=${ARGON2.parallelism}$`);
