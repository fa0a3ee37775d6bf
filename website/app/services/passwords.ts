// The rules for passwords, and hashing and verification with argon2id. Knows no user, no table and no request;
// hashing.ts bounds how many are hashed at once.
import commonPasswords from 'fxa-common-password-list';
import { invalid } from '../problems.ts';
import { type HashingPlace, takePlace } from './hashing.ts';

/** OWASP's minimum: argon2id (2), 19 MiB, two passes, one lane. A login renews a hash with other parameters. */
const ARGON2 = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const normalPassword = (password: string) => password.normalize('NFKC');

/** Returns the PHC string to store. Takes a place if none is given. Throws unavailable. */
export async function hashPassword(password: string, place?: HashingPlace): Promise<string> {
  using own = place ? undefined : takePlace();
  const result = await (place ?? own!).run({ do: 'hash', password: normalPassword(password), options: ARGON2 });
  if ('hashed' in result) return result.hashed;
  throw new Error(`argon2 cannot hash: ${JSON.stringify(result)}`);
}

/** A hash of no password, with the current parameters: verified if there is no account, to take the same time. */
const NOBODY = `$argon2id$v=19$m=${ARGON2.memoryCost},t=${ARGON2.timeCost},p=${ARGON2.parallelism}$bm9ib2R5LW5vYm9keQ$${'A'.repeat(43)}`;

/**
 * Whether the password fits a stored PHC string; undefined: there is no account. `weak`: the stored hash has other
 * parameters than the current ones. Takes a place if none is given. Throws unavailable.
 */
export async function verifyPassword(
  hashed: string | undefined,
  password: string,
  place?: HashingPlace,
): Promise<{ fits: boolean; weak: boolean }> {
  using own = place ? undefined : takePlace();
  const job = { do: 'verify', hashed: hashed ?? NOBODY, password: normalPassword(password) } as const;
  const result = await (place ?? own!).run(job);
  if (!('fits' in result)) throw new Error(`argon2 cannot verify: ${JSON.stringify(result)}`);
  return { fits: result.fits && hashed !== undefined, weak: hashed !== undefined && isWeaker(hashed) };
}

/** Throws invalid_request, pointing at `pointer`, for a common password or one of the user's own names. */
export function refuseCommonPassword(
  { email, username, password }: { email: string; username: string; password: string },
  pointer = '/body/password',
): void {
  const plain = normalPassword(password).toLowerCase();
  const names = [email, username, email.split('@')[0]].map((name) => name?.toLowerCase());
  if (names.includes(plain) || commonPasswords.test(password) || commonPasswords.test(plain)) {
    throw invalid(pointer, 'is one of the passwords that attackers try first: choose another');
  }
}

/** Whether a PHC string (`$argon2id$v=19$m=…,t=…,p=…$`) has other parameters than the current ones. */
const isWeaker = (hashed: string) =>
  !hashed.startsWith(`$argon2id$v=19$m=${ARGON2.memoryCost},t=${ARGON2.timeCost},p=${ARGON2.parallelism}$`);
