// Password change: which sessions it ends, how guesses are limited, and that a login with a replaced password starts
// no session.
import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { hash } from '@node-rs/argon2';
import type { Client } from 'pg';
import { call, PASSWORD, type Person, person } from '../../tests/people.ts';
import { assertProblem, eventually, logIn, sqlFor, startTestWebsite, type TestWebsite } from './fixture.ts';

const NEW = 'another long enough password';

let site: TestWebsite;
before(async () => {
  site = await startTestWebsite();
});
after(() => site.stop());

const change = (who: Person, currentPassword: string, newPassword: string) =>
  who.call('PUT', '/api/users/me/password', { currentPassword, newPassword });
const enter = (email: string, password: string, path = '/api/access-tokens') =>
  call(site.url, 'POST', path, { body: { email, password } });
const alive = async (who: Person) =>
  (
    await site.sql.query(
      `select s.handle from sessions s join users u on u.id = s.user_id where username = $1 and ended_at is null`,
      [who.username],
    )
  ).rowCount;

test('a change replaces the password, keeps this session and ends all others, of cookies and tokens', async () => {
  const ann = await person(site.url);
  const { cookie } = await logIn(site.url, ann.email);
  const { accessToken } = (await enter(ann.email, PASSWORD)).body;
  assert.equal((await change(ann, PASSWORD, NEW)).status, 204);
  assert.equal((await ann.call('GET', '/api/session')).status, 200);
  assertProblem(await call(site.url, 'GET', '/api/session', { headers: { cookie } }), 'not_authenticated');
  assertProblem(await call(site.url, 'GET', '/api/session', { token: accessToken }), 'not_authenticated');
  assertProblem(await enter(ann.email, PASSWORD), 'invalid_credentials');
  assert.equal((await enter(ann.email, NEW)).status, 201);
});

test('a change with a cookie keeps that cookie valid', async () => {
  const ann = await person(site.url);
  const { cookie } = await logIn(site.url, ann.email);
  const body = { currentPassword: PASSWORD, newPassword: NEW };
  assert.equal((await call(site.url, 'PUT', '/api/users/me/password', { headers: { cookie }, body })).status, 204);
  assert.equal((await call(site.url, 'GET', '/api/session', { headers: { cookie } })).status, 200);
  assertProblem(await ann.call('GET', '/api/session'), 'not_authenticated');
});

test('a wrong current password and a common new one change nothing', async () => {
  const ann = await person(site.url);
  const { cookie } = await logIn(site.url, ann.email);
  assertProblem(await change(ann, 'not the password', NEW), 'invalid_credentials');
  for (const common of ['password1', ann.email.toUpperCase(), `${ann.username}`]) {
    assertProblem(await change(ann, PASSWORD, common), 'invalid_request', '/body/newPassword');
  }
  assertProblem(await change(ann, PASSWORD, 'short'), 'invalid_request', '/body/newPassword');
  assert.equal((await call(site.url, 'GET', '/api/session', { headers: { cookie } })).status, 200);
  assert.equal((await enter(ann.email, PASSWORD)).status, 201);
});

test('a stolen session does not help to guess the password: each wrong attempt counts', async (t) => {
  const strict = await startTestWebsite({ LOGINS_PER_10MIN: '3' });
  t.after(() => strict.stop());
  const ann = await person(strict.url);
  const deletion = { password: 'guess', messages: 'keep' };
  assertProblem(await change(ann, 'guess', NEW), 'invalid_credentials');
  assertProblem(await ann.call('POST', '/api/users/me/deletion', deletion), 'invalid_credentials');
  assertProblem(await change(ann, 'guess', NEW), 'invalid_credentials');
  assertProblem(await change(ann, PASSWORD, NEW), 'too_many_requests');
  assertProblem(await ann.call('POST', '/api/users/me/deletion', deletion), 'too_many_requests');
});

test('of two concurrent changes from the same password, one succeeds', async () => {
  const ann = await person(site.url);
  const other = { ...ann, token: (await enter(ann.email, PASSWORD)).body.accessToken as string };
  other.call = (method, path, body) => call(site.url, method, path, { body, token: other.token });
  const answers = await Promise.all([change(ann, PASSWORD, `${NEW} 1`), change(other, PASSWORD, `${NEW} 2`)]);
  const statuses = answers.map(({ status }) => status).toSorted();
  assert.deepEqual(statuses, [204, 401]);
  const winner = answers[0]!.status === 204 ? 1 : 2;
  assert.equal((await enter(ann.email, `${NEW} ${winner}`)).status, 201);
});

/** Runs `meanwhile` after the login has verified the password, and before its session can begin. */
async function whileLoggingIn(t: TestContext, who: Person, path: string, meanwhile: (sql: Client) => Promise<unknown>) {
  const sql = await sqlFor(t, site.databaseUrl);
  await sql.query('begin');
  await sql.query('select 1 from users where username = $1 for update', [who.username]);
  const answer = enter(who.email, PASSWORD, path);
  const waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query ilike '%with person%'";
  await eventually(() => site.sql.query(waiting).then(({ rowCount }) => rowCount === 1));
  await meanwhile(sql);
  await sql.query('commit');
  return answer;
}

for (const path of ['/api/session', '/api/access-tokens']) {
  test(`${path}: a login that verified the old password starts no session after the change`, async (t) => {
    const ann = await person(site.url);
    const untouched = await whileLoggingIn(t, ann, path, async () => undefined);
    assert.ok(untouched.status < 300, 'precondition: the login only waited');
    const before = await alive(ann);
    const stored = await hash(NEW);
    const answer = await whileLoggingIn(t, ann, path, (sql) =>
      sql.query('update users set hashed_password = $2 where username = $1', [ann.username, stored]),
    );
    assertProblem(answer, 'invalid_credentials');
    assert.deepEqual(answer.headers.getSetCookie(), []);
    assert.equal(await alive(ann), before);
  });
}

test('a change ends the sessions that started before it commits', async () => {
  const ann = await person(site.url);
  const tokens: string[] = [];
  const entering = Array.from({ length: 6 }, async () => {
    const { status, body } = await enter(ann.email, PASSWORD);
    if (status === 201) tokens.push(body.accessToken);
  });
  assert.equal((await change(ann, PASSWORD, NEW)).status, 204);
  await Promise.all(entering);
  for (const token of tokens) {
    assertProblem(await call(site.url, 'GET', '/api/session', { token }), 'not_authenticated');
  }
  assert.equal(await alive(ann), 1);
});

test('renewing a weak hash at a login does not restore an old password', async () => {
  const ann = await person(site.url);
  const weak = await hash(PASSWORD, { memoryCost: 8_192, timeCost: 1, parallelism: 1 });
  await site.sql.query('update users set hashed_password = $2 where username = $1', [ann.username, weak]);
  const answers = await Promise.all([
    change(ann, PASSWORD, NEW),
    ...Array.from({ length: 4 }, () => enter(ann.email, PASSWORD)),
  ]);
  if (answers[0].status === 204) {
    assertProblem(await enter(ann.email, PASSWORD), 'invalid_credentials');
    assert.equal((await enter(ann.email, NEW)).status, 201);
  } else {
    // The renewal was first: the change verified a hash that is no longer stored, and changed nothing.
    assertProblem(answers[0], 'invalid_credentials');
    assert.equal((await enter(ann.email, PASSWORD)).status, 201);
  }
});
