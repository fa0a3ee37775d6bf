// The read operations of the internal API: rooms by id, pages of the log, the comparison of rooms, and refusals.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import contract from '@parlance/specs/internal.json' with { type: 'json' };
import { LIMITS } from '@parlance/specs/limits.ts';
import { validateOpenedRoom, validateRoomComparison, validateStoredEvents } from '@parlance/specs/validators.js';
import { type Json, type Person, person } from '../../tests/people.ts';
import { assertProblem, internal, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
let ann: Person;
let room: Json;
let gone: Json;
before(async () => {
  site = await startTestWebsite();
  ann = await person(site.url, 'ann');
  [room, gone] = [await ann.createRoom('Tea room'), await ann.createRoom('Gone room')];
  await site.sql.query(
    `insert into messages (room_id, seq, id, username, content, timestamp)
     select r, n, gen_random_uuid(), 'ann', 'message ' || n, now() from unnest($1::uuid[]) r, generate_series(1, 600) n`,
    [[room.id, gone.id]],
  );
  await site.sql.query('update chat_rooms set last_seq = 600');
  await ann.call('DELETE', '/api/rooms/Gone%20room');
});
after(() => site.stop());

const get = (path: string) => internal(site, 'GET', path);
const page = (query: string, id = room.id) => get(`/rooms/${id}/events?${query}`);

test('a room is opened by its id, and the answer has its last seq', async () => {
  const { status, body } = await get(`/rooms/${room.id}`);
  assert.equal(status, 200);
  assert.ok(validateOpenedRoom(body));
  assert.deepEqual(body, { roomId: room.id, room: 'Tea room', lastSeq: 600 });
  for (const id of [gone.id, randomUUID()]) assertProblem(await get(`/rooms/${id}`), 'room_not_found');
});

test('the log is read after a seq, in larger pages than the public API has, and not for deleted rooms', async () => {
  for (const [query, first, last, hasMore] of [
    ['after=0&limit=500', 1, 500, true],
    ['after=500&limit=500', 501, 600, false],
    ['after=100&limit=500', 101, 600, false],
    ['after=99&limit=500', 100, 599, true],
  ] as const) {
    const { body } = await page(query);
    assert.ok(validateStoredEvents(body));
    assert.deepEqual([body.roomId, body.events[0]!.seq, body.events.at(-1)!.seq], [room.id, first, last]);
    assert.deepEqual([body.events.length, body.hasMore], [last - first + 1, hasMore]);
  }
  assert.deepEqual((await page(`after=${LIMITS.seqMax}&limit=1`)).body.events, []);
  const listed = await ann.call('GET', '/api/rooms/Tea%20room/events?after=500&limit=100');
  assert.deepEqual((await page('after=500&limit=100')).body.events, listed.body.events, 'same events (G5)');
  for (const id of [gone.id, randomUUID()]) assertProblem(await page('after=0&limit=1', id), 'room_not_found');
  for (const [query, pointer] of [
    ['after=0', '/query/limit'],
    ['limit=1', '/query/after'],
    ['after=0&limit=501', '/query/limit'],
    ['after=0&limit=0', '/query/limit'],
    ['after=-1&limit=1', '/query/after'],
    ['after=1e1&limit=1', '/query/after'],
    ['after=9007199254740992&limit=1', '/query/after'],
    ['after=0&limit=1&before=3', '/query/before'],
  ] as const) {
    assertProblem(await page(query), 'invalid_request', pointer);
  }
});

test('a comparison returns the rooms that are ahead in the log and those that are gone, and no others', async () => {
  const compare = async (rooms: Json[]) => (await internal(site, 'POST', '/rooms/compare', { rooms })).body;
  const unknown = randomUUID();
  const answer = await compare([
    { roomId: room.id, lastSeq: 599 },
    { roomId: gone.id, lastSeq: 600 },
    { roomId: unknown, lastSeq: 0 },
  ]);
  assert.ok(validateRoomComparison(answer));
  assert.deepEqual(answer.ahead, [{ roomId: room.id, lastSeq: 600 }]);
  assert.deepEqual(answer.gone.toSorted(), [gone.id, unknown].toSorted());
  assert.deepEqual(await compare([{ roomId: room.id, lastSeq: 600 }]), { ahead: [], gone: [] });
  assert.deepEqual(await compare([{ roomId: room.id, lastSeq: LIMITS.seqMax }]), { ahead: [], gone: [] });
  assert.deepEqual(await compare([]), { ahead: [], gone: [] });
  const many = Array.from({ length: 100_000 }, () => ({ roomId: randomUUID(), lastSeq: 1 }));
  many[77_777] = { roomId: room.id, lastSeq: 1 };
  const large = await compare(many);
  assert.deepEqual([large.ahead, large.gone.length], [[{ roomId: room.id, lastSeq: 600 }], 99_999]);
});

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
for (const [template, item] of Object.entries(contract.paths)) {
  const declared = METHODS.filter((method) => method.toLowerCase() in item);
  const path = template.replace('{roomId}', '0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10');
  test(`${template} needs the secret, and refuses every method but ${declared.join(' and ')}`, async () => {
    for (const method of METHODS) {
      if (declared.includes(method)) continue;
      const answer = await internal(site, method, path);
      assertProblem(answer, 'method_not_allowed');
      assert.equal(answer.headers.get('allow'), declared.join(', ').replace('GET', 'GET, HEAD'));
    }
    for (const secret of ['', 'wrong', `${'x'.repeat(27)}s`, ann.token]) {
      const body = declared[0] === 'POST' ? {} : undefined;
      assertProblem(await internal(site, declared[0]!, path, body, secret), 'not_authenticated');
    }
  });
}

test('requests that break the contract are refused as by the public API', async () => {
  for (const path of ['/nope', '/jwks/', '/JWKS', '/rooms', `/rooms/${room.id}/`, `/rooms/${room.id}/events/1`]) {
    assertProblem(await get(path), 'not_found');
  }
  for (const id of ['x', room.id.toUpperCase(), `${room.id}0`, '%00']) {
    assertProblem(await get(`/rooms/${id}`), 'invalid_request', '/path/roomId');
  }
  assertProblem(await get('/rooms/%zz'), 'invalid_request');
  assertProblem(await get('/jwks?x=1'), 'invalid_request', '/query/x');
  for (const [body, pointer] of [
    [{}, '/body/rooms'],
    [{ rooms: [{ roomId: room.id }] }, '/body/rooms/0/lastSeq'],
    [{ rooms: [{ roomId: room.id, lastSeq: 2 ** 53 }] }, '/body/rooms/0/lastSeq'],
    [{ rooms: [{ roomId: room.id, lastSeq: 1.5 }] }, '/body/rooms/0/lastSeq'],
    [{ rooms: [], more: 1 }, '/body/more'],
  ] as const) {
    assertProblem(await internal(site, 'POST', '/rooms/compare', body), 'invalid_request', pointer);
  }
  assertProblem(await internal(site, 'POST', '/changes', '{'), 'invalid_json');
  const cursors = ['', 'ä', ' ', 'x'.repeat(201)];
  for (const cursor of cursors)
    assertProblem(await internal(site, 'POST', '/changes', { cursor }), 'invalid_request', '/body/cursor');
});

test('readiness and metrics need no secret, and contain no name of a user or room', async () => {
  const ready = await fetch(`${site.internalUrl}/readyz`);
  assert.deepEqual([ready.status, await ready.json()], [200, { ready: true, reasons: [], warnings: [] }]);
  const metrics = await (await fetch(`${site.internalUrl}/metrics`)).text();
  assert.match(metrics, /^nodejs_eventloop_lag_seconds\{service="website"\}/m);
  assert.doesNotMatch(metrics, /\bann\b|\bTea\b/);
});

test('a body of 16 MiB is accepted, and one of more than 32 MiB is refused', async () => {
  const padded = (bytes: number) => `{"rooms":[]${' '.repeat(bytes)}}`;
  assert.equal((await internal(site, 'POST', '/rooms/compare', padded(16 * 1024 * 1024))).status, 200);
  assertProblem(await internal(site, 'POST', '/rooms/compare', padded(32 * 1024 * 1024)), 'body_too_large');
});
