// Appends under contention: locked rows of rooms and sessions, and a message that the database rejects.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createLog } from '@parlance/service/log.ts';
import { isUnavailable, openDatabases } from '@parlance/website/database.ts';
import { type Json, type Person, person } from '../../tests/people.ts';
import { append as appendTo, item as message, told } from './append_fixture.ts';
import { eventually, sidOf, sqlFor, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
let ann: Person;
before(async () => {
  site = await startTestWebsite();
  ann = await person(site.url, 'ann');
});
after(() => site.stop());

const item = (room: Json, content: string) => message(ann, room, content);
const append = (messages: object[], wait = false) => appendTo(site, messages, wait);
const log = async (room: Json): Promise<Json[]> =>
  (await ann.call('GET', `/api/rooms/${encodeURIComponent(room.name)}/messages?after=0&limit=100`)).body.messages;

test('without wait, a room whose row is locked is busy at once, and messages of other rooms are stored', async (t) => {
  const [held, free] = [await ann.createRoom(), await ann.createRoom()];
  const known = item(held, 'known');
  await append([known]);
  const holder = await sqlFor(t, site.databaseUrl);
  await holder.query('begin');
  await holder.query('select 1 from chat_rooms where id = $1 for update', [held.id]);
  const batch = [item(held, 'x'), item(free, 'y'), item(held, 'z'), known, item(free, 'w')];
  const began = performance.now();
  assert.deepEqual(told(await append(batch)), ['busy', 'stored 1', 'busy', 'repeated 1', 'stored 2']);
  assert.ok(performance.now() - began < 950, 'no message waited for a second');
  await holder.query('rollback');
  assert.deepEqual(told(await append([batch[0]!, batch[2]!], true)), ['stored 2', 'stored 3'], 'busy stored nothing');
});

test('with wait, messages of a row that stays locked are store_unavailable after one second in all', async (t) => {
  const rooms: Json[] = [];
  for (let k = 0; k < 4; k += 1) rooms.push(await ann.createRoom());
  const holder = await sqlFor(t, site.databaseUrl);
  await holder.query('begin');
  await holder.query('select 1 from chat_rooms where id = any($1) for update', [[rooms[0].id, rooms[2].id]]);
  const batch = Array.from({ length: 64 }, (_, k) => item(rooms[k % 4], `${k}`));
  const began = performance.now();
  const results = await append(batch, true);
  const waited = performance.now() - began;
  assert.ok(waited > 900 && waited < 5_000, `${waited} ms`);
  for (const [k, { outcome }] of results.entries()) {
    assert.equal(outcome, k % 2 === 0 ? 'store_unavailable' : 'stored');
  }
  await holder.query('rollback');
  const again = await append(batch, true);
  assert.deepEqual(
    again.map(({ outcome }) => outcome),
    batch.map((_, k) => (k % 2 === 0 ? 'stored' : 'repeated')),
  );
});

test('with wait, an append waits for a row that is freed within a second', async (t) => {
  const room = await ann.createRoom();
  const holder = await sqlFor(t, site.databaseUrl);
  await holder.query('begin');
  await holder.query('update chat_rooms set last_seq = 41 where id = $1', [room.id]);
  const results = append([item(room, 'x')], true);
  setTimeout(() => void holder.query('commit'), 150);
  assert.deepEqual(told(await results), ['stored 42'], 'numbered after the other commit');
});

/** Resolves when `count` statements of this database wait for a lock. */
const blocked = (count: number) =>
  eventually(async () => {
    const { rows } = await site.sql.query(
      "select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    return rows[0].count === count;
  });

test('a logout does not wait for a message that waits for its room, and the message is refused (G6)', async (t) => {
  const cid = await person(site.url, 'cid');
  const room = await cid.createRoom();
  const holder = await sqlFor(t, site.databaseUrl);
  await holder.query('begin');
  await holder.query('select 1 from chat_rooms where id = $1 for update', [room.id]);
  const results = append([message(cid, room, 'a ghost')], true);
  await blocked(1);
  assert.equal((await cid.call('DELETE', '/api/session')).status, 204);
  await holder.query('commit');
  assert.deepEqual(told(await results), ['session_ended']);
  assert.deepEqual(await log(room), []);
});

test('a session that is being ended is busy without wait and waited for with it; others are stored (G6, G8)', async (t) => {
  const dan = await person(site.url, 'dan');
  const room = await dan.createRoom();
  const holder = await sqlFor(t, site.databaseUrl);
  await holder.query('begin');
  await holder.query('update sessions set ended_at = clock_timestamp() where handle = $1', [sidOf(dan.token)]);
  const began = performance.now();
  const batch = [message(dan, room, 'too late'), item(room, 'in time')];
  assert.deepEqual(told(await append(batch)), ['busy', 'stored 1']);
  assert.ok(performance.now() - began < 950, 'no message waited for a second');
  const results = append([batch[0]!, item(room, 'later')], true);
  await blocked(1);
  await holder.query('commit');
  assert.deepEqual(told(await results), ['session_ended', 'stored 2']);
});

test('a session row that stays locked fails only the messages of that session and their repeats (G8)', async (t) => {
  const eve = await person(site.url, 'eve');
  const [room, same] = [await eve.createRoom(), item(await ann.createRoom(), 'the same id')];
  const holder = await sqlFor(t, site.databaseUrl);
  await holder.query('begin');
  await holder.query('select 1 from sessions where handle = $1 for update', [sidOf(eve.token)]);
  const batch = [message(eve, room, 'x'), item(room, 'y'), { ...same, sid: sidOf(eve.token) }, same];
  assert.deepEqual(told(await append(batch, true)), [
    'store_unavailable',
    'stored 1',
    'store_unavailable',
    'store_unavailable',
  ]);
  await holder.query('rollback');
  assert.deepEqual(told(await append(batch, true)), ['stored 2', 'repeated 1', 'stored 1', 'repeated 1']);
});

test('a message that the database rejects does not affect the others of its batch (G8)', async (t) => {
  await site.sql.query("alter table messages add constraint poison check (content !~ 'poison')");
  t.after(() => site.sql.query('alter table messages drop constraint poison'));
  const [one, two] = [await ann.createRoom(), await ann.createRoom()];
  const batch = Array.from({ length: 100 }, (_, k) =>
    item(k % 3 ? one : two, k === 17 || k === 80 ? 'poison' : `${k}`),
  );
  const results = await append(batch);
  for (const [k, { outcome }] of results.entries()) {
    assert.equal(outcome, k === 17 || k === 80 ? 'store_unavailable' : 'stored', `${k}`);
  }
  for (const room of [one, two]) {
    const messages = await log(room);
    assert.deepEqual(
      messages.map(({ seq }) => seq),
      messages.map((_, k) => k + 1),
      'without a gap',
    );
    const order = messages.map(({ content }) => Number(content));
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
      'in the order of the batch',
    );
  }
});

test('an idle transaction locks a room for at most 5 s, and its process survives the rollback', async (t) => {
  const room = await ann.createRoom();
  const dbs = openDatabases(site.databaseUrl, 1, createLog({ service: 'test', level: 'error' }));
  const frozen = await dbs.append.startTransaction().execute();
  t.after(async () => {
    await frozen
      .rollback()
      .execute()
      .catch(() => undefined);
    await dbs.close();
  });
  await frozen.selectFrom('chat_rooms').select('id').where('id', '=', room.id).forNoKeyUpdate().execute();
  assert.deepEqual(told(await append([item(room, 'x')], true)), ['store_unavailable'], 'the row is locked');
  const stored = async () => told(await append([item(room, 'y')]))[0] === 'stored 1';
  await eventually(stored, 8_000);
  await assert.rejects(frozen.selectFrom('users').select('id').execute(), (error) => isUnavailable(error));
});
