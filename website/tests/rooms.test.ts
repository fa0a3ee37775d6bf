// Rooms over HTTP: creating, reading and deleting them, and the cleanup of deleted rooms.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createLog } from '@parlance/service/log.ts';
import { openDatabases } from '@parlance/website/database.ts';
import { cleanUp } from '@parlance/website/janitor.ts';
import { type Person, person } from '../../tests/people.ts';
import { assertProblem, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
let ann: Person;
let bob: Person;
before(async () => {
  site = await startTestWebsite();
  [ann, bob] = [await person(site.url, 'ann'), await person(site.url, 'bob')];
});
after(() => site.stop());

const at = (name: string, more = '') => `/api/rooms/${encodeURIComponent(name)}${more}`;
const say = (who: Person, room: string, content = 'hello') =>
  who.call('POST', at(room, '/messages'), { id: randomUUID(), content });
const count = async (table: string, roomId: string) => {
  const column = table === 'chat_rooms' ? 'id' : 'room_id';
  return (await site.sql.query(`select count(*)::int from ${table} where ${column} = $1`, [roomId])).rows[0].count;
};

test('the user who creates a room owns it, and Location leads to it', async () => {
  const answer = await ann.call('POST', '/api/rooms', { name: 'Tea room no. 1' });
  assert.equal(answer.status, 201);
  const { id, createdAt, ...rest } = answer.body;
  assert.deepEqual(rest, { name: 'Tea room no. 1', owner: 'ann', lastSeq: 0, messageCount: 0 });
  assert.match(id, /^[0-9a-f-]{36}$/);
  assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000);
  const location = answer.headers.get('location');
  assert.equal(location, '/api/rooms/Tea%20room%20no.%201');
  const found = await bob.call('GET', location!);
  assert.equal(found.status, 200);
  assert.deepEqual(found.body, answer.body);
});

test('lastSeq of a room is the seq of its newest event', async () => {
  const room = await ann.createRoom();
  await say(ann, room.name);
  await say(bob, room.name);
  assert.equal((await ann.call('GET', at(room.name))).body.lastSeq, 2);
});

test('an unknown room is room_not_found', async () => {
  for (const [method, path, body] of [
    ['GET', at('Nowhere')],
    ['DELETE', at('Nowhere')],
    ['GET', at('Nowhere', '/messages')],
    ['POST', at('Nowhere', '/messages'), { id: randomUUID(), content: 'x' }],
    ['POST', at('Nowhere', '/tokens')],
  ] as const) {
    assertProblem(await ann.call(method, path, body), 'room_not_found');
  }
});

test('of concurrent creations of a room of one name, one succeeds', async () => {
  const name = `Race ${randomUUID()}`;
  const names = [name, name.toUpperCase(), name.toLowerCase()];
  const all = await Promise.all(
    Array.from({ length: 9 }, (_, index) => ann.call('POST', '/api/rooms', { name: names[index % 3] })),
  );
  assert.equal(all.filter(({ status }) => status === 201).length, 1);
  for (const answer of all) if (answer.status !== 201) assertProblem(answer, 'room_name_taken');
});

test('the owner can delete a room, another user cannot', async () => {
  const room = await ann.createRoom();
  assertProblem(await bob.call('DELETE', at(room.name)), 'not_room_owner');
  assert.equal((await ann.call('GET', at(room.name))).status, 200, 'it is still there');
  const gone = await ann.call('DELETE', at(room.name.toUpperCase()));
  assert.equal(gone.status, 204);
  assert.equal(gone.body, '');
  assertProblem(await ann.call('DELETE', at(room.name)), 'room_not_found');
});

test('messages of a deleted room are unreadable at once, and its name is free for another room', async () => {
  const room = await ann.createRoom();
  const id = randomUUID();
  await ann.call('POST', at(room.name, '/messages'), { id, content: 'the first room' });
  assert.equal((await ann.call('DELETE', at(room.name))).status, 204);
  assertProblem(await ann.call('GET', at(room.name)), 'room_not_found');
  assertProblem(await ann.call('GET', at(room.name, '/messages')), 'room_not_found');
  assertProblem(await say(ann, room.name), 'room_not_found');
  assertProblem(await ann.call('POST', at(room.name, '/tokens')), 'room_not_found');
  const { body: listed } = await ann.call('GET', `/api/rooms?query=${encodeURIComponent(room.name)}`);
  assert.deepEqual(listed.rooms, []);

  const again = await bob.createRoom(room.name);
  assert.notEqual(again.id, room.id);
  assert.deepEqual([again.owner, again.lastSeq], ['bob', 0]);
  const empty = await bob.call('GET', at(room.name, '/messages'));
  assert.deepEqual(empty.body, { roomId: again.id, asOf: 0, messages: [], hasMore: false });
  const same = await ann.call('POST', at(room.name, '/messages'), { id, content: 'the second room' });
  assert.deepEqual([same.status, same.body.seq], [201, 1], 'an id of the deleted room is no conflict');
  assertProblem(await ann.call('DELETE', at(room.name)), 'not_room_owner');
});

test('the cleanup removes messages of deleted rooms, later these rooms, ended sessions and expired counters, and nothing else', async () => {
  const dbs = openDatabases(site.databaseUrl, 2, createLog({ service: 'test', level: 'error' }));
  const [kept, dead] = [await ann.createRoom(), await ann.createRoom()];
  for (const room of [kept, dead]) {
    for (let k = 0; k < 3; k += 1) await say(ann, room.name);
    const { body } = await ann.call('GET', at(room.name, '/messages'));
    await ann.call('PUT', at(room.name, `/messages/${body.messages[0].id}/reactions/${encodeURIComponent('👍')}`));
  }
  await ann.call('DELETE', at(dead.name));
  assert.equal(await count('messages', dead.id), 3, 'precondition: the deletion leaves them to the cleanup');

  await cleanUp(dbs.general);
  for (const [table, rows] of Object.entries({ messages: 3, room_events: 1, reactions: 1 }))
    assert.deepEqual([await count(table, dead.id), await count(table, kept.id)], [0, rows], table);
  assert.equal(await count('chat_rooms', dead.id), 1, 'the deletion is still reported to chat');
  await site.sql.query("update chat_rooms set deleted_at = now() - interval '11 minutes' where id = $1", [dead.id]);
  await site.sql.query(
    "update sessions set ended_at = now() where user_id = (select id from users where username = 'bob')",
  );
  const sessions = async () => (await site.sql.query('select count(*)::int from sessions')).rows[0].count;
  const before = await sessions();
  await cleanUp(dbs.general);
  assert.deepEqual([await count('chat_rooms', dead.id), await count('chat_rooms', kept.id)], [0, 1]);
  assert.equal(await sessions(), before, 'a session that has just ended is still reported to chat');
  await site.sql.query("update sessions set ended_at = now() - interval '11 minutes' where ended_at is not null");
  await site.sql.query("insert into rate_limits values ('old', 1, 1), ('new', 1, $1)", [Date.now() + 60_000]);
  await cleanUp(dbs.general);
  assert.ok((await sessions()) < before && (await ann.call('GET', '/api/session')).status === 200);
  const counters = await site.sql.query("select key from rate_limits where key in ('old', 'new')");
  assert.deepEqual(counters.rows, [{ key: 'new' }]);
  await dbs.close();
});
