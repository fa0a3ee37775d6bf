// Rate limits of registrations, rooms, messages and requests. log_in_attempts.test.ts is about wrong passwords.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { call, PASSWORD, person } from '../../tests/people.ts';
import { startWebsitePart, testDatabase } from '../../tests/stack.ts';
import { note } from '../../tests/wiretap.ts';
import { assertProblem, startTestWebsite } from './fixture.ts';

const logIn = (url: string, email: string, headers: Record<string, string> = {}, path = '/api/session') =>
  call(url, 'POST', path, { body: { email, password: PASSWORD }, headers });
const register = (url: string, name: string, headers: Record<string, string> = {}) =>
  call(url, 'POST', '/api/users', {
    body: { email: `${name}@example.org`, username: name, password: PASSWORD },
    headers,
  });
const from = (address: string) => ({ 'x-forwarded-for': address });

test('the registrations of one client address are limited per hour; malformed requests do not count', async (t) => {
  const limit = LIMITS.registrationsPerHour;
  const site = await startTestWebsite({ REGISTRATIONS_PER_HOUR: String(limit), TRUSTED_PROXIES: '127.0.0.1/32' });
  t.after(() => site.stop());
  for (let k = 0; k < 5; k += 1) assertProblem(await register(site.url, 'x', from('192.0.2.1')), 'invalid_request');
  for (let k = 1; k <= limit; k += 1) {
    assert.equal((await register(site.url, `person${k}`, from('192.0.2.1'))).status, 201);
  }
  note('limit registrationsPerHour at');
  const refused = await register(site.url, 'oneMore', from('192.0.2.1'));
  assertProblem(refused, 'too_many_requests');
  assert.ok(Number(refused.headers.get('retry-after')) > 3_000);
  note('limit registrationsPerHour beyond');
  assert.equal((await register(site.url, 'elsewhere', from('192.0.2.2'))).status, 201);
  const { rows } = await site.sql.query("select 1 from users where username = 'oneMore'");
  assert.equal(rows.length, 0);
});

test('an IPv6 /48 may register as often as a few addresses, with all its /64s together', async (t) => {
  const site = await startTestWebsite({ REGISTRATIONS_PER_HOUR: '1', TRUSTED_PROXIES: '127.0.0.1/32' });
  t.after(() => site.stop());
  for (let k = 1; k <= LIMITS.networkShare; k += 1) {
    assert.equal((await register(site.url, `person${k}`, from(`2001:db8:1:${k}::1`))).status, 201);
  }
  assertProblem(await register(site.url, 'oneMore', from('2001:db8:1:ff::1')), 'too_many_requests');
  assert.equal((await register(site.url, 'elsewhere', from('2001:db8:2::1'))).status, 201);
});

test('the counters survive a restart', async (t) => {
  const database = await testDatabase();
  t.after(() => database.drop());
  const settings = { LOGINS_PER_10MIN: '2', REGISTRATIONS_PER_HOUR: '1' };
  const first = await startWebsitePart(database.url, settings);
  await register(first.url, 'ann');
  const wrong = { email: 'ann@example.org', password: 'not the password' };
  for (let k = 0; k < 2; k += 1) {
    assertProblem(await call(first.url, 'POST', '/api/session', { body: wrong }), 'invalid_credentials');
  }
  await first.stop();
  const second = await startWebsitePart(database.url, settings);
  assertProblem(await logIn(second.url, 'ann@example.org'), 'too_many_requests');
  assertProblem(await register(second.url, 'bob'), 'too_many_requests');
  await second.stop();
});

test('X-Forwarded-For and X-Request-Id of a request count only if a trusted proxy sends them', async (t) => {
  const site = await startTestWebsite({ LOGINS_PER_10MIN: '1' });
  t.after(() => site.stop());
  for (let k = 1; k <= 10; k += 1) await logIn(site.url, `guess${k}@example.org`, from(`192.0.2.${k}`));
  assertProblem(await logIn(site.url, 'guess11@example.org', from('192.0.2.11')), 'too_many_requests');

  const proxied = await site.again({ TRUSTED_PROXIES: '127.0.0.1/32, 198.51.100.0/24' });
  const seen = async (part: typeof proxied, headers: Record<string, string>) => {
    const { headers: answered } = await call(part.url, 'GET', '/api/session', { headers });
    await new Promise((resolve) => setImmediate(resolve));
    const requests = part.lines.filter(({ msg }) => msg === 'request');
    return [requests.at(-1)!.address, answered.get('x-request-id') === headers['x-request-id']];
  };
  const id = { 'x-request-id': 'told-by-a-proxy' };
  assert.deepEqual(await seen(site, { ...from('192.0.2.1'), ...id }), ['127.0.0.1', false]);
  assert.deepEqual(await seen(proxied, { ...from('192.0.2.1'), ...id }), ['192.0.2.1', true]);
  assert.deepEqual(await seen(proxied, from('203.0.113.9, 192.0.2.1, 198.51.100.7')), ['192.0.2.1', false]);
  assert.deepEqual(await seen(proxied, {}), ['127.0.0.1', false]);
  for (const bad of ['', 'x'.repeat(65), 'line two', 'ü']) {
    assert.deepEqual((await seen(proxied, { 'x-request-id': encodeURIComponent(bad) }))[1], false);
  }
});

