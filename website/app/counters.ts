// Rate limit counters in the database: they survive a restart and are shared by replicas. One statement raises all
// counters of an attempt, so that it costs one commit, and parallel attempts pass no more often than sequential ones.
// Knows no limit by name. (rate-limiter-flexible, which this replaces, counts one key per commit, also counts refused
// attempts, and cannot give an attempt back to the window in which it was counted.)
import { createHash } from 'node:crypto';
import { siteOf } from '@parlance/service/networks.ts';
import { Problem } from '@parlance/service/problem.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { sql } from 'kysely';
import type { Database } from './database.ts';

export interface Bound {
  key: string;
  /** The length of the window, which begins with the first event. */
  seconds: number;
  /** Until when (ms since 1970) an event is refused, by the counts that include it; undefined: it is allowed. */
  refusedUntil(own: Count, counts: ReadonlyMap<string, Count>): number | undefined;
}

/** At most `max` events in a window. */
export const atMost = (max: number, key: string, seconds: number): Bound => ({
  key,
  seconds,
  refusedUntil: ({ events, ends }) => (events > max ? ends : undefined),
});

/** At most `max` events of an address in a window, and `networkShare` times as many of an IPv6 /48. */
export function perAddress(max: number, name: string, address: string, seconds: number): Bound[] {
  const network = siteOf(address);
  const bounds = [atMost(max, counterKey(name, address), seconds)];
  if (network !== address) bounds.push(atMost(max * LIMITS.networkShare, counterKey(name, network), seconds));
  return bounds;
}

export interface Count {
  events: number;
  /** When the window ends, in ms since 1970. */
  ends: number;
}

/** A hashed key: the table stores neither email addresses nor client addresses. */
export const counterKey = (name: string, ...of: string[]): string =>
  `${name}:${createHash('sha256').update(JSON.stringify(of)).digest('base64url')}`;

/** The database's clock, in ms since 1970: a replica with a wrong clock does not change the windows of the others. */
export const databaseNow = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`;

/**
 * Counts an event in all counters. If one of them is full, counts it in none and throws too_many_requests with the time
 * until all have capacity again. Reads the counters first: a refusal writes nothing, so that many refusals are cheap.
 * @returns a function that takes the event out of the counters again
 */
export async function count(db: Database, bounds: readonly Bound[]): Promise<() => Promise<void>> {
  const { now, counts: after } = await countsAfter(db, bounds);
  refuseFull(bounds, after, now);
  const rows = bounds.map(({ key, seconds }) => ({ key, points: 1, expire: now + seconds * 1_000 }));
  const isOver = sql<boolean>`rate_limits.expire <= ${now}`;
  const counted = await db
    .insertInto('rate_limits')
    // Sorted, so that concurrent attempts lock the rows in the same order.
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
  try {
    refuseFull(bounds, counts, now);
  } catch (refused) {
    await giveBack();
    throw refused;
  }
  return giveBack;
}

/** What the counters would be after one more event. */
async function countsAfter(
  db: Database,
  bounds: readonly Bound[],
): Promise<{ now: number; counts: Map<string, Count> }> {
  // Returns at least one row, which has the time.
  const { rows } = await sql<{ now: number; key: string | null; points: number; expire: number }>`
    select t.now, r.key, r.points, r.expire from (select ${databaseNow} as now) t
    left join rate_limits r on r.key = any(${bounds.map(({ key }) => key)}::text[]) and r.expire > t.now`.execute(db);
  const { now } = rows[0]!;
  const known = new Map(rows.map(({ key, points, expire }) => [key, { events: points + 1, ends: expire }]));
  const counts = new Map(
    bounds.map(({ key, seconds }) => [key, known.get(key) ?? { events: 1, ends: now + seconds * 1_000 }]),
  );
  return { now, counts };
}

/** Throws too_many_requests. */
function refuseFull(bounds: readonly Bound[], counts: ReadonlyMap<string, Count>, now: number): void {
  const until = Math.max(0, ...bounds.map((bound) => bound.refusedUntil(counts.get(bound.key)!, counts) ?? 0));
  if (until > 0) throw new Problem('too_many_requests', undefined, { retryAfter: (until - now) / 1_000 });
}

/** Takes an event out of the windows in which it was counted. Deletes a counter that falls to 0. */
async function uncount(db: Database, counts: ReadonlyMap<string, Count>): Promise<void> {
  const counted = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  await sql`
    with counted as materialized (
      select r.key, r.points from unnest(
        ${counted.map(([key]) => key)}::text[], ${counted.map(([, { ends }]) => ends)}::bigint[]
      ) with ordinality as c(key, ends, k)
      cross join lateral (
        select key, points from rate_limits where key = c.key and expire = c.ends for update) r
      order by c.k
    ), gone as (
      delete from rate_limits where key in (select key from counted where points <= 1)
    )
    update rate_limits set points = rate_limits.points - 1 from counted
    where rate_limits.key = counted.key and counted.points > 1`.execute(db);
}

/** Remembers `key` for `seconds` from now. */
export async function remember(db: Database, key: string, seconds: number): Promise<void> {
  await db
    .insertInto('rate_limits')
    .values({ key, points: 0, expire: sql<number>`${databaseNow} + ${seconds * 1_000}::bigint` })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ expire: (eb) => eb.ref('excluded.expire') }))
    .execute();
}

export async function isRemembered(db: Database, key: string): Promise<boolean> {
  const row = await db
    .selectFrom('rate_limits')
    .select('key')
    .where('key', '=', key)
    .where('expire', '>', databaseNow)
    .executeTakeFirst();
  return row !== undefined;
}
