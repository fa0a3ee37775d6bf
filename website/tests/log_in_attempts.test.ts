// Limits on wrong passwords: strangers never lock the owner out, and the more they enter, the fewer are allowed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { Request } from 'express';
import { type Answer, call, PASSWORD, type Person, person } from '../../tests/people.ts';
import { SECRETS } from '../../tests/stack.ts';
import { note } from '../../tests/wiretap.ts';
import { counterKey } from '../app/counters.ts';
import { KnownBrowsers } from '../app/known_browsers.ts';
import { allowedInUnknown } from '../app/log_in_attempts.ts';
import { assertProblem, startTestWebsite, type TestWebsite } from './fixture.ts';

const LIMIT = LIMITS.loginsPer10Min;
const DOORS = ['/api/session', '/api/access-tokens'];
let site: TestWebsite;
before(async () => {
  site = await startTestWebsite({ LOGINS_PER_10MIN: String(LIMIT), TRUSTED_PROXIES: '127.0.0.1/32' });
});
after(() => site.stop());

interface Attempt {
  /** As X-Forwarded-For. */
  from: string;
  password?: string;
  cookie?: string;
  door?: string;
  url?: string;
}

const attempt = (
  email: string,
  { from, password = 'a wrong one', cookie, door = DOORS[0]!, url = site.url }: Attempt,
) =>
  call(url, 'POST', door, {
    body: { email, password },
    headers: { 'x-forwarded-for': from, ...(cookie ? { cookie } : {}) },
  });
const right = (who: Person, more: Attempt) => attempt(who.email, { password: PASSWORD, ...more });
const browserCookie = (answer: Answer) => answer.headers.getSetCookie()[1]!.split(';')[0]!;
async function exhaust(email: string, from: string, cookie?: string): Promise<void> {
  for (let k = 0; k < LIMIT; k += 1) {
    const door = cookie ? DOORS[0]! : DOORS[k % 2]!;
    assertProblem(await attempt(email, { from, door, ...(cookie ? { cookie } : {}) }), 'invalid_credentials');
  }
}
/** Ends the windows of ten minutes. */
const tenMinutesLater = () =>
  site.sql.query("delete from rate_limits where key like 'login_wrong:%' or key like 'login_from:%'");

test('after loginsPer10Min wrong passwords a network is refused by both operations, in any case of the email, even with the right one', async () => {
  const ann = await person(site.url);
  await exhaust(ann.email, '192.0.2.1');
  note('limit loginsPer10Min at');
  for (const door of DOORS) {
    const refused = await right(ann, { from: '192.0.2.9', door });
    assertProblem(refused, 'too_many_requests');
    const wait = Number(refused.headers.get('retry-after'));
    assert.ok(wait > 500 && wait <= 600, `${wait} s`);
  }
  assertProblem(await attempt(ann.email.toUpperCase(), { from: '192.0.2.1' }), 'too_many_requests');
  note('limit loginsPer10Min beyond');
  const { rows } = await site.sql.query('select key from rate_limits');
  assert.ok(rows.length > 0 && !/example|192\.0/.test(JSON.stringify(rows)), 'the table has no email and no address');
});

test('the owner can log in from another network at once, over IPv4 and IPv6', async () => {
  const ann = await person(site.url);
  await exhaust(ann.email, '192.0.2.1');
  await exhaust(ann.email, '2001:db8:1:1::1');
  assertProblem(await right(ann, { from: '2001:db8:1:2::1' }), 'too_many_requests');
  for (const from of ['198.51.100.1', '2001:db8:2:1::1']) {
    for (const door of DOORS) assert.ok((await right(ann, { from, door })).status < 300, `${from} ${door}`);
  }
});

