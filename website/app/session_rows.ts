// The rows of `sessions`: the only code that inserts them and the only code that marks them as ended. Knows no cookie
// and no token; sessions.ts does.
import { Problem } from '@parlance/service/problem.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { type SelectQueryBuilder, sql, type Transaction } from 'kysely';
import { announce } from './changes.ts';
import type { Database } from './database.ts';
import type { Tables } from './models.ts';
import type { Verified } from './services/users.ts';

type Sessions = SelectQueryBuilder<Tables, 'sessions', { handle: string }>;

/**
 * Starts a session of the user whose password was verified; undefined: the cookie has a session already. Locks the
 * user's row and reads it again: a concurrent password change, reset or account deletion either sees this session and
 * ends it, or has committed before, and then the verified hash is no longer stored. Ends the oldest sessions beyond the
 * limit. Throws invalid_credentials, or suspended: the same lock excludes a suspension.
 */
export const startSession = (
  db: Database,
  { userId, hashedPassword }: Verified,
  { cookieHash, expiresAt }: { cookieHash: Buffer | null; expiresAt: Date },
): Promise<string | undefined> =>
  db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ handle: string | null; suspended: boolean }>`
      with person as materialized (
        select id, suspended_at is not null as suspended from users where id = ${userId} and hashed_password = ${hashedPassword} for no key update
      ), started as (
        insert into sessions (user_id, cookie_hash, expires_at)
        select id, ${cookieHash}::bytea, ${expiresAt}::timestamptz from person where not suspended
        on conflict (cookie_hash) do nothing returning handle
      )
      select s.handle, suspended from person left join started s on true`.execute(tx);
    const [row] = rows;
    if (!row) throw new Problem('invalid_credentials');
    if (row.suspended) throw new Problem('suspended');
    if (row.handle !== null) await endOldest(tx, userId, row.handle);
    return row.handle ?? undefined;
  });

async function endOldest(tx: Transaction<Tables>, userId: string, newest: string): Promise<void> {
  const others = aliveSessions(tx.selectFrom('sessions').select('handle'), userId).where('handle', '!=', newest);
  const oldest = await others
    .orderBy('created_at', 'desc')
    .orderBy('handle')
    .offset(LIMITS.sessionsPerUser - 1)
    .execute();
  const handles = oldest.map(({ handle }) => handle);
  if (handles.length > 0) await endSessions(tx, (q) => q.where('handle', 'in', handles));
}

/** Narrows a query of `sessions` to those of the user that have not ended. */
export const aliveSessions = <O>(query: SelectQueryBuilder<Tables, 'sessions', O>, userId: string) =>
  query
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', ({ fn }) => fn<Date>('now'));

/** Marks the sessions that `which` selects as ended and notifies chat, which closes their sockets. Skips ended ones. */
export async function endSessions(tx: Transaction<Tables>, which: (query: Sessions) => Sessions): Promise<void> {
  // Locks the rows first, in the same order as append.ts: messages that are being stored come before the end of their
  // session, also by their timestamps.
  const query = tx.selectFrom('sessions').select('handle').where('ended_at', 'is', null);
  const rows = await which(query).orderBy('handle').forUpdate().execute();
  const handles = rows.map(({ handle }) => handle);
  if (handles.length === 0) return;
  await tx
    .updateTable('sessions')
    .set(({ fn }) => ({ ended_at: fn<Date>('clock_timestamp') }))
    .where('handle', 'in', handles)
    .execute();
  await announce(tx, ...handles.map((sid) => ({ kind: 'ended' as const, sid })));
}
