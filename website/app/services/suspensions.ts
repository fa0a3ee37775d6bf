// Suspends accounts and lifts suspensions. A suspension ends all sessions of the account; administrators are protected.
import { Problem } from '@parlance/service/problem.ts';
import { sql } from 'kysely';
import type { Database } from '../database.ts';
import { endSessions } from '../session_rows.ts';
import { getUserRow } from './user_rows.ts';

/** Suspends an account and ends its sessions. Throws user_not_found or protected_user. */
export async function suspendUser(db: Database, username: string): Promise<void> {
  const { id } = await getUserRow(db, username);
  await db.transaction().execute(async (tx) => {
    // A session that starts concurrently locks this row too: it is ended here, or its start finds the suspension.
    const user = await tx
      .selectFrom('users')
      .select(['is_admin', 'suspended_at'])
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirstOrThrow();
    if (user.is_admin) throw new Problem('protected_user', 'Administrators cannot be suspended.');
    if (user.suspended_at) return;
    await tx.updateTable('users').set({ suspended_at: sql<Date>`now()` }).where('id', '=', id).execute();
    await endSessions(tx, (sessions) => sessions.where('user_id', '=', id));
  });
}

/** Lifts the suspension of an account, if there is one. Throws user_not_found. */
export async function unsuspendUser(db: Database, username: string): Promise<void> {
  const { id } = await getUserRow(db, username);
  await db.updateTable('users').set({ suspended_at: null }).where('id', '=', id).execute();
}
