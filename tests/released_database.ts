// A database as release 0.1.0 made and filled it, for tests of its migration. Asserts nothing.
import { readFile } from 'node:fs/promises';
import { hash } from '@node-rs/argon2';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import pg from 'pg';
import { type Json, PASSWORD } from './people.ts';

export const OWNER = { username: 'ann', email: 'ann@example.org' };

/** A room with its messages as the tables of 0.1.0 have them, ascending by seq. */
export interface ReleasedRoom {
  id: string;
  name: string;
  messages: { id: string; seq: number; username: string; content: string; timestamp: Date }[];
}

/** Makes the schema of 0.1.0 in an empty database, one user with PASSWORD, and rooms with `lengths` messages. */
export async function fillAsReleased(url: string, lengths: readonly number[]): Promise<ReleasedRoom[]> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  const init = await readFile(new URL('../db/init.sql', import.meta.url), 'utf8');
  const up = async (tx: Kysely<unknown>) => void (await sql.raw(init).execute(tx));
  const provider = { getMigrations: async () => ({ '001_init': { up } }) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error) throw error;
  const query = async (text: string, values: unknown[]): Promise<Json[]> => (await pool.query(text, values)).rows;
  const [user] = await query(
    'insert into users (email, email_key, username, hashed_password) values ($1, $1, $2, $3) returning id',
    [OWNER.email, OWNER.username, await hash(PASSWORD)],
  );
  const rooms: ReleasedRoom[] = [];
  for (const length of lengths) {
    const [room] = await query(
      `insert into chat_rooms (name, name_key, owner_id, last_seq)
       values ('Room ' || $2::bigint, 'room ' || $2::bigint, $1, $2) returning id, name`,
      [user.id, length],
    );
    const messages = await query(
      `insert into messages (room_id, seq, id, username, content, timestamp)
       select $1, n, gen_random_uuid(), $2, repeat('message ' || n || e'\\n', (1 + n % 7)::int), now() - ($3 - n) * interval '1 s'
       from generate_series(1, $3::bigint) n returning id, seq::int, username, content, timestamp`,
      [room.id, OWNER.username, length],
    );
    rooms.push({ ...room, messages: messages.toSorted((one, other) => one.seq - other.seq) });
  }
  await db.destroy();
  return rooms;
}
