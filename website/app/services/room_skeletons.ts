// Gives rooms of releases before the skeletons of their names, when the website starts. Creates and deletes no room.
import { sql } from 'kysely';
import { type Database, sqlState } from '../database.ts';
import { nameSkeletons } from '../name_skeletons.ts';

type Column = 'name_skeleton' | 'key_skeleton';

const PAGE = 500;

/**
 * From the oldest room to the newest: of rooms whose names look the same, the oldest gets the skeleton and the others none.
 * They stay as they are, and one gets it at a later start when the room that has it is deleted. Safe in several replicas.
 */
export async function fillNameSkeletons(db: Database): Promise<void> {
  for (const column of ['name_skeleton', 'key_skeleton'] as const) {
    let last: { id: string; created_at: Date } | undefined;
    do {
      const rooms = await db
        .selectFrom('chat_rooms')
        .select(['id', 'name', 'created_at'])
        .where(column, 'is', null)
        .where('deleted_at', 'is', null)
        .$if(last !== undefined, (q) =>
          q.where(({ eb, refTuple, tuple }) =>
            eb(refTuple('created_at', 'id'), '>', tuple(last!.created_at, last!.id)),
          ),
        )
        .orderBy('created_at')
        .orderBy('id')
        .limit(PAGE)
        .execute();
      await fill(db, column, rooms);
      last = rooms.length === PAGE ? rooms.at(-1) : undefined;
    } while (last);
  }
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
      // Another replica gives or takes one of these names at this moment.
      if (!['23505', '40P01'].includes(sqlState(error) ?? '') || tries === 10) throw error;
    }
  }
}
