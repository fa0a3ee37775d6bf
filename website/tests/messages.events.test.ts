// The log of a room over HTTP: every event once, in order, in pages, without superseded texts.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { type Json, type Person, person } from '../../tests/people.ts';
import { assertProblem, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
let ann: Person;
let room: Json;
const [first, second] = [randomUUID(), randomUUID()];

before(async () => {
  site = await startTestWebsite({ MESSAGES_PER_10S: '1000' });
  ann = await person(site.url, 'ann');
  room = await ann.createRoom('Tea room');
  await ann.call('POST', '/api/rooms/Tea%20room/messages', { id: first, content: 'one' });
  await ann.call('PATCH', `/api/rooms/Tea%20room/messages/${first}`, { content: 'two' });
  await ann.call('POST', '/api/rooms/Tea%20room/messages', { id: second, content: 'other' });
  await ann.call('PUT', `/api/rooms/Tea%20room/messages/${second}/reactions/${encodeURIComponent('🫖')}`);
  await ann.call('PATCH', `/api/rooms/Tea%20room/messages/${first}`, { content: 'three' });
  await ann.call('DELETE', `/api/rooms/Tea%20room/messages/${second}/reactions/${encodeURIComponent('🫖')}`);
  await ann.call('DELETE', `/api/rooms/Tea%20room/messages/${second}`);
});
after(() => site.stop());

const read = (query = '') => ann.call('GET', `/api/rooms/Tea%20room/events${query}`);

test('the log has every event in order, with its text or the seq of the event that supersedes it', async () => {
  const { status, body } = await read();
  assert.deepEqual([status, body.roomId, body.hasMore], [200, room.id, false]);
  const told = body.events.map(({ timestamp, ...event }: Json) => event);
  const base = (type: string, seq: number) => ({ type, seq, roomId: room.id, room: 'Tea room', username: 'ann' });
  assert.deepEqual(told, [
    { ...base('message.created', 1), id: first, supersededBy: 2 },
    { ...base('message.edited', 2), messageId: first, supersededBy: 5 },
    { ...base('message.created', 3), id: second, supersededBy: 7 },
    { ...base('reaction.added', 4), messageId: second, emoji: '🫖' },
    { ...base('message.edited', 5), messageId: first, content: 'three' },
    { ...base('reaction.removed', 6), messageId: second, emoji: '🫖' },
    { ...base('message.deleted', 7), messageId: second },
  ]);
  const times = body.events.map(({ timestamp }: Json) => timestamp);
  assert.deepEqual(times, times.toSorted(), 'timestamps ascend with the seqs');
});

test('a page with any after and limit is the matching slice of the log', async () => {
  const { events } = (await read()).body;
  for (let after = 0; after <= 8; after += 1) {
    for (let limit = 1; limit <= 8; limit += 1) {
      const { body } = await read(`?after=${after}&limit=${limit}`);
      assert.deepEqual(body.events, events.slice(after, after + limit), `after ${after}, limit ${limit}`);
      assert.equal(body.hasMore, after + limit < 7);
    }
  }
  assert.deepEqual((await read(`?after=${LIMITS.seqMax}`)).body.events, []);
});

test('the log of an empty room is empty, and a deleted or unknown room is room_not_found', async () => {
  const empty = await ann.createRoom();
  const at = `/api/rooms/${encodeURIComponent(empty.name)}`;
  assert.deepEqual((await ann.call('GET', `${at}/events`)).body, { roomId: empty.id, events: [], hasMore: false });
  await ann.call('DELETE', at);
  assertProblem(await ann.call('GET', `${at}/events`), 'room_not_found');
  assertProblem(await ann.call('GET', '/api/rooms/Nowhere/events'), 'room_not_found');
});

test('lastSeq counts the events of a room, messageCount its messages that are not deleted', async () => {
  const { lastSeq, messageCount } = (await ann.call('GET', '/api/rooms/Tea%20room')).body;
  assert.deepEqual([lastSeq, messageCount], [7, 1]);
});

test('asOf of a page of messages is the seq of the last event in its state', async () => {
  const { body } = await ann.call('GET', '/api/rooms/Tea%20room/messages');
  assert.equal(body.asOf, 7);
  assert.deepEqual(
    body.messages.map(({ seq, version, revision, content }: Json) => [seq, version, revision, content]),
    [
      [1, 5, 5, 'three'],
      [3, 7, 7, undefined],
    ],
  );
});

test('invalid query parameters are refused', async () => {
  for (const [query, pointer] of [
    ['?before=3', '/query/before'],
    ['?after=-1', '/query/after'],
    ['?after=1e1', '/query/after'],
    ['?limit=0', '/query/limit'],
    ['?limit=101', '/query/limit'],
  ] as const) {
    assertProblem(await read(query), 'invalid_request', pointer);
  }
});
