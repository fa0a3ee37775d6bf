// How often somebody may try: logins by account and by address, registrations by address, counted in the database.
import assert from 'node:assert/strict';
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

test('one account may be tried so many times in ten minutes, by whichever door and in whichever case', async (t) => {
  const site = await startTestWebsite({ LOGINS_PER_10MIN: String(LIMITS.loginsPer10Min) });
  t.after(() => site.stop());
  const [ann, bob] = [await person(site.url, 'ann'), await person(site.url, 'bob')];
  const doors = ['/api/session', '/api/access-tokens'];
  for (let attempt = 2; attempt <= LIMITS.loginsPer10Min; attempt += 1) {
    const answer = await logIn(site.url, attempt % 2 ? ann.email : 'ANN@Example.Org', {}, doors[attempt % 3 ? 0 : 1]);
    assert.ok(answer.status < 300, `attempt ${attempt}: ${answer.status}`);
  }
  note('limit loginsPer10Min at');
  for (const door of doors) {
    const refused = await logIn(site.url, ann.email, {}, door);
    assertProblem(refused, 'too_many_requests');
    const wait = Number(refused.headers.get('retry-after'));
    assert.ok(wait > 500 && wait <= 600, `${wait} s`);
  }
  note('limit loginsPer10Min beyond');
  assert.equal((await logIn(site.url, bob.email)).status, 200, 'another account may');
  const { rows } = await site.sql.query('select key from rate_limits');
  assert.ok(rows.length > 0 && !JSON.stringify(rows).includes('example'), 'no address of a person stands in the table');
});

test('of many attempts at once no more pass than one after the other', async (t) => {
  const site = await startTestWebsite({ LOGINS_PER_10MIN: '3' });
  t.after(() => site.stop());
  const other = await site.again();
  const all = await Promise.all(
    Array.from({ length: 12 }, (_, k) => logIn(k % 2 ? site.url : other.url, 'nobody@example.org')),
  );
  assert.deepEqual(all.map(({ status }) => status).toSorted(), [401, 401, 401, ...Array(9).fill(429)]);
});

test('one address may try ten times as many logins, whatever accounts; another address still may', async (t) => {
  const site = await startTestWebsite({ LOGINS_PER_10MIN: '1', TRUSTED_PROXIES: '127.0.0.1/32' });
  t.after(() => site.stop());
  for (let attempt = 1; attempt <= 10; attempt += 1) {
    assertProblem(await logIn(site.url, `guess${attempt}@example.org`, from('192.0.2.1')), 'invalid_credentials');
  }
  assertProblem(await logIn(site.url, 'guess11@example.org', from('192.0.2.1')), 'too_many_requests');
  assertProblem(await logIn(site.url, 'guess12@example.org', from('192.0.2.2')), 'invalid_credentials');
});

test('one address may register so many accounts in an hour; what is malformed is not counted', async (t) => {
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

test('the counters survive a restart', async (t) => {
  const database = await testDatabase();
  t.after(() => database.drop());
  const settings = { LOGINS_PER_10MIN: '2', REGISTRATIONS_PER_HOUR: '1' };
  const first = await startWebsitePart(database.url, settings);
  await register(first.url, 'ann');
  for (let k = 0; k < 2; k += 1) assert.equal((await logIn(first.url, 'ann@example.org')).status, 200);
  await first.stop();
  const second = await startWebsitePart(database.url, settings);
  assertProblem(await logIn(second.url, 'ann@example.org'), 'too_many_requests');
  assertProblem(await register(second.url, 'bob'), 'too_many_requests');
  await second.stop();
});

test('what a request says about where it comes from is believed only from a trusted proxy', async (t) => {
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
