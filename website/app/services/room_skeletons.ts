// Adds the missing name skeletons to rooms of earlier releases when the website starts. Creates and deletes no room.
import { sql } from 'kysely';
import { type Database, sqlState } from '../database.ts';
import { nameSkeletons } from '../name_skeletons.ts';

const COLUMNS = ['name_skeleton', 'key_skeleton'] as const;
type Column = (typeof COLUMNS)[number];

const PAGE = 500;

/**
 * Processes rooms from the oldest to the newest: of rooms whose names look the same, the oldest gets the skeleton and
 * the others none. If that room is deleted, another one gets it at a later start. Safe with several replicas.
 */
export async function fillNameSkeletons(db: Database): Promise<void> {
  let last: string | undefined;
  do {
    // The ids ascend with the creation of the rooms (UUID version 7).
    const rooms = await db
      .selectFrom('chat_rooms')
      .select(['id', 'name', 'name_skeleton', 'key_skeleton'])
      .where(({ eb, or }) => or([eb('name_skeleton', 'is', null), eb('key_skeleton', 'is', null)]))
      .where('deleted_at', 'is', null)
      .$if(last !== undefined, (q) => q.where('id', '>', last!))
      .orderBy('id')
      .limit(PAGE)
      .execute();
    for (const column of COLUMNS) {
      const without = rooms.filter((room) => room[column] === null);
      if (without.length > 0) await fill(db, column, without);
    }
    last = rooms.length === PAGE ? rooms.at(-1)!.id : undefined;
  } while (last !== undefined);
}

async function fill(db: Database, column: Column, rooms: { id: string; name: string }[]): Promise<void> {
  const oldest = new Map<string, string>();
  for (const { id, name } of rooms) {
    const skeleton = nameSkeletons(name)[column];
    if (!oldest.has(skeleton)) oldest.set(skeleton, id);
  }
  const [ids, skeletons] = [[...oldest.values()], [...oldest.keys()]];
  const update = () =>
    sql`update chat_rooms r set ${sql.ref(column)} = s.skeleton
      from unnest(${ids}::uuid[], ${skeletons}::text[]) s (id, skeleton)
      where r.id = s.id and ${sql.ref(`r.${column}`)} is null and r.deleted_at is null and not exists
        (select from chat_rooms o where ${sql.ref(`o.${column}`)} = s.skeleton and o.deleted_at is null)`.execute(db);
  for (let tries = 1; ; tries += 1) {
    try {
      return void (await update());
    } catch (error) {
      // Another replica creates or deletes one of these names concurrently, or holds a row lock: retry.
      if (!['23505', '40P01', '55P03'].includes(sqlState(error) ?? '') || tries === 10) throw error;
    }
  }
}