test('in a known browser the owner can log in from the same address, also after a logout, with a separate allowance', async () => {
  const [ann, bob] = [await person(site.url), await person(site.url)];
  const from = '192.0.2.1';
  const login = await right(ann, { from: '198.51.100.1' });
  const cookie = browserCookie(login);
  const session = login.headers.getSetCookie()[0]!.split(';')[0]!;
  const out = await call(site.url, 'DELETE', '/api/session', { headers: { cookie: `${session}; ${cookie}` } });
  assert.deepEqual(
    out.headers.getSetCookie().map((set) => set.split('=')[0]),
    ['parlance_session'],
    'the browser cookie survives',
  );
  await exhaust(ann.email, from);
  // The allowance of the address is used up as well.
  for (let k = LIMIT; k < LIMITS.loginsPerAddressPer10Min; k += 1) await attempt(`${k}@example.org`, { from });
  assertProblem(await right(bob, { from }), 'too_many_requests');
  assertProblem(await right(ann, { from }), 'too_many_requests');
  assert.equal((await right(ann, { from, cookie })).status, 200);
  await exhaust(ann.email, from, cookie);
  assertProblem(await right(ann, { from, cookie }), 'too_many_requests');
  // A browser is known only for the accounts that logged in with it, and only by a genuine cookie.
  const other = browserCookie(await right(bob, { from: '198.51.100.1', cookie }));
  assert.equal(other.split('.')[0], cookie.split('.')[0], 'one browser, two accounts');
  assertProblem(await right(ann, { from, cookie: other }), 'too_many_requests');
  assert.equal((await right(bob, { from, cookie: other })).status, 200);
  for (const forged of [
    other.slice(0, -1),
    `${other}x`,
    other.replace(/=./, '=!'),
    'parlance_browser=j:5',
    'parlance_browser=',
  ]) {
    assertProblem(await right(bob, { from, cookie: forged }), 'too_many_requests');
  }
  await tenMinutesLater();
});

test('an address may enter ten times as many wrong passwords for all accounts together; other addresses are not affected', async () => {
  const from = '192.0.2.1';
  for (let k = 0; k < LIMITS.loginsPerAddressPer10Min; k += 1) {
    assertProblem(await attempt(`guess${k}@example.org`, { from }), 'invalid_credentials');
  }
  note('limit loginsPerAddressPer10Min at');
  assertProblem(await attempt('guess@example.org', { from }), 'too_many_requests');
  note('limit loginsPerAddressPer10Min beyond');
  assertProblem(await attempt('guess@example.org', { from: '192.0.2.2' }), 'invalid_credentials');
  await tenMinutesLater();
});

test('right passwords and attempts that were not verified do not count, however many run at once', async () => {
  const ann = await person(site.url);
  const from = '203.0.113.1';
  for (let k = 0; k < 3; k += 1) {
    const all = await Promise.all(Array.from({ length: LIMIT }, () => right(ann, { from })));
    assert.deepEqual([...new Set(all.map(({ status }) => status))], [200]);
  }
  await Promise.all(Array.from({ length: 3 * LIMIT }, () => right(ann, { from })));
  await exhaust(ann.email, from);
});

test('of 50 concurrent guesses at two replicas, no more are verified than of sequential ones', async () => {
  const other = await site.again({ LOGINS_PER_10MIN: String(LIMIT), TRUSTED_PROXIES: '127.0.0.1/32' });
  const guess = (k: number) =>
    attempt('nobody@example.org', { from: '203.0.113.1', url: k % 2 ? site.url : other.url, door: DOORS[k % 2]! });
  let verified = 0;
  // Guesses that were refused for lack of a hashing place are sent again.
  for (let round = 0; round < 3; round += 1) {
    const all = await Promise.all(Array.from({ length: 50 }, (_, k) => guess(k)));
    verified += all.filter(({ status }) => status === 401).length;
  }
  assert.equal(verified, LIMIT);
});

test('in a day a network may enter five times as many wrong passwords as in ten minutes', async () => {
  const ann = await person(site.url);
  await right(ann, { from: '203.0.113.1' });
  for (let entered = 0; entered < LIMITS.loginsPerDay; entered += LIMIT) {
    await tenMinutesLater();
    await exhaust(ann.email, '203.0.113.1');
  }
  note('limit loginsPerDay at');
  await tenMinutesLater();
  const refused = await attempt(ann.email, { from: '203.0.113.1' });
  assertProblem(refused, 'too_many_requests');
  const wait = Number(refused.headers.get('retry-after'));
  assert.ok(wait > 86_000 && wait <= 86_400, `${wait} s`);
  note('limit loginsPerDay beyond');
});

