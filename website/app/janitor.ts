// Removes what nobody may see any more: the logs of deleted rooms in chunks, then the rooms; ended sessions; counters
// that ran out. Never anything a reader could still ask for.
import type { Log } from '@parlance/service/log.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { type Expression, sql } from 'kysely';
import type { Database } from './database.ts';

const EVERY_MS = 15_000;
const CHUNK = 5_000;
/** G6: chat may ask for what ended for at least twice a token's life. */
const KEPT_SECONDS = 10 * LIMITS.roomTokenSeconds;

/** Cleans up every 15 s until the returned function is called; it resolves when the last round is over. */
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

/** One round; several replicas may run it at once. Ends early once `stopped` says so. */
export async function cleanUp(db: Database, stopped: () => boolean = () => false): Promise<void> {
  const long: Expression<Date> = sql`now() - make_interval(secs => ${KEPT_SECONDS})`;
  const rooms = await db
    .selectFrom('chat_rooms as r')
    .select('r.id')
    .where('r.deleted_at', 'is not', null)
    .where(({ exists, selectFrom }) =>
      exists(selectFrom('messages as m').select('m.seq').whereRef('m.room_id', '=', 'r.id')),
    )
    .execute();
  for (const { id } of rooms) await emptyRoom(db, id, stopped);
  if (stopped()) return;
  await db
    .deleteFrom('chat_rooms as r')
    .where('r.deleted_at', '<', long)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('messages as m').select('m.seq').whereRef('m.room_id', '=', 'r.id'))),
    )
    .execute();
  await db
    .deleteFrom('sessions')
    .where((eb) => eb.or([eb('ended_at', '<', long), eb('expires_at', '<', long)]))
    .execute();
  await db.deleteFrom('rate_limits').where('expire', '<', Date.now()).execute();
}

/** Messages go last: a room that has none has nothing else. */
const LOG_TABLES = ['reactions', 'room_events', 'messages'] as const;

async function emptyRoom(db: Database, roomId: string, stopped: () => boolean): Promise<void> {
  const ctid = sql<string>`ctid`;
  for (const table of LOG_TABLES) {
    for (let removed = 1n; removed > 0n && !stopped(); ) {
      const chunk = db.selectFrom(table).select(ctid.as('ctid')).where('room_id', '=', roomId).limit(CHUNK);
      const result = await db.deleteFrom(table).where(ctid, 'in', chunk).executeTakeFirstOrThrow();
      removed = result.numDeletedRows;
    }
  }
}
