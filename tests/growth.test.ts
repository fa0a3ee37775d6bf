// A large database, filled as by `npm run growth`: the API serves its log, statements use indexes, and the website serves
// while it fills its filter of email addresses.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EmailFilter } from '@parlance/website/bloom.ts';
import { openDatabases } from '@parlance/website/database.ts';
import { nameSkeletons } from '@parlance/website/name_skeletons.ts';
import type pg from 'pg';
import { fold, isFolded } from '../conformance/fold.ts';
import { connectSql } from '../website/tests/fixture.ts';
import { BLOCK, fill, PARTS } from './bench/growth/fill.ts';
import { explainReads } from './bench/growth/plans.ts';
import { migrated, visitor } from './bench/growth/worlds.ts';
import { until } from './house.ts';
import { call, type Json, PASSWORD } from './people.ts';
import { recordLog, startWebsitePart, testDatabase, type WebsitePart } from './stack.ts';

const SIZE = { events: 50_000, rooms: 30_000, users: 60_000 };
const FILLED = 'the filter of email addresses is filled';

let database: { url: string; drop(): Promise<void> };
let sql: pg.Client;
let site: WebsitePart;
let reader: Awaited<ReturnType<typeof visitor>>;

const isFilled = () => site.text().includes(FILLED);
const register = (email: string, username: string) =>
  call(site.url, 'POST', '/api/users', { body: { email, username, password: PASSWORD } });
const ask = (path: string) => call(site.url, 'GET', path, { token: reader.token });

before(async () => {
  database = await testDatabase();
  await migrated(database.url);
  await fill(database.url, { ...SIZE, events: SIZE.events - BLOCK });
  await fill(database.url, SIZE);
  sql = await connectSql(database.url);
  site = await startWebsitePart(database.url);
  reader = await visitor(database.url);
});
after(async () => {
  await sql.end();
  await site.stop();
  await database.drop();
});

test('while the filter is filled a new user can register, and a taken address or username is refused', async () => {
  assert.equal((await register('Late@example.org', 'late')).status, 201);
  assert.equal((await register('late@example.org', 'later')).body.code, 'email_taken');
  assert.equal((await register('user55555@EXAMPLE.org', 'other')).body.code, 'email_taken');
  assert.equal((await register('other@example.org', 'USER55555')).body.code, 'username_taken');
  assert.ok(!isFilled(), 'the premise: the filter is not filled yet');
  await until(isFilled, 60_000);
  assert.equal((await register('late@example.org', 'later')).body.code, 'email_taken');
  assert.equal((await register('user1@example.org', 'other')).body.code, 'email_taken');
  assert.equal((await register('other@example.org', 'other')).status, 201);
});

test('the filter knows every address, also one added while it is filled, and calls no address new before it is full', async () => {
  const { log, text } = recordLog();
  const dbs = openDatabases(database.url, 1, log);
  const filter = new EmailFilter(dbs.background, log);
  try {
    const { rows } = await sql.query('select clock_timestamp() as began');
    filter.build();
    const pages = `select 1 from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and query like '%"email_key" > %' and query_start > $1`;
    await until(async () => (await sql.query(pages, [rows[0].began])).rowCount! > 0);
    assert.ok(filter.mayHave('nobody@example.org'), 'the filter is not full, so any address may exist');
    filter.add('0@example.org');
    assert.ok(!text().includes(FILLED), 'the premise: it is being filled');
    await until(() => text().includes(FILLED), 60_000);
    const known = Array.from({ length: SIZE.users }, (_, index) => `user${index + 1}@example.org`);
    assert.deepEqual(
      known.filter((email) => !filter.mayHave(email)),
      [],
    );
    assert.ok(filter.mayHave('0@example.org'), 'an address that sorts before the pages already read');
    const fresh = known.map((email) => `new-${email}`).filter((email) => filter.mayHave(email));
    assert.ok(fresh.length < 0.02 * SIZE.users, `${fresh.length} of ${SIZE.users} new addresses`);
  } finally {
    await filter.stop();
    await dbs.close();
  }
});

