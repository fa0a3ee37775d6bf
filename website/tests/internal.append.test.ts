// Appends, one batch at a time: every message of it gets its own answer, at its own position.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { type Json, type Person, person } from '../../tests/people.ts';
import { note } from '../../tests/wiretap.ts';
import { assertProblem, internal, sqlFor, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
let ann: Person;
before(async () => {
  site = await startTestWebsite();
  ann = await person(site.url, 'ann');
});
after(() => site.stop());

const sidOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()).sid as string;
const item = (room: Json, content: string, more: object = {}) => ({
  roomId: room.id,
  id: randomUUID() as string,
  username: 'ann',
  sid: sidOf(ann.token),
  content,
  ...more,
});
const append = async (messages: object[], wait = false): Promise<Json[]> => {
  const { status, body } = await internal(site, 'POST', '/messages', { messages, wait });
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.results.length, messages.length);
  return body.results;
};
const told = (results: Json[]) =>
  results.map(({ outcome, message }) => (message ? `${outcome} ${message.seq}` : outcome));
const log = async (room: Json): Promise<Json[]> =>
  (await ann.call('GET', `/api/rooms/${encodeURIComponent(room.name)}/messages?after=0&limit=100`)).body.messages;

test('a batch is numbered in its order, each room for itself, and answered with what stands in the log', async () => {
  const [one, two] = [await ann.createRoom(), await ann.createRoom()];
  const batch = [item(one, 'a'), item(two, 'b'), item(one, 'c'), item(two, 'd'), item(one, 'e')];
  const results = await append(batch);
  assert.deepEqual(told(results), ['stored 1', 'stored 1', 'stored 2', 'stored 2', 'stored 3']);
  for (const [room, contents] of [
    [one, 'ace'],
    [two, 'bd'],
  ] as const) {
    const messages = await log(room);
    assert.equal(messages.map(({ content }) => content).join(''), contents);
    const answered = results.map(({ message }) => message).filter((message) => message.room === room.name);
    assert.deepEqual(answered, messages, 'history is the stream (G5)');
  }
  assert.deepEqual(told(await append([item(one, 'f')])), ['stored 4']);
});

test('a repeat is answered with the stored message, whether it stands in the log or earlier in the batch', async () => {
  const room = await ann.createRoom();
  const first = item(room, 'once');
  const [stored] = await append([first]);
  const twice = item(room, 'twice');
  const results = await append([twice, first, twice, item(room, 'new'), twice]);
  assert.deepEqual(told(results), ['stored 2', 'repeated 1', 'repeated 2', 'stored 3', 'repeated 2']);
  assert.deepEqual(results[1].message, stored.message);
  assert.deepEqual(results[2].message, results[0].message);
  assert.deepEqual(results[4].message, results[0].message);
  assert.equal((await log(room)).length, 3);
});

test('the same id with another author or content is a conflict, in the log or within the batch', async () => {
  const room = await ann.createRoom();
  const first = item(room, 'mine');
  await append([first]);
  const fresh = item(room, 'fresh');
  const results = await append([
    { ...first, content: 'other' },
    { ...first, username: 'bob' },
    fresh,
    { ...fresh, content: 'other' },
    { ...fresh, username: 'bob' },
    { ...first, roomId: (await ann.createRoom()).id },
  ]);
  assert.deepEqual(told(results), ['id_conflict', 'id_conflict', 'stored 2', 'id_conflict', 'id_conflict', 'stored 1']);
  assert.deepEqual(
    (await log(room)).map(({ content }) => content),
    ['mine', 'fresh'],
  );
});

test('an ended, expired or unknown session stores nothing; what it had stored before is still answered', async () => {
  const room = await ann.createRoom();
  const [bob, eve] = [await person(site.url, 'bob'), await person(site.url, 'eve')];
  const early = item(room, 'early', { sid: sidOf(bob.token), username: 'bob' });
  await append([early]);
  await bob.call('DELETE', '/api/session');
  await site.sql.query("update sessions set expires_at = now() - interval '1 ms' where handle = $1", [
    sidOf(eve.token),
  ]);
  const ghost = item(room, 'from nobody', { sid: randomUUID() });
  const results = await append([
    { ...early, id: randomUUID() },
    early,
    item(room, 'late', { sid: sidOf(eve.token), username: 'eve' }),
    ghost,
    item(room, 'from ann'),
    { ...ghost, sid: sidOf(ann.token) },
  ]);
  assert.deepEqual(told(results), [
    'session_ended',
    'repeated 1',
    'session_ended',
    'session_ended',
    'stored 2',
    'stored 3',
  ]);
});