test("the more wrong passwords come from unknown networks, the fewer each may enter; the owner's allowance stays", async (t) => {
  const strict = await site.again({ LOGINS_PER_10MIN: '2', TRUSTED_PROXIES: '127.0.0.1/32' });
  t.after(() => strict.stop());
  const { url } = strict;
  const ann = await person(site.url);
  const home = '198.51.100.1';
  const cookie = browserCookie(await right(ann, { from: home }));
  const verified = async (from: string, cookie = '') => {
    const answers = [];
    for (let k = 0; k < 3; k += 1) answers.push(await attempt(ann.email, { url, from, cookie }));
    return { count: answers.filter(({ status }) => status === 401).length, last: answers.at(-1)! };
  };
  let networks = 0;
  const inNewNetwork = () => {
    networks += 1;
    return verified(`10.0.${networks}.1`);
  };
  for (let wrong = 0; wrong < 40; wrong += 2) assert.equal((await inNewNetwork()).count, 2, `after ${wrong}`);
  const { count, last } = await inNewNetwork();
  assert.equal(count, 1, 'after four times what one network may enter in a day');
  assertProblem(last, 'too_many_requests');
  assert.ok(Number(last.headers.get('retry-after')) > 86_000);
  assert.equal((await right(ann, { url, from: '203.0.113.77' })).status, 200, 'a first attempt is always verified');
  assert.equal((await verified(home)).count, 2);
  assert.equal((await verified('10.0.1.1', cookie)).count, 2);
  assert.deepEqual(
    [0, 49, 50, 99, 100, 199, 200, 400, 800, 1e9].map((wrong) => allowedInUnknown(wrong, 50)),
    [50, 50, 25, 25, 12, 12, 6, 3, 1, 1],
  );
});

test('an unknown email is counted, refused and answered like a known one', async () => {
  const ann = await person(site.url);
  const told = async (email: string) => {
    const answers: unknown[] = [];
    for (let k = 0; k <= LIMIT; k += 1) {
      const { status, headers, body } = await attempt(email, { from: '192.0.2.200' });
      const { requestId: _, ...rest } = body;
      answers.push([status, rest, [...headers.keys()]]);
    }
    return answers;
  };
  assert.deepEqual(await told('unknown@example.org'), await told(ann.email));
});

test('a browser and a network are known for 30 days', async () => {
  const ann = await person(site.url);
  const login = await right(ann, { from: '198.51.100.1' });
  const [, known = ''] = login.headers.getSetCookie();
  assert.match(known, new RegExp(`; Max-Age=${LIMITS.knownSeconds}; `));
  const until = Number.parseInt(known.split('.')[1]!, 36) - Date.now() / 1_000;
  assert.ok(Math.abs(until - LIMITS.knownSeconds) < 10);
  note('limit knownSeconds at');

  const browsers = new KnownBrowsers(SECRETS.SESSION_SECRET, false);
  const request = { headers: { cookie: known.split(';')[0] } } as unknown as Request;
  const ends = Number.parseInt(known.split('.')[1]!, 36) * 1_000;
  assert.ok(browsers.nameOf(request, ann.email, ends - 1));
  assert.equal(browsers.nameOf(request, ann.email, ends), undefined);

  // A wrong password from a network that is no longer known counts for all unknown networks together.
  const everywhere = async () => {
    await attempt(ann.email, { from: '198.51.100.1' });
    const key = counterKey('login_wrong_everywhere', ann.email);
    return (await site.sql.query('select points from rate_limits where key = $1', [key])).rows[0]?.points ?? 0;
  };
  assert.equal(await everywhere(), 0);
  const key = counterKey('login_known', ann.email, '198.51.100.0/24');
  const moved = await site.sql.query('update rate_limits set expire = $2 where key = $1 returning key', [
    key,
    Date.now(),
  ]);
  assert.equal(moved.rowCount, 1);
  assert.equal(await everywhere(), 1);
  note('limit knownSeconds beyond');
});

test('refused logins write nothing to the database, for any email', async () => {
  const from = '203.0.113.77';
  for (let k = 0; k < 10 * LIMIT; k += 1) await attempt(`guess${k}@example.org`, { from });
  // Without expired counters: the janitor may delete them at any moment.
  const counters = `select count(*)::int, sum(points)::int from rate_limits
    where expire > extract(epoch from clock_timestamp()) * 1000`;
  const rows = async () => (await site.sql.query(counters)).rows[0];
  const before = await rows();
  for (let k = 0; k < 20; k += 1) {
    assertProblem(await attempt(`other${k}@example.org`, { from }), 'too_many_requests');
  }
  assert.deepEqual(await rows(), before);
});

test('a right password leaves no counter', async () => {
  const ann = await person(site.url);
  const rows = async () => (await site.sql.query("select key from rate_limits where key like 'login_wrong%'")).rowCount;
  const before = await rows();
  assert.equal((await right(ann, { from: '203.0.113.99' })).status, 200);
  assert.equal(await rows(), before);
});
