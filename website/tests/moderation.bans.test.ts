// Bans from a room over HTTP: who may ban whom, what a banned user can still do, and the list of bans.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { call, type Json, PASSWORD, type Person, person } from '../../tests/people.ts';
import { note } from '../../tests/wiretap.ts';
import { assertProblem, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
let ann: Person;
let bob: Person;
let cid: Person;
let root: Person;
before(async () => {
  site = await startTestWebsite();
  [ann, bob] = [await person(site.url, 'ann'), await person(site.url, 'bob')];
  [cid, root] = [await person(site.url, 'cid'), await person(site.url, 'root')];
  await site.sql.query("update users set is_admin = true where username = 'root'");
});
after(() => site.stop());

const at = (room: Json, more = '') => `/api/rooms/${encodeURIComponent(room.name)}${more}`;
const say = (who: Person, room: Json) =>
  who.call('POST', at(room, '/messages'), { id: randomUUID(), content: 'hello' });
const ban = (by: Person, room: Json, whom = 'bob') => by.call('PUT', at(room, `/bans/${whom}`));
const unban = (by: Person, room: Json, whom = 'bob') => by.call('DELETE', at(room, `/bans/${whom}`));
const bans = async (room: Json): Promise<Json> => (await ann.call('GET', at(room, '/bans'))).body;

test('a banned user can store nothing and gets no token until the owner lifts the ban', async () => {
  const room = await ann.createRoom();
  const { id } = (await say(bob, room)).body;
  assert.equal((await ban(ann, room, 'BOB')).status, 204);
  const [first] = (await bans(room)).bans;
  assert.deepEqual([first.username, first.bannedBy], ['bob', 'ann']);
  assert.ok(Math.abs(Date.parse(first.createdAt) - Date.now()) < 60_000);
  const message = at(room, `/messages/${id}`);
  const refused: [string, string, unknown?][] = [
    ['POST', at(room, '/messages'), { id: randomUUID(), content: 'again' }],
    ['PATCH', message, { content: 'edited' }],
    ['DELETE', message],
    ['PUT', `${message}/reactions/${encodeURIComponent('👍')}`],
    ['DELETE', `${message}/reactions/${encodeURIComponent('👍')}`],
    ['POST', at(room, '/tokens')],
  ];
  for (const [method, path, body] of refused) assertProblem(await bob.call(method, path, body), 'banned');
  assert.equal((await bob.call('GET', at(room))).body.lastSeq, 1, 'nothing is stored');
  assert.equal((await bob.call('GET', at(room, '/messages'))).status, 200, 'the history is readable for every user');
  assert.equal((await say(bob, await ann.createRoom())).status, 201, 'other rooms are not affected');
  assert.equal((await unban(ann, room)).status, 204);
  assert.deepEqual(await bans(room), { bans: [] });
  assert.equal((await say(bob, room)).status, 201);
  assert.equal((await bob.call('POST', at(room, '/tokens'))).status, 201);
});

test('a repeat of a message stored before the ban is still answered with the stored message', async () => {
  const room = await ann.createRoom();
  const body = { id: randomUUID(), content: 'stored' };
  const first = await bob.call('POST', at(room, '/messages'), body);
  await ban(ann, room);
  const again = await bob.call('POST', at(room, '/messages'), body);
  assert.deepEqual([again.status, again.body], [200, first.body]);
});

test('a ban and its end are idempotent: the first ban stays as it is', async () => {
  const room = await ann.createRoom();
  for (let times = 0; times < 2; times += 1) assert.equal((await unban(ann, room)).status, 204);
  await ban(ann, room);
  const before = await bans(room);
  assert.equal((await ban(root, room)).status, 204);
  assert.deepEqual(await bans(room), before);
});

test('concurrent bans and unbans of many users lose none of them', async () => {
  const room = await ann.createRoom();
  const [first, second] = [await person(site.url), await person(site.url)];
  await ban(ann, room, first.username);
  const answers = await Promise.all([
    ban(ann, room, 'bob'),
    ban(ann, room, 'cid'),
    ban(root, room, second.username),
    unban(ann, room, first.username),
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [204, 204, 204, 204],
  );
  const names = (await bans(room)).bans.map(({ username }: Json) => username);
  assert.deepEqual(names, ['bob', 'cid', second.username].sort());
  const { rows } = await site.sql.query('select banned from chat_rooms where id = $1', [room.id]);
  assert.deepEqual(rows[0].banned.toSorted(), names, 'the row that appends read has the same names');
});

test('only the owner and administrators ban, unban and list; others are refused with not_room_owner', async () => {
  const room = await ann.createRoom();
  for (const answer of [
    await ban(bob, room, 'cid'),
    await unban(bob, room),
    await bob.call('GET', at(room, '/bans')),
  ]) {
    assertProblem(answer, 'not_room_owner');
  }
  assert.equal((await ban(root, room)).status, 204);
  assert.equal((await bans(room)).bans[0].bannedBy, 'root');
  assert.equal((await root.call('GET', at(room, '/bans'))).status, 200);
  assert.equal((await unban(root, room)).status, 204);
});

test('the owner and administrators cannot be banned', async () => {
  const room = await ann.createRoom();
  for (const [by, whom] of [
    [ann, 'ann'],
    [root, 'ann'],
    [ann, 'root'],
  ] as const) {
    assertProblem(await ban(by, room, whom), 'protected_user');
  }
  assert.deepEqual(await bans(room), { bans: [] });
});

test('an unknown room is room_not_found and an unknown user is user_not_found', async () => {
  const room = await ann.createRoom();
  for (const method of ['PUT', 'DELETE']) {
    assertProblem(await ann.call(method, at(room, '/bans/nobody')), 'user_not_found');
    assertProblem(await ann.call(method, at({ name: 'Nowhere' }, '/bans/bob')), 'room_not_found');
    assertProblem(await ann.call(method, at(room, '/bans/b%20b')), 'invalid_request', '/path/username');
  }
  assertProblem(await ann.call('GET', at({ name: 'Nowhere' }, '/bans')), 'room_not_found');
});

test('bans are listed by username in pages, without those that were lifted', async () => {
  const room = await ann.createRoom();
  const people = await Promise.all(['Zoe', 'abe', 'Mia', 'kim'].map((name) => person(site.url, name)));
  for (const { username } of people) await ban(ann, room, username);
  await unban(ann, room, 'kim');
  const first = (await ann.call('GET', `${at(room, '/bans')}?limit=2`)).body;
  assert.deepEqual(
    first.bans.map(({ username }: Json) => username),
    ['abe', 'Mia'],
  );
  const second = (await ann.call('GET', `${at(room, '/bans')}?limit=2&cursor=${first.nextCursor}`)).body;
  assert.deepEqual([second.bans.map(({ username }: Json) => username), second.nextCursor], [['Zoe'], undefined]);
  assertProblem(await ann.call('GET', `${at(room, '/bans')}?cursor=_w`), 'invalid_request', '/query/cursor');
});

test(`a room has at most ${LIMITS.bansPerRoom} bans`, async () => {
  const room = await ann.createRoom();
  await site.sql.query(
    'update chat_rooms set banned = array(select $2 || n from generate_series(1, $3::int) n) where id = $1',
    [room.id, 'somebody-', LIMITS.bansPerRoom - 1],
  );
  assert.equal((await ban(ann, room, 'bob')).status, 204);
  note('limit bansPerRoom at');
  assertProblem(await ban(ann, room, 'cid'), 'too_many_bans');
  note('limit bansPerRoom beyond');
  assertProblem(await say(bob, room), 'banned');
  assert.equal((await say(cid, room)).status, 201);
});

test("a ban with a cookie needs the site's own origin", async () => {
  const room = await ann.createRoom();
  const login = await call(site.url, 'POST', '/api/session', { body: { email: ann.email, password: PASSWORD } });
  const cookie = login.headers.getSetCookie()[0]!.split(';')[0]!;
  for (const [method, path] of [
    ['PUT', at(room, '/bans/bob')],
    ['DELETE', at(room, '/bans/bob')],
  ] as const) {
    const foreign = { cookie, origin: 'https://elsewhere.example' };
    assertProblem(await call(site.url, method, path, { headers: foreign }), 'bad_origin');
    assert.equal((await call(site.url, method, path, { headers: { cookie, origin: site.url } })).status, 204);
  }
});
