// More than a thousand requests that violate the contract: each gets the problem that the contract declares for it,
// changes nothing, and causes no internal error.
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { after, before, test } from 'node:test';
import { validateProblem } from '@parlance/specs/validators.js';
import { faultOf, operationOf } from '../../tests/contract.ts';
import { type Json, type Person, person } from '../../tests/people.ts';
import { assertProblem, internal, randomFrom, startTestWebsite, type TestWebsite } from './fixture.ts';
import { type OffSpec, offSpecRequests } from './off_spec_requests.ts';

const REQUESTS = 1_520;
const AT_ONCE = 8;

let site: TestWebsite;
let ann: Person;
before(async () => {
  site = await startTestWebsite({ MESSAGES_PER_10S: '1000000', LOGINS_PER_10MIN: '1000000' });
  ann = await person(site.url, 'ann');
  await ann.createRoom('Tea room');
});
after(() => site.stop());

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
after(() => agent.destroy());

function send({ method, path, headers, body }: OffSpec): Promise<{ status: number; type: string; body: Json }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; type: string; body: Json }>();
  const { hostname, port } = new URL(site.url);
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const sent = request(
    { agent, hostname, port, method, path, headers: { ...headers, ...length } },
    async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      const type = String(response.headers['content-type']);
      resolve({ status: response.statusCode!, type, body: type.endsWith('json') ? JSON.parse(text) : text });
    },
  );
  sent.on('error', reject).end(body);
  return promise;
}

/** All rows that a request could change, except the counters of rate limits. */
async function state(): Promise<Json> {
  const all = [];
  for (const table of ['users', 'sessions', 'chat_rooms', 'messages', 'signing_keys']) {
    const { rows } = await site.sql.query(
      `select count(*)::int, md5(string_agg(t::text, ',' order by t::text)) from ${table} t`,
    );
    all.push({ table, ...rows[0] });
  }
  return all;
}

test(`${REQUESTS} requests that each violate the contract in one way are refused as it says and change nothing`, async () => {
  const all = offSpecRequests(REQUESTS, 20_261_121, { authorization: `Bearer ${ann.token}` });
  const before = await state();
  const statuses = new Map<number, number>();
  const lanes = Array.from({ length: AT_ONCE }, async (_, lane) => {
    for (let at = lane; at < all.length; at += AT_ONCE) {
      const asked = all[at]!;
      const { status, type, body } = await send(asked).catch((error) => assert.fail(`${asked.what}: ${error}`));
      const told = `${asked.what}\n${JSON.stringify({ ...asked, body: String(asked.body).slice(0, 300) })}\n${status} ${JSON.stringify(body)}`;
      assert.ok(status >= 400 && status < 500, told);
      assert.equal(type, 'application/problem+json', told);
      assert.ok(validateProblem(body) && body.status === status, told);
      const operation = operationOf(asked.method, asked.path.split('?')[0]!);
      if (operation) assert.equal(faultOf(operation, status, type, body), undefined, told);
      else assert.ok([400, 403, 404, 405, 413, 415].includes(status), told);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  });
  await Promise.all(lanes);
  assert.deepEqual(await state(), before);
  for (const status of [400, 401, 403, 404, 405, 413, 415])
    assert.ok(statuses.has(status), `precondition: one of ${status}`);
  assert.equal(
    [...statuses.values()].reduce((sum, count) => sum + count, 0),
    REQUESTS,
  );
});

test('internal calls with invalid bodies are refused and change nothing', async () => {
  const random = randomFrom(7);
  const before = await state();
  const item = {
    roomId: '0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10',
    id: '0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21',
    username: 'ann',
    sid: '0199b2c4-3c00-7b10-a1f0-7e2d9b8c4f33',
    content: 'x',
  };
  const bodies: [string, Json][] = [
    ['/messages', { messages: [item], wait: false }],
    ['/rooms/compare', { rooms: [{ roomId: item.roomId, lastSeq: 1 }] }],
    ['/changes', { cursor: 'a.1.1' }],
  ];
  const wrong = [null, -1, 0.5, 1e308, {}, [{}], [null], ['x'], '', 'X'.repeat(6_000), '\0', { $gt: 1 }];
  for (let count = 0; count < 240; count += 1) {
    const [path, body] = bodies[count % 3]!;
    const value = wrong[Math.floor(random() * wrong.length)];
    const copy = structuredClone(body);
    const first = Object.keys(copy)[0]!;
    const inner = Array.isArray(copy[first]) && random() < 0.6 ? copy[first][0] : copy;
    const members = Object.keys(inner);
    const member = random() < 0.2 ? 'unknown' : members[Math.floor(random() * members.length)]!;
    inner[member] = value;
    const answer = await internal(site, 'POST', path, copy);
    assertProblem(answer, 'invalid_request');
  }
  assert.deepEqual(await state(), before);
});

test('afterwards the website works and has logged no warning', async () => {
  assert.equal((await ann.call('GET', '/api/session')).status, 200);
  assert.equal((await ann.call('GET', '/api/rooms/Tea%20room')).status, 200);
  assert.deepEqual(
    site.lines.filter(({ level }) => level !== 'info'),
    [],
  );
  assert.ok(site.lines.length > REQUESTS, 'precondition: each request was logged');
});
