// A room token is issued without Express. Each request must get the same answer as from Express, which handles a path
// with an empty query.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Answer, call, type Json, PASSWORD, type Person, person } from '../../tests/people.ts';
import { startTestWebsite, type TestWebsite } from './fixture.ts';

const ALLOWED = 'https://other.example';
let site: TestWebsite;
let [ann, bob]: Person[] = [];
let cookie: string;
let [room, banned]: Json[] = [];
before(async () => {
  site = await startTestWebsite({ ALLOWED_ORIGINS: ALLOWED });
  [ann, bob] = [await person(site.url, 'ann'), await person(site.url, 'bob')];
  const body = { email: bob.email, password: PASSWORD };
  const logIn = await call(site.url, 'POST', '/api/session', { body });
  assert.equal(logIn.status, 200);
  cookie = logIn.headers.getSetCookie()[0]!.split(';')[0]!;
  [room, banned] = [await ann.createRoom('Tee & Café'.replace('& ', '')), await ann.createRoom()];
  assert.equal((await ann.call('PUT', `/api/rooms/${encodeURIComponent(banned.name)}/bans/bob`)).status, 204);
});
after(() => site.stop());

/** Sends the same request past Express and through it. */
async function both(name: string, headers: Record<string, string>): Promise<[Answer, Answer]> {
  const path = `/api/rooms/${encodeURIComponent(name)}`;
  return [
    await call(site.url, 'POST', `${path}/tokens`, { headers }),
    await call(site.url, 'POST', `${path}/tokens?`, { headers }),
  ];
}

/** The answer without the values that differ each time. */
const shown = ({ status, headers, body }: Answer) => {
  const { token, expiresAt, requestId, ...rest } = body;
  const { 'x-request-id': id, date, 'content-length': length, ...others } = Object.fromEntries(headers);
  assert.ok(id && date && Number(length) > 0);
  const type = (others['content-type'] as string).toLowerCase();
  return {
    status,
    body: { ...rest, ...(token && { token: token.split('.').length }) },
    headers: { ...others, 'content-type': type },
  };
};

const REQUESTS: Record<string, () => [status: number, name: string, headers: Record<string, string>]> = {
  'a bearer token': () => [201, room!.name, { authorization: `Bearer ${ann!.token}` }],
  'a cookie': () => [201, room!.name, { cookie, origin: site.url }],
  'a page of an allowed origin': () => [201, room!.name, { authorization: `Bearer ${ann!.token}`, origin: ALLOWED }],
  'no session': () => [401, room!.name, {}],
  'an invalid token': () => [401, room!.name, { authorization: 'Bearer x.y.z' }],
  'an invalid cookie': () => [401, room!.name, { cookie: `${cookie}x`, origin: site.url }],
  'a foreign page with a cookie': () => [403, room!.name, { cookie, origin: 'https://evil.example' }],
  'a user who is banned': () => [403, banned!.name, { authorization: `Bearer ${bob!.token}` }],
  'an unknown room': () => [404, 'nowhere', { authorization: `Bearer ${ann!.token}` }],
  'an impossible room name': () => [400, 'a/b', { authorization: `Bearer ${ann!.token}` }],
};

for (const [who, make] of Object.entries(REQUESTS)) {
  test(`${who}: the answer past Express equals the answer of Express`, async () => {
    const [status, name, headers] = make();
    const [past, through] = await both(name, headers);
    assert.equal(past.status, status, JSON.stringify(past.body));
    assert.deepEqual(shown(past), shown(through));
  });
}

test('a query, a body and another method are left to Express, which refuses them', async () => {
  const path = `/api/rooms/${encodeURIComponent(room!.name)}/tokens`;
  const answers = [
    await ann!.call('POST', `${path}?x=1`),
    await ann!.call('POST', path, { body: {} }),
    await ann!.call('PUT', path),
  ];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [400, 400, 405],
  );
});
