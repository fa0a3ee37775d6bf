// Counters in the database: they survive a restart and are shared by replicas. Several are counted together in one
// statement, so that one attempt costs one commit, and of attempts at once no more pass than one after the other. Knows no
// limit by name. (rate-limiter-flexible, which this replaces, counts one key in a commit, keeps what it refuses in the
// count, and cannot give back to the window in which something was counted.)
import { createHash } from 'node:crypto';
import { Problem } from '@parlance/service/problem.ts';
import { sql } from 'kysely';
import type { Database } from './database.ts';

export interface Bound {
  key: string;
  /** The window; it begins with the first event. */
  seconds: number;
  /** Until when (ms since 1970) the event is refused by the counts that it made; undefined: it is allowed. */
  refusedUntil(own: Count, counts: ReadonlyMap<string, Count>): number | undefined;
}

/** At most `max` events in a window. */
export const atMost = (max: number, key: string, seconds: number): Bound => ({
  key,
  seconds,
  refusedUntil: ({ events, ends }) => (events > max ? ends : undefined),
});

export interface Count {
  events: number;
  /** When the window ends, in ms since 1970. */
  ends: number;
}

/** A key that names nobody: the table keeps neither email addresses nor addresses of clients. */
export const counterKey = (name: string, ...of: string[]): string =>
  `${name}:${createHash('sha256').update(JSON.stringify(of)).digest('base64url')}`;

/**
 * Counts an event in all counters, or, where one is full, in none: then throws too_many_requests with the time until all
 * have room again.
 * @returns gives the event back, as if it had not been
 */
export async function count(db: Database, bounds: readonly Bound[], now = Date.now()): Promise<() => Promise<void>> {
  const rows = bounds.map(({ key, seconds }) => ({ key, points: 1, expire: now + seconds * 1_000 }));
  const isOver = sql<boolean>`rate_limits.expire <= ${now}`;
  const counted = await db
    .insertInto('rate_limits')
    // Sorted, so that two attempts lock the rows in one order.
    .values(rows.toSorted((a, b) => (a.key < b.key ? -1 : 1)))
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet({
        points: sql`case when ${isOver} then 1 else rate_limits.points + 1 end`,
        expire: sql`case when ${isOver} then excluded.expire else rate_limits.expire end`,
      }),
    )
    .returning(['key', 'points', 'expire'])
    .execute();
  const counts = new Map(counted.map(({ key, points, expire }) => [key, { events: points, ends: expire ?? now }]));
  const giveBack = () => uncount(db, counts);
  const until = Math.max(0, ...bounds.map((bound) => bound.refusedUntil(counts.get(bound.key)!, counts) ?? 0));
  if (until === 0) return giveBack;
  await giveBack();
  throw new Problem('too_many_requests', undefined, { retryAfter: (until - now) / 1_000 });
}

/** Only in the windows in which it was counted. */
async function uncount(db: Database, counts: ReadonlyMap<string, Count>): Promise<void> {
  const keys = [...counts.keys()].toSorted();
  await db
    .with('mine', (query) =>
      query.selectFrom('rate_limits').select(['key', 'expire']).where('key', 'in', keys).orderBy('key').forUpdate(),
    )
    .updateTable('rate_limits')
    .from('mine')
    .set({ points: sql`rate_limits.points - 1` })
    .whereRef('rate_limits.key', '=', 'mine.key')
    .where(({ or, and, eb }) =>
      or([...counts].map(([key, { ends }]) => and([eb('mine.key', '=', key), eb('mine.expire', '=', ends)]))),
    )
    .execute();
}

/** Remembers `key` for so many seconds from now. */
export async function remember(db: Database, key: string, seconds: number): Promise<void> {
  const row = { key, points: 0, expire: Date.now() + seconds * 1_000 };
  await db
    .insertInto('rate_limits')
    .values(row)
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ expire: row.expire }))
    .execute();
}

export async function isRemembered(db: Database, key: string): Promise<boolean> {
  const row = await db
    .selectFrom('rate_limits')
    .select('key')
    .where('key', '=', key)
    .where('expire', '>', Date.now())
    .executeTakeFirst();
  return row !== undefined;
}
