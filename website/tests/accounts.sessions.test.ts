// Login, logout and the lifetime of sessions, by cookie and by access token.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hash } from '@node-rs/argon2';
import { LIMITS } from '@parlance/specs/limits.ts';
import { call, PASSWORD, type Person, person } from '../../tests/people.ts';
import { note } from '../../tests/wiretap.ts';
import { assertProblem, logIn, sidOf, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
let ann: Person;
before(async () => {
  site = await startTestWebsite();
  ann = await person(site.url, 'ann');
});
after(() => site.stop());

const session = (headers: Record<string, string>, method = 'GET') =>
  call(site.url, method, '/api/session', { headers });
const withCookie = (cookie: string, method?: string) => session({ cookie }, method);
const withToken = (token: string, method?: string) => session({ authorization: `Bearer ${token}` }, method);
const accessToken = async () => {
  const body = { email: ann.email, password: PASSWORD };
  return (await call(site.url, 'POST', '/api/access-tokens', { body })).body.accessToken as string;
};

test('a login answers with the session and sets a cookie that is HttpOnly and SameSite=Lax', async () => {
  const { answer, cookie } = await logIn(site.url, 'ANN@example.ORG');
  const [set, known, ...more] = answer.headers.getSetCookie();
  assert.deepEqual(more, []);
  assert.match(set!, /^parlance_session=[^;]+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/);
  assert.match(known!, /^parlance_browser=[^;]+; Max-Age=\d+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  const lasts = Date.parse(answer.body.expiresAt) - Date.now();
  assert.ok(Math.abs(lasts - LIMITS.sessionSeconds * 1_000) < 60_000);
  assert.equal(answer.headers.get('strict-transport-security'), null, 'not over plain http');
  assert.deepEqual((await withCookie(cookie)).body, answer.body);
});

test('an unknown address and a wrong password get the same answer in the same time', async () => {
  const attempt = async (body: object) => {
    const began = performance.now();
    const answer = await call(site.url, 'POST', '/api/session', { body });
    return { answer, ms: performance.now() - began };
  };
  const told: object[] = [];
  const fastest = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  // Alternately, so that other load on the machine slows both.
  for (let times = 0; times < 4; times += 1) {
    for (const [index, email] of [ann.email, 'nobody@example.org'].entries()) {
      const { answer, ms } = await attempt({ email, password: 'not the password' });
      assertProblem(answer, 'invalid_credentials');
      fastest[index] = Math.min(fastest[index]!, ms);
      if (times > 0) continue;
      const { requestId: _, ...body } = answer.body;
      told.push({ body, headers: [...answer.headers.keys()] });
    }
  }
  assert.deepEqual(told[0], told[1]);
  assert.ok(fastest[1]! > fastest[0]! / 2, `${fastest} ms: the time must not reveal an unknown address`);
});

test('each login sets a new cookie; a cookie sent with it is not reused, and its session ends', async () => {
  const planted = 'parlance_session=s%3Achosen-by-somebody-else.c2lnbmF0dXJl';
  const first = await logIn(site.url, ann.email, { cookie: planted });
  assert.notEqual(first.cookie, planted);
  assertProblem(await withCookie(planted), 'not_authenticated');
  const second = await logIn(site.url, ann.email, { cookie: first.cookie });
  assert.notEqual(second.cookie, first.cookie);
  assert.equal((await withCookie(second.cookie)).status, 200);
  assertProblem(await withCookie(first.cookie), 'not_authenticated');
});

test('logging out by cookie ends that session with its room tokens, and no other session', async () => {
  const { cookie } = await logIn(site.url, ann.email);
  const room = await ann.createRoom();
  const path = `/api/rooms/${encodeURIComponent(room.name)}/tokens`;
  const { body } = await call(site.url, 'POST', path, { headers: { cookie } });
  const gone = await withCookie(cookie, 'DELETE');
  assert.equal(gone.status, 204);
  assert.match(gone.headers.getSetCookie()[0]!, /^parlance_session=; .*Expires=Thu, 01 Jan 1970/);
  assertProblem(await withCookie(cookie), 'not_authenticated');
  assertProblem(await withCookie(cookie, 'DELETE'), 'not_authenticated');
  const ended = await site.sql.query('select ended_at from sessions where handle = $1', [sidOf(body.token)]);
  assert.ok(ended.rows[0].ended_at instanceof Date, 'the session that the room token names');
  assert.equal((await withToken(ann.token)).status, 200);
});

test('logging out with an access token ends that token, in every replica, and leaves cookies alone', async () => {
  const { cookie } = await logIn(site.url, ann.email);
  const token = await accessToken();
  const answer = await session({ cookie, authorization: `Bearer ${token}` }, 'DELETE');
  assert.equal(answer.status, 204);
  assert.deepEqual(answer.headers.getSetCookie(), []);
  assertProblem(await withToken(token), 'not_authenticated');
  const other = await site.again();
  const headers = { authorization: `Bearer ${token}` };
  assertProblem(await call(other.url, 'GET', '/api/session', { headers }), 'not_authenticated');
  assert.equal((await withCookie(cookie)).status, 200);
});

test('a request with a bearer token ignores cookies, whether or not the token is valid', async () => {
  const bob = await person(site.url, 'bob');
  const { cookie } = await logIn(site.url, ann.email);
  const both = await session({ cookie, authorization: `Bearer ${bob.token}` });
  assert.equal(both.body.user.username, 'bob');
  for (const authorization of ['Bearer nonsense', 'Bearer', `Basic ${btoa('ann:x')}`, '']) {
    assertProblem(await session({ cookie, authorization }), 'not_authenticated');
  }
});

test('no session, a forged cookie and a forged token are all not_authenticated', async () => {
  const { cookie } = await logIn(site.url, ann.email);
  const refused = await session({});
  assertProblem(refused, 'not_authenticated');
  assert.equal(refused.headers.get('www-authenticate'), 'Bearer');
  const other = cookie.endsWith('A') ? 'B' : 'A';
  assertProblem(await withCookie(cookie.slice(0, -1) + other), 'not_authenticated');
  const [header, , signature] = ann.token.split('.');
  const claims = Buffer.from(JSON.stringify({ sid: sidOf(ann.token), exp: 9e9 })).toString('base64url');
  assertProblem(await withToken(`${header}.${claims}.${signature}`), 'not_authenticated');
  const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url');
  assertProblem(await withToken(`${none}.${claims}.`), 'not_authenticated');
});

test('a session is valid until it expires, by cookie and by token', async () => {
  const { cookie } = await logIn(site.url, ann.email);
  const token = await accessToken();
  const { exp, iat } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
  assert.ok(Math.abs(exp - iat - LIMITS.sessionSeconds) <= 1);
  const moveExpiry = (by: string) => site.sql.query(`update sessions set expires_at = now() + interval '${by}'`);
  const before = await site.sql.query('select handle, expires_at from sessions');
  await moveExpiry('1 minute');
  for (const answer of [await withCookie(cookie), await withToken(token)]) assert.equal(answer.status, 200);
  note('limit sessionSeconds at');
  await moveExpiry('-1 millisecond');
  for (const answer of [await withCookie(cookie), await withToken(token)]) assertProblem(answer, 'not_authenticated');
  note('limit sessionSeconds beyond');
  for (const { handle, expires_at } of before.rows) {
    await site.sql.query('update sessions set expires_at = $2 where handle = $1', [handle, expires_at]);
  }
});

test('a request that only reads or writes rooms neither writes its session nor sets a cookie again', async () => {
  const { cookie } = await logIn(site.url, ann.email);
  const versions = async () =>
    (await site.sql.query('select xmin::text, ctid::text from sessions order by handle')).rows;
  const before = await versions();
  for (const [method, path, body] of [
    ['GET', '/api/session'],
    ['GET', '/api/rooms'],
    ['POST', '/api/rooms', { name: 'A room of the cookie' }],
    ['GET', '/rooms'],
    ['GET', '/api/rooms/nowhere'],
  ] as const) {
    const answer = await call(site.url, method, path, { headers: { cookie }, body });
    assert.ok(answer.status < 300 || answer.status === 404, `${path} ${answer.status}`);
    assert.deepEqual(answer.headers.getSetCookie(), []);
  }
  assert.ok(before.length > 0);
  assert.deepEqual(await versions(), before);
});

test('a hash with weaker parameters is renewed at login, and a current one is kept', async () => {
  const stored = async () =>
    (await site.sql.query("select hashed_password from users where username = 'ann'")).rows[0]
      .hashed_password as string;
  const weak = await hash(PASSWORD, { algorithm: 2, memoryCost: 8_192, timeCost: 1, parallelism: 1 });
  await site.sql.query("update users set hashed_password = $1 where username = 'ann'", [weak]);
  const wrong = { email: ann.email, password: 'not the password' };
  assertProblem(await call(site.url, 'POST', '/api/session', { body: wrong }), 'invalid_credentials');
  assert.equal(await stored(), weak, 'only the right password renews it');
  await logIn(site.url, ann.email);
  const renewed = await stored();
  assert.match(renewed, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  await logIn(site.url, ann.email);
  assert.equal(await stored(), renewed);
});
