// Invitations to register: created by the operator, each valid once. Only the SHA-256 of an invitation is stored.
import { createHash, randomBytes } from 'node:crypto';
import { Problem } from '@parlance/service/problem.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { sql } from 'kysely';
import type { Database } from '../database.ts';

const hashOf = (invitation: string) => createHash('sha256').update(invitation).digest();

/** Creates an invitation; its text is returned only here. */
export async function createInvitation(db: Database): Promise<{ invitation: string; expiresAt: Date }> {
  const invitation = randomBytes(32).toString('base64url');
  const { expires_at } = await db
    .insertInto('invitations')
    .values({
      token_hash: hashOf(invitation),
      expires_at: sql<Date>`now() + make_interval(secs => ${LIMITS.invitationSeconds})`,
    })
    .returning('expires_at')
    .executeTakeFirstOrThrow();
  return { invitation, expiresAt: expires_at };
}

/** An early check, before a password is hashed; useInvitation makes the final check. Throws invalid_invitation. */
export async function checkInvitation(db: Database, invitation: string | undefined): Promise<void> {
  const valid =
    invitation !== undefined &&
    (await db
      .selectFrom('invitations')
      .select('token_hash')
      .where('token_hash', '=', hashOf(invitation))
      .where('used_at', 'is', null)
      .where('expires_at', '>', sql<Date>`now()`)
      .executeTakeFirst());
  if (!valid) throw new Problem('invalid_invitation');
}

/** Uses the invitation for this new user, in the transaction that creates the user. Throws invalid_invitation. */
export async function useInvitation(tx: Database, invitation: string | undefined, userId: string): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('invitations')
    .set({ used_at: sql<Date>`now()`, used_by: userId })
    .where('token_hash', '=', hashOf(invitation ?? ''))
    .where('used_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw new Problem('invalid_invitation');
}
