// Lists and ends the sessions of a user, for this user. Never starts one.
import { Problem } from '@parlance/service/problem.ts';
import type { components } from '@parlance/specs/http.ts';
import type { Database } from '../database.ts';
import { aliveSessions, endSessions } from '../session_rows.ts';
import type { ActiveSession } from '../sessions.ts';

/** The sessions that have not ended, newest first; startSession bounds their number. */
export async function listSessions(
  db: Database,
  { user, sid }: ActiveSession,
): Promise<components['schemas']['SessionList']> {
  const query = db.selectFrom('sessions').select(['handle', 'created_at', 'expires_at']);
  const rows = await aliveSessions(query, user.id)
    .select(({ eb }) => eb('cookie_hash', 'is', null).as('isToken'))
    .orderBy('created_at', 'desc')
    .orderBy('handle')
    .execute();
  return {
    sessions: rows.map(({ handle, created_at, expires_at, isToken }) => ({
      id: handle,
      kind: isToken ? 'token' : 'cookie',
      createdAt: created_at.toISOString(),
      expiresAt: expires_at.toISOString(),
      current: handle === sid,
    })),
  };
}

/**
 * Ends one session of the user. Ending an ended one changes nothing. Throws session_not_found, also for an ended session
 * that the janitor has removed.
 */
export async function endOwnSession(db: Database, userId: string, sessionId: string): Promise<void> {
  const row = await db
    .selectFrom('sessions')
    .select('handle')
    .where('handle', '=', sessionId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  if (!row) throw new Problem('session_not_found');
  await db.transaction().execute((tx) => endSessions(tx, (query) => query.where('handle', '=', sessionId)));
}

/** Ends every session of the user but this one. */
export const endOtherSessions = (db: Database, { user, sid }: ActiveSession): Promise<void> =>
  db
    .transaction()
    .execute((tx) => endSessions(tx, (query) => query.where('user_id', '=', user.id).where('handle', '!=', sid)));