test('a deleted or unknown room takes nothing, not even a repeat', async () => {
  const [room, gone] = [await ann.createRoom(), await ann.createRoom()];
  const before = item(gone, 'before');
  await append([before]);
  await ann.call('DELETE', `/api/rooms/${encodeURIComponent(gone.name)}`);
  const results = await append([
    before,
    item(gone, 'after'),
    item(room, 'fine'),
    item({ id: randomUUID() }, 'nowhere'),
  ]);
  assert.deepEqual(told(results), ['room_gone', 'room_gone', 'stored 1', 'room_gone']);
  const { rows } = await site.sql.query('select count(*)::int, max(seq) from messages where room_id = $1', [gone.id]);
  assert.deepEqual(rows, [{ count: 1, max: '1' }]);
});

test('a room whose row is held is busy at once without wait, while the others are stored', async (t) => {
  const [held, free] = [await ann.createRoom(), await ann.createRoom()];
  const known = item(held, 'known');
  await append([known]);
  const holder = await sqlFor(t, site.databaseUrl);
  await holder.query('begin');
  await holder.query('select 1 from chat_rooms where id = $1 for update', [held.id]);
  const batch = [item(held, 'x'), item(free, 'y'), item(held, 'z'), known, item(free, 'w')];
  const began = performance.now();
  assert.deepEqual(told(await append(batch)), ['busy', 'stored 1', 'busy', 'repeated 1', 'stored 2']);
  assert.ok(performance.now() - began < 950, 'nobody waited for a second');
  await holder.query('rollback');
  assert.deepEqual(told(await append([batch[0]!, batch[2]!], true)), ['stored 2', 'stored 3'], 'busy stored nothing');
});

test('with wait a row that is not freed within a second is store_unavailable, once, however many messages hang on it', async (t) => {
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

test('with wait a row that is freed in time is waited for', async (t) => {
  const room = await ann.createRoom();
  const holder = await sqlFor(t, site.databaseUrl);
  await holder.query('begin');
  await holder.query('update chat_rooms set last_seq = 41 where id = $1', [room.id]);
  const results = append([item(room, 'x')], true);
  setTimeout(() => void holder.query('commit'), 150);
  assert.deepEqual(told(await results), ['stored 42'], 'numbered behind what the other has committed');
});

test('a message that the database cannot take spoils no other (G8)', async (t) => {
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

test('a batch holds up to five hundred messages, over as many rooms as it likes', async () => {
  const { rows } = await site.sql.query(
    `insert into chat_rooms (name, name_key, owner_id)
     select 'many ' || n, 'many ' || n, (select id from users limit 1) from generate_series(1, 250) n returning id`,
  );
  const batch = Array.from({ length: LIMITS.appendMax }, (_, k) => item(rows[(k * 7) % 250], `${k}`));
  const results = await append(batch);
  assert.deepEqual(
    told(results),
    batch.map((_, k) => `stored ${k < 250 ? 1 : 2}`),
  );
  note('limit appendMax at');
  const tooMany = [...batch, item(rows[0], 'one more')];
  assertProblem(
    await internal(site, 'POST', '/messages', { messages: tooMany, wait: false }),
    'invalid_request',
    '/body/messages',
  );
  assertProblem(
    await internal(site, 'POST', '/messages', { messages: [], wait: false }),
    'invalid_request',
    '/body/messages',
  );
  note('limit appendMax beyond');
  const largest = Array.from({ length: LIMITS.appendMax }, () => item(rows[0], '🫖'.repeat(LIMITS.contentMax)));
  assert.ok(
    (await append(largest)).every(({ outcome }) => outcome === 'stored'),
    'of the largest messages too',
  );
});

test('a message that is off the contract is refused with the whole batch, and nothing is stored', async () => {
  const room = await ann.createRoom();
  const fine = item(room, 'fine');
  for (const [bad, pointer] of [
    [{ content: ' ' }, '/body/messages/1/content'],
    [{ content: 'nul\0' }, '/body/messages/1/content'],
    [{ id: fine.id.toUpperCase() }, '/body/messages/1/id'],
    [{ roomId: 'x' }, '/body/messages/1/roomId'],
    [{ sid: null }, '/body/messages/1/sid'],
    [{ username: 'a b' }, '/body/messages/1/username'],
    [{ seq: 7 }, '/body/messages/1/seq'],
  ] as const) {
    const messages = [fine, item(room, 'x', bad)];
    assertProblem(await internal(site, 'POST', '/messages', { messages, wait: false }), 'invalid_request', pointer);
  }
  assertProblem(await internal(site, 'POST', '/messages', { messages: [fine] }), 'invalid_request', '/body/wait');
  assert.deepEqual(await log(room), []);
});
