// Messages sent over HTTP: each is stored once however often it is sent, id conflicts are refused, the rate is limited.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { type Json, type Person, person, sleep } from '../../tests/people.ts';
import { note } from '../../tests/wiretap.ts';
import { assertProblem, eventually, sqlFor, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
let ann: Person;
let bob: Person;
before(async () => {
  site = await startTestWebsite();
  [ann, bob] = [await person(site.url, 'ann'), await person(site.url, 'bob')];
});
after(() => site.stop());

const at = (room: Json) => `/api/rooms/${encodeURIComponent(room.name)}/messages`;
const send = (who: Person, room: Json, content = 'hello', id: string = randomUUID()) =>
  who.call('POST', at(room), { id, content });
const log = async (room: Json) => (await ann.call('GET', at(room))).body.messages;

test('a message is stored and numbered, and the answer equals its entry in the history', async () => {
  const room = await ann.createRoom();
  const id = randomUUID();
  const answer = await send(ann, room, 'Is the kettle on?', id);
  assert.equal(answer.status, 201);
  const { timestamp, ...rest } = answer.body;
  const state = { version: 1, revision: 1, reactions: [] };
  assert.deepEqual(rest, { id, seq: 1, room: room.name, username: 'ann', content: 'Is the kettle on?', ...state });
  assert.ok(Math.abs(Date.parse(timestamp) - Date.now()) < 60_000);
  assert.equal((await send(bob, room)).body.seq, 2);
  assert.deepEqual((await log(room))[0], answer.body);
});

test('a repeated message is stored once and answered with the stored one, concurrently or later, in any case of the room name', async () => {
  const room = await ann.createRoom();
  const id = randomUUID();
  const together = await Promise.all(Array.from({ length: 6 }, () => send(ann, room, 'once', id)));
  assert.deepEqual(together.map(({ status }) => status).toSorted(), [200, 200, 200, 200, 200, 201]);
  for (const { body } of together) assert.deepEqual(body, together[0]!.body);
  const later = await send(ann, { name: room.name.toUpperCase() }, 'once', id);
  assert.deepEqual([later.status, later.body], [200, together[0]!.body]);
  assert.deepEqual(await log(room), [together[0]!.body]);
});

test('the same id with another author or other content is a conflict, and nothing is stored', async () => {
  const room = await ann.createRoom();
  const id = randomUUID();
  await send(ann, room, 'mine', id);
  assertProblem(await send(bob, room, 'mine', id), 'id_conflict');
  assertProblem(await send(ann, room, 'other', id), 'id_conflict');
  assert.equal((await log(room)).length, 1);
  assert.equal((await send(ann, room, 'next')).body.seq, 2, 'no number is skipped');
  const elsewhere = await ann.createRoom();
  assert.equal((await send(bob, elsewhere, 'other', id)).status, 201, 'ids are unique per room');
});

test('the messages of a user into a room are limited, and a refusal says how long to wait', async () => {
  const room = await ann.createRoom();
  for (let sent = 1; sent <= LIMITS.messagesPer10s; sent += 1) {
    assert.equal((await send(ann, { name: sent % 2 ? room.name : room.name.toUpperCase() })).body.seq, sent);
  }
  note('limit messagesPer10s at');
  const refused = await send(ann, room);
  assertProblem(refused, 'rate_limited');
  note('limit messagesPer10s beyond');
  const wait = Number(refused.headers.get('retry-after'));
  assert.ok(wait >= 1 && wait <= 10, `${wait} s`);
  assert.equal((await send(bob, room)).status, 201, 'another user is not limited');
  assert.equal((await send(ann, await ann.createRoom())).status, 201, 'nor is another room');
  assert.equal((await log(room)).length, LIMITS.messagesPer10s + 1);
});

test('a send whose database connection is lost is store_unavailable and can be repeated', async (t) => {
  const room = await ann.createRoom();
  const holder = await sqlFor(t, site.databaseUrl);
  await holder.query('begin');
  await holder.query('select 1 from chat_rooms where id = $1 for update', [room.id]);
  const id = randomUUID();
  const answer = send(ann, room, 'perhaps', id);
  const waiting = async () =>
    (
      await site.sql.query(
        "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      )
    ).rows;
  await eventually(async () => (await waiting()).length === 1);
  await site.sql.query('select pg_terminate_backend($1)', [(await waiting())[0].pid]);
  assertProblem(await answer, 'store_unavailable');
  await holder.query('rollback');
  assert.equal((await send(ann, room, 'perhaps', id)).status, 201);
});

test('a send into a room whose row stays locked is store_unavailable after a second', async (t) => {
  const room = await ann.createRoom();
  const holder = await sqlFor(t, site.databaseUrl);
  await holder.query('begin');
  await holder.query('select 1 from chat_rooms where id = $1 for update', [room.id]);
  const began = performance.now();
  assertProblem(await send(ann, room), 'store_unavailable');
  const waited = performance.now() - began;
  assert.ok(waited > 900 && waited < 4_000, `${waited} ms`);
  const other = send(ann, room);
  await sleep(200);
  await holder.query('rollback');
  assert.equal((await other).status, 201, 'a row that is unlocked within the second is waited for');
});
