// Migrates a database to the newest schema: init.sql, then the files in migrations/ in order. Never migrates down.
import { readdir, readFile } from 'node:fs/promises';
import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';

const here = (name: string) => new URL(name, import.meta.url);

const fromSql = (file: URL): Migration => ({
  up: async (db) => {
    await sql.raw(await readFile(file, 'utf8')).execute(db);
  },
});

async function migrations(): Promise<Record<string, Migration>> {
  const later = (await readdir(here('migrations/'))).filter((name) => /^\d{3}_\w+\.sql$/.test(name));
  return Object.fromEntries([
    ['001_init', fromSql(here('init.sql'))],
    ...later.map((name) => [name.slice(0, -4), fromSql(here(`migrations/${name}`))] as const),
  ]);
}

/** Returns the names of all migrations, oldest first. The last applied one identifies the schema of a database. */
export const migrationNames = async (): Promise<string[]> => Object.keys(await migrations()).sort();

/**
 * Applies the migrations up to `last` (default: all), in its own transaction or in that of `db`. Safe when several
 * replicas start at once: one applies them, the others wait. Rejects with the first failure.
 */
export async function migrate<T>(db: Kysely<T>, last?: string): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: migrations } });
  const { error } = await (last === undefined ? migrator.migrateToLatest() : migrator.migrateTo(last));
  if (error) throw error;
}
