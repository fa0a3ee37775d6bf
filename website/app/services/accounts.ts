// Changes of a user's own account: the password, and the deletion of the account. Each verifies the current password,
// and changes nothing if that was replaced meanwhile. Knows no request and counts no attempt.
import { Problem } from '@parlance/service/problem.ts';
import { sql, type Transaction } from 'kysely';
import type { Database } from '../database.ts';
import type { Tables } from '../models.ts';
import { endSessions } from '../session_rows.ts';
import type { ActiveSession } from '../sessions.ts';
import type { HashingPlace } from './hashing.ts';
import { hashPassword, refuseCommonPassword, verifyPassword } from './passwords.ts';
import type { Verified } from './users.ts';

/**
 * Replaces the password, ends every other session and voids every reset token, in one transaction. Throws
 * invalid_credentials, or invalid_request for a new password that is too common.
 */
export async function changePassword(
  db: Database,
  { user, sid }: ActiveSession,
  { currentPassword, newPassword }: { currentPassword: string; newPassword: string },
  place: HashingPlace,
): Promise<void> {
  const verified = await verifyCurrent(db, user.id, currentPassword, place);
  refuseCommonPassword({ ...user, password: newPassword }, '/body/newPassword');
  const hashed_password = await hashPassword(newPassword, place);
  await db.transaction().execute(async (tx) => {
    await updateVerified(tx, verified, { hashed_password });
    await revokeAccess(tx, user.id, sid);
  });
}

/**
 * Deletes email address and password, ends every session and voids every reset token, in one transaction. With `erase`,
 * erasure.ts deletes the messages afterwards. Throws invalid_credentials.
 */
export async function deleteAccount(
  db: Database,
  userId: string,
  { password, erase }: { password: string; erase: boolean },
  place: HashingPlace,
): Promise<void> {
  const verified = await verifyCurrent(db, userId, password, place);
  const deleted = { email: null, email_key: null, hashed_password: null, deleted_at: sql<Date>`clock_timestamp()` };
  await db.transaction().execute(async (tx) => {
    await updateVerified(tx, verified, deleted);
    await revokeAccess(tx, userId);
    if (erase) await tx.insertInto('erasures').values({ user_id: userId, seq: null }).execute();
  });
}

/** Ends the user's sessions, all but `except`, and voids every reset token. The caller has locked the user's row. */
export async function revokeAccess(tx: Transaction<Tables>, userId: string, except?: string): Promise<void> {
  await tx.deleteFrom('password_resets').where('user_id', '=', userId).execute();
  await endSessions(tx, (query) => {
    const all = query.where('user_id', '=', userId);
    return except === undefined ? all : all.where('handle', '!=', except);
  });
}

async function verifyCurrent(db: Database, userId: string, password: string, place: HashingPlace): Promise<Verified> {
  const row = await db.selectFrom('users').select('hashed_password').where('id', '=', userId).executeTakeFirst();
  const hashedPassword = row?.hashed_password ?? undefined;
  const { fits } = await verifyPassword(hashedPassword, password, place);
  if (hashedPassword === undefined || !fits) throw wrongPassword();
  return { userId, hashedPassword };
}

type Replaced = Partial<Record<'email' | 'email_key' | 'hashed_password', string | null>> & {
  deleted_at?: ReturnType<typeof sql<Date>>;
};

/** Updates the user's row, which locks it, only if the verified password is still the stored one. */
async function updateVerified(tx: Transaction<Tables>, verified: Verified, columns: Replaced): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('users')
    .set(columns)
    .where('id', '=', verified.userId)
    .where('hashed_password', '=', verified.hashedPassword)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw wrongPassword();
}

const wrongPassword = () => new Problem('invalid_credentials', 'The password is not the one of this account.');
