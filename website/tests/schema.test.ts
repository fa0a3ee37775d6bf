// The database schema after a start, against the code: columns, limits, unique keys, and the collation.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { person } from '../../tests/people.ts';
import { startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
before(async () => {
  site = await startTestWebsite();
  await person(site.url, 'ann');
});
after(() => site.stop());

const TYPES: Record<string, string> = {
  uuid: 'string',
  text: 'string',
  'character varying': 'string',
  bytea: 'Buffer',
  bigint: 'number',
  integer: 'number',
  'timestamp with time zone': 'Date',
  ARRAY: 'string[]',
};

/** The columns in models.ts as `table.column: type`. The type says whether the database generates the value. */
async function models(): Promise<string[]> {
  const text = await readFile(new URL('../app/models.ts', import.meta.url), 'utf8');
  const body = text.slice(text.indexOf('interface Tables'));
  return [...body.matchAll(/^ {2}(\w+): \{\n((?: {4}.+\n)+) {2}\};/gm)].flatMap(([, table, columns]) =>
    [...columns!.matchAll(/^ {4}(\w+): (.+);$/gm)].map(([, column, type]) => {
      const given = type!.replace("'room' | 'access'", 'string').replace('CreatedAt', 'GeneratedAlways<Date>');
      return `${table}.${column}: ${given}`;
    }),
  );
}

/** The same columns as the database has them. */
async function columns(): Promise<string[]> {
  const { rows } = await site.sql.query(
    `select table_name, column_name, data_type, is_nullable, column_default, is_generated
     from information_schema.columns where table_schema = 'public' and table_name not like 'kysely%'`,
  );
  return rows.map(({ table_name, column_name, data_type, is_nullable, column_default, is_generated }) => {
    const type = `${TYPES[data_type] ?? data_type}${is_nullable === 'YES' ? ' | null' : ''}`;
    // The database sets the value once, and the code never writes it.
    const always = is_generated === 'ALWAYS' || /uuidv7|now\(\)/.test(column_default ?? '');
    return `${table_name}.${column_name}: ${always ? `GeneratedAlways<${type}>` : column_default ? `Generated<${type}>` : type}`;
  });
}

const differences = async (): Promise<string[]> => {
  const [said, real] = [await models(), await columns()];
  return [...said.filter((one) => !real.includes(one)), ...real.filter((one) => !said.includes(one))].sort();
};

test('the table types have exactly the columns of the database, with their types, nulls and defaults', async () => {
  assert.ok((await columns()).length > 25, 'precondition: there are columns');
  assert.deepEqual(await differences(), []);
});

test('a column that is added, renamed, of another type or nullable is detected', async () => {
  for (const [change, noticed] of [
    ['add note text', ['users.note: string | null']],
    ['rename username to nick', ['users.nick: string', 'users.username: string']],
    ['alter username drop not null', ['users.username: string', 'users.username: string | null']],
    [
      'alter hashed_password type bytea using null',
      ['users.hashed_password: Buffer | null', 'users.hashed_password: string | null'],
    ],
  ] as const) {
    await site.sql.query('begin');
    if (change.includes('using')) await site.sql.query('delete from sessions; delete from users');
    await site.sql.query(`alter table users ${change}`);
    assert.deepEqual(await differences(), noticed, change);
    await site.sql.query('rollback');
  }
});

const INSERTS: [string, keyof typeof LIMITS, number, string][] = [
  [
    'an email address',
    'emailMax',
    1,
    "insert into users (email, email_key, username, hashed_password) values ($1, 'k', 'bob', '')",
  ],
  [
    'a username',
    'usernameMax',
    1,
    "insert into users (email, email_key, username, hashed_password) values ('e', 'k', $1, '')",
  ],
  [
    'a username',
    'usernameMin',
    -1,
    "insert into users (email, email_key, username, hashed_password) values ('e', 'k', $1, '')",
  ],
  [
    'the name of a room',
    'roomNameMax',
    1,
    "insert into chat_rooms (name, name_key, owner_id) values ($1, 'k', (select id from users where username = 'ann'))",
  ],
  [
    'a message',
    'contentMax',
    1,
    "insert into messages values (gen_random_uuid(), 1, gen_random_uuid(), 'ann', $1, now())",
  ],
];
for (const [what, limit, step, insert] of INSERTS) {
  test(`the database accepts ${what} of ${limit} characters, and refuses one ${step > 0 ? 'more' : 'less'}`, async () => {
    const character = what === 'a username' ? 'u' : '🫖';
    const sql = site.sql;
    for (const [length, refused] of [
      [LIMITS[limit], false],
      [LIMITS[limit] + step, true],
    ] as const) {
      await sql.query('begin');
      const outcome = await sql.query(insert, [character.repeat(length)]).then(
        () => 'taken',
        (error) => error.code,
      );
      await sql.query('rollback');
      assert.equal(outcome, refused ? '23514' : 'taken', `${length} characters`);
    }
  });
}

test('messages are unique by room and seq, and by room and id, as partitioning by room requires', async () => {
  const { rows } = await site.sql.query(
    `select pg_get_indexdef(indexrelid) as definition from pg_index
     where indrelid = 'messages'::regclass and indisunique order by indisprimary desc`,
  );
  assert.deepEqual(
    rows.map(({ definition }) => /\((.*)\)/.exec(definition)![1]),
    ['room_id, seq', 'room_id, id'],
  );
});

test('the database is UTF8 with the builtin locale C.UTF-8, which compares text alike on every system', async () => {
  const { rows } = await site.sql.query(
    `select pg_encoding_to_char(encoding) as encoding, datlocprovider as provider, datlocale as locale,
       lower('ÄΣЖ') as lowered, 'É' ilike 'é' as alike, 'B' < 'a' as by_code_point
     from pg_database where datname = current_database()`,
  );
  assert.deepEqual(rows, [
    { encoding: 'UTF8', provider: 'b', locale: 'C.UTF-8', lowered: 'äσж', alike: true, by_code_point: true },
  ]);
});

test('a second start changes nothing, and several websites can start at once on an empty database', async () => {
  const tables = async () =>
    (
      await site.sql.query(
        "select relname, relfilenode from pg_class where relnamespace = 'public'::regnamespace order by 1",
      )
    ).rows;
  const before = await tables();
  await Promise.all([site.again(), site.again()]);
  assert.deepEqual(await tables(), before);
  await site.sql.query('drop schema public cascade; create schema public');
  await Promise.all([site.again(), site.again(), site.again()]);
  assert.deepEqual(
    (await tables()).map(({ relname }) => relname),
    before.map(({ relname }) => relname),
  );
});
