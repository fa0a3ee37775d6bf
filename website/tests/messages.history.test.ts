// The message history over HTTP: pages before or after a seq, ascending, without gaps.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { type Answer, type Json, type Person, person } from '../../tests/people.ts';
import { note } from '../../tests/wiretap.ts';
import { assertProblem, startTestWebsite, type TestWebsite } from './fixture.ts';

const LENGTH = 120;

let site: TestWebsite;
let ann: Person;
let room: Json;
before(async () => {
  site = await startTestWebsite();
  ann = await person(site.url);
  room = await ann.createRoom();
  await site.sql.query(
    `insert into messages (room_id, seq, id, username, content, timestamp)
     select $1, n, gen_random_uuid(), 'ann', 'message ' || n, now() from generate_series(1, $2) n`,
    [room.id, LENGTH],
  );
  await site.sql.query('update chat_rooms set last_seq = $2 where id = $1', [room.id, LENGTH]);
});
after(() => site.stop());

const read = (query = '') => ann.call('GET', `/api/rooms/${encodeURIComponent(room.name)}/messages${query}`);
const seqs = ({ body }: Answer): number[] => body.messages.map(({ seq }: { seq: number }) => seq);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, k) => from + k);

test('without before and after the newest page is returned, ascending', async () => {
  const answer = await read();
  assert.deepEqual([answer.body.roomId, answer.body.asOf, answer.body.hasMore], [room.id, LENGTH, true]);
  assert.deepEqual(seqs(answer), range(LENGTH - LIMITS.pageDefault + 1, LENGTH));
  assert.deepEqual(Object.keys(answer.body.messages[0]).toSorted(), [
    'content',
    'id',
    'reactions',
    'revision',
    'room',
    'seq',
    'timestamp',
    'username',
    'version',
  ]);
  assert.equal(answer.body.messages[0].room, room.name);
});

for (const [query, expected, hasMore] of [
  ['?limit=3', range(118, 120), true],
  ['?before=5&limit=3', range(2, 4), true],
  ['?before=4&limit=3', range(1, 3), false],
  ['?before=1', [], false],
  ['?before=0', [], false],
  ['?before=121&limit=1', [120], true],
  [`?before=${LIMITS.seqMax}&limit=2`, range(119, 120), true],
  ['?after=0&limit=3', range(1, 3), true],
  ['?after=117&limit=3', range(118, 120), false],
  ['?after=117&limit=2', range(118, 119), true],
  ['?after=120', [], false],
  [`?after=${LIMITS.seqMax}`, [], false],
  [`?after=20&limit=${LIMITS.pageMax}`, range(21, 120), false],
  [`?after=19&limit=${LIMITS.pageMax}`, range(20, 119), true],
] as const) {
  test(`${query} of ${LENGTH} messages returns ${expected.length}, and hasMore is ${hasMore}`, async () => {
    const answer = await read(query);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.deepEqual([seqs(answer), answer.body.hasMore], [expected, hasMore]);
  });
}

test('paging up and paging down both return every message once, even while new ones arrive', async () => {
  const up: number[] = [];
  for (let more = true; more; ) {
    const page = await read(`?after=${up.at(-1) ?? 0}&limit=17`);
    up.push(...seqs(page));
    more = page.body.hasMore;
  }
  assert.deepEqual(up, range(1, LENGTH));
  let down: number[] = [];
  for (let more = true; more; ) {
    const page = await read(`?before=${down[0] ?? LENGTH + 1}&limit=17`);
    down = [...seqs(page), ...down];
    more = page.body.hasMore;
    const body = { id: randomUUID(), content: 'meanwhile' };
    await ann.call('POST', `/api/rooms/${encodeURIComponent(room.name)}/messages`, body);
  }
  assert.deepEqual(down, range(1, LENGTH));
  assert.ok(seqs(await read())[0]! > LENGTH - LIMITS.pageDefault + 1, 'precondition: new ones arrived');
});

test('an empty room has an empty page', async () => {
  const empty = await ann.createRoom();
  const { body } = await ann.call('GET', `/api/rooms/${encodeURIComponent(empty.name)}/messages`);
  assert.deepEqual(body, { roomId: empty.id, asOf: 0, messages: [], hasMore: false });
});

test('before and after together are refused, and so are values that are not integers', async () => {
  assertProblem(await read('?before=5&after=1'), 'invalid_request', '/query/after');
  for (const value of ['-1', '1.5', '1e3', '0x10', '%205', '5%20', 'abc', '', 'NaN', 'true', '%2B5', '٣']) {
    for (const name of ['before', 'after', 'limit']) {
      assertProblem(await read(`?${name}=${value}`), 'invalid_request', `/query/${name}`);
    }
  }
});

test('a seq is at most the largest safe integer', async () => {
  assert.equal((await read(`?after=${LIMITS.seqMax}`)).status, 200);
  note('limit seqMax at');
  for (const value of [
    '9007199254740992',
    '9007199254740993',
    '9223372036854775808',
    '9'.repeat(40),
    '9'.repeat(400),
  ]) {
    for (const name of ['before', 'after']) {
      assertProblem(await read(`?${name}=${value}`), 'invalid_request', `/query/${name}`);
    }
  }
  note('limit seqMax beyond');
});
