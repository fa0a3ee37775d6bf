// Keys, indexes and constraints of the database as it is after a start: exactly these, each for a query or a rule that
// db/README.md names. One that is gone makes a query slow or lets wrong rows in, which other tests may not notice.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { person } from '../../tests/people.ts';
import { startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
before(async () => {
  site = await startTestWebsite();
});
after(() => site.stop());

const ALIVE = 'WHERE (deleted_at IS NULL)';

/** By table: each index as PostgreSQL shows it, from its method on; `unique` before it where it is. */
const INDEXES: Record<string, string[]> = {
  bans: [
    'btree (changed_at)',
    'btree (lifted_at) WHERE (lifted_at IS NOT NULL)',
    'unique btree (room_id, username_key)',
  ],
  chat_rooms: [
    'btree (deleted_at) WHERE (deleted_at IS NOT NULL)',
    'btree (owner_id)',
    `gin (name_key gin_trgm_ops) ${ALIVE}`,
    'gin (parts_of_name(name_key))',
    'unique btree (id)',
    `unique btree (key_skeleton) ${ALIVE}`,
    `unique btree (name_key) ${ALIVE}`,
    `unique btree (name_skeleton) ${ALIVE}`,
  ],
  erasures: ['unique btree (user_id)'],
  invitations: ['btree (expires_at)', 'unique btree (token_hash)'],
  messages: ['unique btree (room_id, id)', 'unique btree (room_id, seq)'],
  password_resets: ['btree (user_id)', 'unique btree (token_hash)'],
  rate_limits: ['btree (expire)', 'unique btree (key)'],
  reactions: ['unique btree (room_id, message_id, emoji, username)'],
  room_events: ['unique btree (room_id, seq)'],
  sessions: [
    'btree (ended_at) WHERE (ended_at IS NOT NULL)',
    'btree (expires_at)',
    'btree (user_id)',
    'unique btree (cookie_hash)',
    'unique btree (handle)',
  ],
  signing_keys: ['unique btree (kid)'],
  users: ['unique btree (email_key)', 'unique btree (id)', 'unique btree (username_key)'],
};

test('each table has exactly these keys and indexes', async () => {
  const { rows } = await site.sql.query(
    `select c.relname as "table", i.indisunique as "isUnique", pg_get_indexdef(i.indexrelid) as definition
     from pg_index i join pg_class c on c.oid = i.indrelid
     where c.relnamespace = 'public'::regnamespace and c.relname not like 'kysely%'`,
  );
  const found: Record<string, string[]> = {};
  for (const { table, isUnique, definition } of rows) {
    const shown = definition.replace(/^.* USING /, isUnique ? 'unique ' : '');
    found[table] = [...(found[table] ?? []), shown].sort();
  }
  assert.deepEqual(found, INDEXES);
});

/** Statements that break one rule each, and the SQLSTATE with which the database refuses them. */
const BROKEN: [rule: string, statement: string, state: '23503' | '23505' | '23514' | '23502'][] = [
  ['a seq begins with 1', "insert into messages values ('@room', 0, gen_random_uuid(), 'ann', 'x', now())", '23514'],
  ['a seq is used once', "insert into messages values ('@room', 1, gen_random_uuid(), 'ann', 'x', now())", '23505'],
  ['an id is used once', "insert into messages values ('@room', 9, '@id', 'ann', 'x', now())", '23505'],
  ['a message has a text or is deleted', "update messages set content = null where room_id = '@room'", '23514'],
  ['a deleted message has no text', "update messages set deleted_at = now() where room_id = '@room'", '23514'],
  [
    'an event has a known type',
    "insert into room_events (room_id, seq, type, message_id, username, timestamp) values ('@room', 2, 'x', '@id', 'a', now())",
    '23514',
  ],
  [
    'a reaction has an emoji',
    "insert into room_events (room_id, seq, type, message_id, username, timestamp) values ('@room', 2, 'reaction.added', '@id', 'a', now())",
    '23514',
  ],
  [
    'an edit has none',
    "insert into room_events (room_id, seq, type, message_id, username, emoji, timestamp) values ('@room', 2, 'message.edited', '@id', 'a', 'x', now())",
    '23514',
  ],
  [
    'a text is withdrawn by a later event',
    "insert into room_events (room_id, seq, type, message_id, username, superseded_by, timestamp) values ('@room', 2, 'message.edited', '@id', 'a', 2, now())",
    '23514',
  ],
  ['messages are not fewer than none', "update chat_rooms set message_count = -1 where id = '@room'", '23514'],
  ['a room has an owner', "update chat_rooms set owner_id = gen_random_uuid() where id = '@room'", '23503'],
  [
    'a name is used once',
    "insert into chat_rooms (name, name_key, owner_id) select 'x', name_key, owner_id from chat_rooms where id = '@room'",
    '23505',
  ],
  ['an account is whole', 'update users set hashed_password = null', '23514'],
  ['a deleted account has nothing left', 'update users set deleted_at = now()', '23514'],
  [
    'a username is used once, in any case',
    "insert into users (email, email_key, username, hashed_password) values ('e', 'k', 'ANN', '')",
    '23505',
  ],
  [
    'an email address is used once',
    "insert into users (email, email_key, username, hashed_password) select 'e', email_key, 'bob', '' from users",
    '23505',
  ],
  ['a session is of a user', 'update sessions set user_id = gen_random_uuid()', '23503'],
  ['a key has a purpose that the code knows', "update signing_keys set purpose = 'x'", '23514'],
];

test('the database itself refuses rows that break a rule', async () => {
  const ann = await person(site.url, 'ann');
  const room = await ann.createRoom();
  const id = '0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21';
  await ann.call('POST', `/api/rooms/${encodeURIComponent(room.name)}/messages`, { id, content: 'x' });
  for (const [rule, statement, state] of BROKEN) {
    await site.sql.query('begin');
    const outcome = await site.sql.query(statement.replaceAll('@room', room.id).replaceAll('@id', id)).then(
      ({ rowCount }) => `taken: ${rowCount}`,
      (error) => error.code,
    );
    await site.sql.query('rollback');
    assert.equal(outcome, state, rule);
  }
});

test('what hangs on a user or a room goes with it', async () => {
  const { rows } = await site.sql.query(
    `select conrelid::regclass::text || ' → ' || confrelid::regclass::text || ' ' || confdeltype::text as key
     from pg_constraint where contype = 'f' order by 1`,
  );
  assert.deepEqual(
    rows.map(({ key }) => key),
    [
      'bans → chat_rooms c',
      'chat_rooms → users a',
      'erasures → users c',
      'invitations → users a',
      'password_resets → users c',
      'sessions → users c',
    ],
  );
});

test('the report names every index that is no primary key of a small table', () => {
  const report = readFileSync(new URL('../../db/README.md', import.meta.url), 'utf8');
  const section = report.split('\n## Indexes\n')[1]!.split('\n## ')[0]!;
  const small = ['erasures', 'invitations', 'password_resets', 'signing_keys', 'rate_limits'];
  for (const [table, indexes] of Object.entries(INDEXES)) {
    for (const index of indexes) {
      const columns = /\((.*?)\)(?: WHERE|$)/.exec(index)![1]!;
      const isSmallKey =
        index.startsWith('unique') && (small.includes(table) || columns === 'id' || columns === 'handle');
      if (isSmallKey || (table === 'rate_limits' && columns === 'expire')) continue;
      const named =
        section.includes(`\`${table} (${columns})`) || section.includes(`\`${table} using gin (${columns})`);
      assert.ok(named, `${table} (${columns})`);
    }
  }
});

test('a row of a room has room to change in place', async () => {
  const { rows } = await site.sql.query("select reloptions from pg_class where oid = 'chat_rooms'::regclass");
  assert.deepEqual(rows[0].reloptions, ['fillfactor=50']);
});
