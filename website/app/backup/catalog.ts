// Reads from the catalog of the database which tables a backup contains: all but the bookkeeping of the migrations. So
// a table of a later migration is never forgotten. Never writes.
import { type Kysely, sql } from 'kysely';

/** Tables that a backup leaves out: the migrations of a restore fill them. */
export const BOOKKEEPING = ['kysely_migration', 'kysely_migration_lock'];

export interface TableEntry {
  name: string;
  /** Without generated columns. */
  columns: string[];
  /** The planner's estimate; -1: unknown. */
  estimatedRows: number;
}

export interface Catalog {
  /** The name of the last migration; undefined: the database is not Parlance's. */
  schema: string | undefined;
  /** Each table comes after the tables that its foreign keys refer to. */
  tables: TableEntry[];
}

// biome-ignore lint/suspicious/noExplicitAny: the schema may be of any version
export async function readCatalog(db: Kysely<any>): Promise<Catalog> {
  const { rows } = await sql<TableEntry & { refers: string[] }>`
    select c.relname as name, c.reltuples as "estimatedRows",
      array(select attname::text from pg_attribute a
        where a.attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '' order by attnum) as columns,
      array(select r.relname::text from pg_constraint f join pg_class r on r.oid = f.confrelid
        where f.conrelid = c.oid and f.contype = 'f' and r.oid <> c.oid) as refers
    from pg_class c
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    order by c.relname`.execute(db);
  const isMigrated = rows.some(({ name }) => name === BOOKKEEPING[0]);
  const schema = isMigrated
    ? (await sql<{ name: string }>`select name from kysely_migration order by name desc limit 1`.execute(db)).rows[0]
        ?.name
    : undefined;
  return { schema, tables: inOrder(rows.filter(({ name }) => !BOOKKEEPING.includes(name))) };
}

function inOrder(tables: readonly (TableEntry & { refers: string[] })[]): TableEntry[] {
  const ordered: TableEntry[] = [];
  let left = [...tables];
  while (left.length > 0) {
    const free = left.filter(({ refers }) => !left.some(({ name }) => refers.includes(name)));
    if (free.length === 0) throw new Error(`foreign keys form a cycle: ${left.map(({ name }) => name)}`);
    ordered.push(...free.map(({ name, columns, estimatedRows }) => ({ name, columns, estimatedRows })));
    left = left.filter((table) => !free.includes(table));
  }
  return ordered;
}
