// Deletes expired rows: the logs of deleted rooms in chunks, then the rooms; ended sessions; lifted bans; expired
// invitations, reset tokens and counters. Never deletes a row that a reader can still request.
import type { Log } from '@parlance/service/log.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { type DeleteResult, type Expression, sql } from 'kysely';
import { databaseNow } from './counters.ts';
import type { Database } from './database.ts';

const EVERY_MS = 15_000;
const CHUNK = 5_000;
/** How long ended rows are kept. Chat can request them for at least two token lifetimes (G6). */
export const KEPT_SECONDS = 10 * LIMITS.roomTokenSeconds;

const LOG_TABLES = ['reactions', 'room_events', 'messages'] as const;
/** Whether any of these tables has rows of room `r`: another replica may have emptied only some of them. */
const hasLog = sql<boolean>`(${sql.join(
  LOG_TABLES.map((table) => sql`exists (select from ${sql.table(table)} where room_id = r.id)`),
  sql` or `,
)})`;

/** Cleans up every 15 s until the returned function is called; that resolves when the last round has ended. */
export function startJanitor(db: Database, log: Log): () => Promise<void> {
  let stopped = false;
  let round = Promise.resolve();
  const timer = setInterval(() => {
    round = round.then(() => cleanUp(db, () => stopped)).catch((err) => log.warn({ err }, 'cleaning up failed'));
  }, EVERY_MS);
  timer.unref();
  return () => {
    stopped = true;
    clearInterval(timer);
    return round;
  };
}

/** Runs one round; several replicas may run it concurrently. Ends early once `stopped()` is true. */
export async function cleanUp(db: Database, stopped: () => boolean = () => false): Promise<void> {
  const long: Expression<Date> = sql`now() - make_interval(secs => ${KEPT_SECONDS})`;
  const rooms = await db
    .selectFrom('chat_rooms as r')
    .select('r.id')
    .where('r.deleted_at', 'is not', null)
    .where(hasLog)
    .execute();
  for (const { id } of rooms) await emptyRoom(db, id, stopped);
  if (stopped()) return;
  await db
    .deleteFrom('chat_rooms as r')
    .where('r.deleted_at', '<', long)
    .where(({ not }) => not(hasLog))
    .execute();
  await inChunks(stopped, () =>
    db
      .deleteFrom('sessions')
      .where('handle', 'in', (eb) =>
        eb
          .selectFrom('sessions')
          .select('handle')
          .where(({ or, eb }) => or([eb('ended_at', '<', long), eb('expires_at', '<', long)]))
          .limit(CHUNK)
          .forUpdate()
          .skipLocked(),
      )
      .executeTakeFirstOrThrow(),
  );
  await db.deleteFrom('bans').where('lifted_at', '<', long).execute();
  await db.deleteFrom('invitations').where('expires_at', '<', long).execute();
  await db.deleteFrom('password_resets').where('expires_at', '<', long).execute();
  await inChunks(stopped, () =>
    db
      .deleteFrom('rate_limits')
      .where('key', 'in', (eb) =>
        eb
          .selectFrom('rate_limits')
          .select('key')
          .where('expire', '<', databaseNow)
          .limit(CHUNK)
          .forUpdate()
          .skipLocked(),
      )
      .executeTakeFirstOrThrow(),
  );
}

async function emptyRoom(db: Database, roomId: string, stopped: () => boolean): Promise<void> {
  const ctid = sql<string>`ctid`;
  for (const table of LOG_TABLES) {
    const chunk = db.selectFrom(table).select(ctid.as('ctid')).where('room_id', '=', roomId).limit(CHUNK);
    await inChunks(stopped, () => db.deleteFrom(table).where(ctid, 'in', chunk).executeTakeFirstOrThrow());
  }
}

/** Repeats a deletion of at most CHUNK rows, which keeps transactions short, until no row is left or `stopped()`. */
async function inChunks(stopped: () => boolean, remove: () => Promise<DeleteResult>): Promise<void> {
  while (!stopped() && (await remove()).numDeletedRows > 0n);
}
