// A user's own sessions: the list, ending one, ending all others, and the maximum number.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { PROBLEMS } from '@parlance/specs/problems.ts';
import { KEPT_SECONDS } from '@parlance/website/janitor.ts';
import { call, enter, type Json, PASSWORD, type Person, person } from '../../tests/people.ts';
import { startTestStack, type TestStack } from '../../tests/stack.ts';
import { note } from '../../tests/wiretap.ts';
import { assertProblem, connectSql, logIn, sidOf } from './fixture.ts';

let stack: TestStack;
let sql: Awaited<ReturnType<typeof connectSql>>;
before(async () => {
  stack = await startTestStack();
  sql = await connectSql(stack.databaseUrl);
});
after(async () => {
  await sql.end();
  await stack.stop();
});

const token = async (who: Person): Promise<string> => {
  const body = { email: who.email, password: PASSWORD };
  return (await call(stack.url, 'POST', '/api/access-tokens', { body })).body.accessToken;
};
const whoAmI = (headers: Record<string, string>) => call(stack.url, 'GET', '/api/session', { headers });
const list = async (who: Person): Promise<Json[]> => {
  const { status, body } = await who.call('GET', '/api/sessions');
  assert.equal(status, 200);
  return body.sessions;
};

test("the list has every active session, newest first, and marks the caller's own", async () => {
  const ann = await person(stack.url);
  const { cookie, answer } = await logIn(stack.url, ann.email);
  const [ended, last] = [await token(ann), await token(ann)];
  await call(stack.url, 'DELETE', '/api/session', { token: ended });
  const sessions = await list(ann);
  assert.deepEqual(
    sessions.map(({ id, kind, current }) => [id, kind, current]),
    [
      [sidOf(last), 'token', false],
      [sessions[1].id, 'cookie', false],
      [sidOf(ann.token), 'token', true],
    ],
  );
  assert.equal(sessions[1].expiresAt, answer.body.expiresAt);
  for (const { createdAt } of sessions) assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000);
  const seen = await call(stack.url, 'GET', '/api/sessions', { headers: { cookie } });
  assert.deepEqual(
    seen.body.sessions.map(({ current }: Json) => current),
    [false, true, false],
  );
  assert.ok(!JSON.stringify(seen.body).includes(cookie.split('=')[1]!.slice(4, 20)), 'no part of a cookie');
  await sql.query('update sessions set expires_at = now() where handle = $1', [sidOf(last)]);
  assert.equal((await list(ann)).length, 2, 'an expired session is not listed');
});

test('a session is ended by its id, with its sockets; ending it again gets the same answer', async () => {
  const ann = await person(stack.url);
  const stranger = await token(ann);
  const room = await ann.createRoom();
  const { cookie } = await logIn(stack.url, ann.email);
  const thief = { ...ann, call: (method: string, path: string) => call(stack.url, method, path, { token: stranger }) };
  const made = await thief.call('POST', `/api/rooms/${encodeURIComponent(room.name)}/tokens`);
  const socket = await enter(made.body.url, made.body.token);
  for (let times = 0; times < 2; times += 1) {
    const answer = await call(stack.url, 'DELETE', `/api/sessions/${sidOf(stranger)}`, { headers: { cookie } });
    assert.equal(answer.status, 204);
    assert.deepEqual(answer.headers.getSetCookie(), [], "the caller's cookie stays");
  }
  assert.equal(await socket.closed(), 4501);
  assertProblem(await thief.call('GET', '/api/session'), 'not_authenticated');
  assert.equal((await whoAmI({ cookie })).status, 200);
});

test("another user's session and an unknown session are not found, and nothing ends", async () => {
  assert.ok(PROBLEMS.session_not_found.advice.includes(`more than ${KEPT_SECONDS / 60} minutes ago`));
  const [ann, bob] = [await person(stack.url), await person(stack.url)];
  for (const id of [sidOf(bob.token), randomUUID()]) {
    assertProblem(await ann.call('DELETE', `/api/sessions/${id}`), 'session_not_found');
  }
  for (const id of ['x', randomUUID().toUpperCase()]) {
    assertProblem(await ann.call('DELETE', `/api/sessions/${id}`), 'invalid_request', '/path/sessionId');
  }
  assert.equal((await bob.call('GET', '/api/session')).status, 200);
});

test("ending the caller's own session logs out and clears the cookie", async () => {
  const ann = await person(stack.url);
  const { cookie } = await logIn(stack.url, ann.email);
  const sessions = await call(stack.url, 'GET', '/api/sessions', { headers: { cookie } });
  const { id } = sessions.body.sessions.find(({ current }: Json) => current);
  const answer = await call(stack.url, 'DELETE', `/api/sessions/${id}`, { headers: { cookie } });
  assert.equal(answer.status, 204);
  assert.match(answer.headers.getSetCookie()[0]!, /^parlance_session=; .*Expires=Thu, 01 Jan 1970/);
  assertProblem(await whoAmI({ cookie }), 'not_authenticated');
});

test("all other sessions of the user end at once; the caller's session and other users' sessions stay", async () => {
  const [ann, bob] = [await person(stack.url), await person(stack.url)];
  const [{ cookie }, other] = [await logIn(stack.url, ann.email), await token(ann)];
  assert.equal((await ann.call('DELETE', '/api/sessions')).status, 204);
  assertProblem(await whoAmI({ cookie }), 'not_authenticated');
  assertProblem(await whoAmI({ authorization: `Bearer ${other}` }), 'not_authenticated');
  assert.deepEqual(
    (await list(ann)).map(({ id }) => id),
    [sidOf(ann.token)],
  );
  assert.equal((await bob.call('GET', '/api/session')).status, 200);
  assert.equal((await ann.call('DELETE', '/api/sessions')).status, 204, 'no other session is left');
});

test('a login beyond the limit ends the oldest session of either kind, also with concurrent logins', async () => {
  const ann = await person(stack.url);
  await sql.query(
    `insert into sessions (user_id, expires_at, created_at)
     select id, now() + interval '1 day', now() - interval '1 minute' from users, generate_series(3, $2)
     where username = $1`,
    [ann.username, LIMITS.sessionsPerUser],
  );
  await sql.query(`update sessions set created_at = now() - interval '2 minutes' where handle = $1`, [
    sidOf(ann.token),
  ]);
  const last = await token(ann);
  assert.equal((await ann.call('GET', '/api/session')).status, 200);
  const asker = { ...ann, call: (method: string, path: string) => call(stack.url, method, path, { token: last }) };
  assert.equal((await list(asker)).length, LIMITS.sessionsPerUser);
  note('limit sessionsPerUser at');
  await Promise.all(Array.from({ length: 5 }, (_, index) => (index % 2 ? token(ann) : logIn(stack.url, ann.email))));
  assert.equal((await list(asker)).length, LIMITS.sessionsPerUser);
  assertProblem(await ann.call('GET', '/api/session'), 'not_authenticated');
  note('limit sessionsPerUser beyond');
});
