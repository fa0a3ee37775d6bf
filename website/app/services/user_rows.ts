// Finds users by username. Knows no password.
import { Problem } from '@parlance/service/problem.ts';
import { nameKey } from '@parlance/specs/names.ts';
import type { Selectable } from 'kysely';
import type { Database } from '../database.ts';
import type { Tables } from '../models.ts';

export type UserRow = Pick<Selectable<Tables['users']>, 'id' | 'username' | 'is_admin' | 'suspended_at' | 'deleted_at'>;

/** A user by username in any case. Throws user_not_found. */
export async function getUserRow(db: Database, username: string): Promise<UserRow> {
  const row = await db
    .selectFrom('users')
    .select(['id', 'username', 'is_admin', 'suspended_at', 'deleted_at'])
    .where('username_key', '=', nameKey(username))
    .executeTakeFirst();
  if (!row) throw new Problem('user_not_found', `There is no user "${username}".`);
  return row;
}