test('a filter that cannot be filled calls no address new, and the fill is retried', async () => {
  const { log, text } = recordLog();
  const small = await testDatabase();
  await migrated(small.url);
  const client = await connectSql(small.url);
  const dbs = openDatabases(small.url, 1, log);
  const filter = new EmailFilter(dbs.background, log);
  try {
    await client.query('alter table users rename to away');
    filter.build();
    await until(() => text().includes('could not be filled'));
    assert.ok(filter.mayHave('nobody@example.org'), 'the filter is not full, so any address may exist');
    await client.query('alter table away rename to users');
    await until(() => text().includes(FILLED), 10_000);
    assert.ok(!filter.mayHave('nobody@example.org'));
  } finally {
    await filter.stop();
    await dbs.close();
    await client.end();
    await small.drop();
  }
});

test('the pages of the filled room have no gap, and its messages are the fold of its events', async () => {
  const path = `/api/rooms/${encodeURIComponent(reader.room.name)}`;
  /** Everything after `from` up to `to`, the end of a block: no later event changes a message before it. */
  const read = async (what: 'messages' | 'events', from: number, to: number) => {
    const entries: Json[] = [];
    for (let last = from, more = true; more && last < to; last = entries.at(-1).seq) {
      const { body } = await ask(`${path}/${what}?after=${last}&limit=100`);
      entries.push(...body[what]);
      more = body.hasMore;
    }
    return entries.filter(({ seq }) => seq <= to);
  };
  for (const [from, to] of [
    [0, 2_000],
    [SIZE.events - 2_000, SIZE.events],
  ] as const) {
    const [events, messages] = [await read('events', from, to), await read('messages', from, to)];
    const seqs = Array.from({ length: to - from }, (_, index) => from + index + 1);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      seqs,
    );
    assert.equal(new Set(events.map(({ type }) => type)).size, 5, 'events of each type');
    const states = fold(events);
    assert.equal(messages.length, states.length);
    for (const [index, state] of states.entries()) assert.ok(isFolded(messages[index], state), JSON.stringify(state));
  }
  const { body: room } = await ask(path);
  const { rows } = await sql.query('select count(*)::int as count from messages where deleted_at is null');
  assert.deepEqual([room.lastSeq, room.messageCount], [SIZE.events, rows[0].count]);
});

test('the filled rooms have the name skeletons that the website computes', async () => {
  const { rows } = await sql.query('select name, name_skeleton, key_skeleton from chat_rooms limit 2000');
  for (const { name, ...skeletons } of rows) assert.deepEqual(nameSkeletons(name), skeletons);
});

test('a search by one or two characters finds the same rooms as a scan of every name', async () => {
  for (const part of [...Object.values(PARTS), 'z', 'Y', ' x', '-', 'é']) {
    const { body } = await ask(`/api/rooms?limit=100&query=${encodeURIComponent(part)}`);
    const text = 'select name from chat_rooms where strpos(name, lower($1)) > 0 order by name limit 100';
    const { rows } = await sql.query(text, [part]);
    assert.deepEqual(
      body.rooms.map(({ name }: Json) => name),
      rows.map(({ name }) => name),
      part,
    );
  }
});

test('no read of the API scans a whole table', async () => {
  const plans = await explainReads(database.url, SIZE.events);
  assert.ok(plans.length >= 9 && plans.every(({ scans }) => scans.length > 0), 'the premise: indexes are seen');
  assert.deepEqual(
    plans.filter(({ whole }) => whole.length > 0),
    [],
  );
  const rare = plans.filter(({ title }) => /matches 1 in 2,000|matches none/.test(title));
  for (const { title, scans } of rare)
    assert.ok(scans.includes('chat_rooms_by_short_part_of_name'), `${title}: ${scans}`);
});