test("the rooms that a user creates are limited per day; failed attempts and other users' rooms do not count", async (t) => {
  const limit = LIMITS.roomsPerDay;
  const site = await startTestWebsite({ ROOMS_PER_DAY: String(limit) });
  t.after(() => site.stop());
  const [ann, bob] = [await person(site.url), await person(site.url)];
  const create = (name: string, who = ann) => who.call('POST', '/api/rooms', { name });
  const names = Array.from({ length: limit - 1 }, (_, k) => `Room ${k + 1}`);
  while (names.length > 0) {
    const answers = await Promise.all(names.splice(0, 20).map((name) => create(name)));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201]);
  }
  for (let k = 1; k < 4; k += 1) assertProblem(await create('room 1'), 'room_name_taken');
  const last = await Promise.all([create('Room a'), create('Room b'), create('Room c')]);
  assert.deepEqual(last.map(({ status }) => status).toSorted(), [201, 429, 429]);
  note('limit roomsPerDay at');
  assert.equal((await ann.call('DELETE', '/api/rooms/Room%201')).status, 204);
  const refused = await create('Room 1');
  assertProblem(refused, 'too_many_requests');
  const wait = Number(refused.headers.get('retry-after'));
  assert.ok(wait > 86_000 && wait <= 86_400, `${wait} s`);
  note('limit roomsPerDay beyond');
  assert.equal((await create('Room 1', bob)).status, 201);
});

test('the requests of a user are limited, by token, cookie and page together, and refused before the body is parsed', async (t) => {
  const limit = LIMITS.requestsPerUserPer10s;
  const site = await startTestWebsite({ REQUESTS_PER_USER_PER_10S: String(limit) });
  t.after(() => site.stop());
  const [ann, bob] = [await person(site.url), await person(site.url)];
  const { headers } = await logIn(site.url, ann.email);
  const cookie = headers.getSetCookie()[0]!.split(';')[0]!;
  const began = performance.now();
  const asked = [
    () => ann.call('GET', '/api/session'),
    () => call(site.url, 'GET', '/api/session', { headers: { cookie } }),
    () => call(site.url, 'GET', '/rooms', { headers: { cookie } }),
  ];
  let passed = 0;
  let refused = await asked[0]!();
  for (; refused.status === 200; passed += 1) refused = await asked[passed % 3]!();
  const refilled = Math.ceil(((performance.now() - began) / 10_000) * limit);
  assert.ok(passed >= limit && passed <= limit + refilled + 1, `${passed} passed`);
  note('limit requestsPerUserPer10s at');
  note('limit requestsPerUserPer10s beyond');
  // Refused with 429 although the body is not JSON: it was not parsed.
  const all = await Promise.all(Array.from({ length: 20 }, () => ann.call('POST', '/api/rooms', '{ not JSON')));
  const first = all.find(({ status }) => status === 429) ?? assert.fail('none was refused');
  assertProblem(first, 'too_many_requests');
  assert.equal(first.headers.get('retry-after'), '1');
  const pages = await Promise.all(
    Array.from({ length: 20 }, () => call(site.url, 'GET', '/rooms', { headers: { cookie, accept: 'text/html' } })),
  );
  const page = pages.find(({ status }) => status === 429) ?? assert.fail('no page was refused');
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
  assert.equal(page.headers.get('retry-after'), '1');
  assert.equal((await bob.call('GET', '/api/session')).status, 200, 'another user is not limited');
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  assert.equal((await asked[0]!()).status, 200, 'allowed again after Retry-After');
});

test('the messages of a user over HTTP are limited over all rooms together', async (t) => {
  const limit = LIMITS.messagesPerUserPer10s;
  const site = await startTestWebsite({ MESSAGES_PER_USER_PER_10S: String(limit) });
  t.after(() => site.stop());
  const [ann, bob] = [await person(site.url), await person(site.url)];
  const perRoom = LIMITS.messagesPer10s - 1;
  const rooms: string[] = [];
  for (let k = 0; k <= limit / perRoom; k += 1) rooms.push(encodeURIComponent((await ann.createRoom()).name));
  const send = (room: string, who = ann) =>
    who.call('POST', `/api/rooms/${room}/messages`, { id: randomUUID(), content: 'x' });
  const sent = await Promise.all(Array.from({ length: limit }, (_, k) => send(rooms[Math.floor(k / perRoom)]!)));
  assert.deepEqual([...new Set(sent.map(({ status }) => status))], [201]);
  note('limit messagesPerUserPer10s at');
  const refused = await send(rooms.at(-1)!);
  assertProblem(refused, 'rate_limited');
  assert.match(refused.body.detail, /over all rooms/);
  assert.ok(Number(refused.headers.get('retry-after')) <= 10);
  note('limit messagesPerUserPer10s beyond');
  assert.equal((await send(rooms.at(-1)!, bob)).status, 201, 'another user is not limited');
});
