// Appends of one batch: each message gets its own outcome, at its position in the batch.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { type Json, type Person, person } from '../../tests/people.ts';
import { note } from '../../tests/wiretap.ts';
import { append as appendTo, item as message, told } from './append_fixture.ts';
import { assertProblem, internal, sidOf, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
let ann: Person;
before(async () => {
  site = await startTestWebsite();
  ann = await person(site.url, 'ann');
});
after(() => site.stop());

const item = (room: Json, content: string, more: object = {}) => message(ann, room, content, more);
const append = (messages: object[], wait = false) => appendTo(site, messages, wait);
const log = async (room: Json): Promise<Json[]> =>
  (await ann.call('GET', `/api/rooms/${encodeURIComponent(room.name)}/events?after=0&limit=100`)).body.events;

test('a batch is numbered in order within each room, and answered with the events of the log', async () => {
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
    const answered = results.map(({ event }) => event).filter((event) => event.room === room.name);
    assert.deepEqual(answered, messages, 'history is the stream (G5)');
  }
  assert.deepEqual(told(await append([item(one, 'f')])), ['stored 4']);
});

test('a repeat is answered with the stored message, whether that is in the log or earlier in the batch', async () => {
  const room = await ann.createRoom();
  const first = item(room, 'once');
  const [stored] = await append([first]);
  const twice = item(room, 'twice');
  const results = await append([twice, first, twice, item(room, 'new'), twice]);
  assert.deepEqual(told(results), ['stored 2', 'repeated 1', 'repeated 2', 'stored 3', 'repeated 2']);
  assert.deepEqual(results[1].event, stored.event);
  assert.deepEqual(results[2].event, results[0].event);
  assert.deepEqual(results[4].event, results[0].event);
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

test('an ended, expired or unknown session stores nothing; repeats of its stored messages are still answered', async () => {
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

test('a deleted or unknown room accepts nothing, not even a repeat', async () => {
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

test('a batch holds up to 500 messages, in any number of rooms', async () => {
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
    'also of the largest messages',
  );
});

test('a batch with an invalid message is refused as a whole, and nothing is stored', async () => {
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
