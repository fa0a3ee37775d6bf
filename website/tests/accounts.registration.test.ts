// Registration: required fields, unique names, and how the password is stored.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { call, PASSWORD } from '../../tests/people.ts';
import { note } from '../../tests/wiretap.ts';
import { assertProblem, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
before(async () => {
  site = await startTestWebsite();
});
after(() => site.stop());

let count = 0;
const fresh = () => {
  count += 1;
  return { email: `person${count}@example.org`, username: `person${count}`, password: PASSWORD };
};
const register = (body: object, url = site.url) => call(url, 'POST', '/api/users', { body });

test('registration answers with the account and its email address, and starts no session', async () => {
  const account = fresh();
  const answer = await register(account);
  assert.equal(answer.status, 201);
  const { id, createdAt, ...rest } = answer.body;
  assert.deepEqual(rest, { username: account.username, email: account.email });
  assert.match(id, /^[0-9a-f-]{36}$/);
  assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000);
  assert.deepEqual(answer.headers.getSetCookie(), []);
});

const email = (length: number) => `${'😀'.repeat(length - 12)}@example.org`;
const ends: [string, keyof typeof LIMITS, 'at' | 'beyond', object][] = [
  ['username', 'usernameMin', 'at', { username: 'abc' }],
  ['username', 'usernameMin', 'beyond', { username: 'ab' }],
  ['username', 'usernameMax', 'at', { username: 'u'.repeat(LIMITS.usernameMax) }],
  ['username', 'usernameMax', 'beyond', { username: 'u'.repeat(LIMITS.usernameMax + 1) }],
  ['email', 'emailMax', 'at', { email: email(LIMITS.emailMax) }],
  ['email', 'emailMax', 'beyond', { email: email(LIMITS.emailMax + 1) }],
  ['password', 'passwordMin', 'at', { password: '🔑🎩🔑🎩🔑🎩🔑🧵' }],
  ['password', 'passwordMin', 'beyond', { password: '🔑🎩🔑🎩🔑🎩🔑' }],
  ['password', 'passwordMax', 'at', { password: '🔑'.repeat(LIMITS.passwordMax) }],
  ['password', 'passwordMax', 'beyond', { password: '🔑'.repeat(LIMITS.passwordMax + 1) }],
];
for (const [field, limit, where, value] of ends) {
  test(`${field}: ${where === 'at' ? 'as many characters as' : 'one character beyond'} ${limit} is ${where === 'at' ? 'accepted' : 'refused'}`, async () => {
    const text = Object.values(value)[0] as string;
    const length = [...text].length;
    assert.equal(length, LIMITS[limit] + (where === 'at' ? 0 : limit.endsWith('Min') ? -1 : 1), 'precondition');
    const answer = await register({ ...fresh(), ...value });
    if (where === 'at') assert.equal(answer.status, 201, JSON.stringify(answer.body));
    else assertProblem(answer, 'invalid_request', `/body/${field}`);
    note(`limit ${limit} ${where}`);
  });
}

test('usernames, email addresses and passwords that break the contract are refused, each with a pointer', async () => {
  for (const username of ['with space', 'ünï', 'a/b', 'line\nbreak', 'nul\0nul', 'Σofia']) {
    assertProblem(await register({ ...fresh(), username }), 'invalid_request', '/body/username');
  }
  for (const address of ['ann', '@', 'ann@', '@example.org', 'a b@c', 'a@b@c', 'a@b\n', 'a\u0000@b', '\ud800@b']) {
    assertProblem(await register({ ...fresh(), email: address }), 'invalid_request', '/body/email');
  }
  assertProblem(await register({ ...fresh(), password: 'long enough\ud800' }), 'invalid_request', '/body/password');
  const { rows } = await site.sql.query("select 1 from users where username ~ 'space|ofia'");
  assert.equal(rows.length, 0);
});

test('several errors are reported in one answer', async () => {
  const answer = await register({ email: 'x', username: 'y', password: 'z', admin: true });
  assertProblem(answer, 'invalid_request');
  const pointers = answer.body.errors.map((error: { pointer: string }) => error.pointer);
  for (const field of ['email', 'username', 'password', 'admin']) assert.ok(pointers.includes(`/body/${field}`));
});

test('email addresses and usernames are unique regardless of case', async () => {
  const account = { ...fresh(), email: 'Zoë.ÖSTERREICH@Example.org', username: 'Zoe.Mixed' };
  assert.equal((await register(account)).body.email, account.email, 'answered as written');
  const decomposed = account.email.toLowerCase().normalize('NFD');
  for (const other of [account.email, account.email.toLowerCase(), account.email.toUpperCase(), decomposed]) {
    assertProblem(await register({ ...fresh(), email: other }), 'email_taken');
  }
  for (const other of ['zoe.mixed', 'ZOE.MIXED']) {
    assertProblem(await register({ ...fresh(), username: other }), 'username_taken');
  }
});

test('of concurrent registrations of one address at two replicas, one succeeds', async () => {
  const other = await site.again();
  const account = fresh();
  const all = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      register({ ...fresh(), email: account.email }, index % 2 === 0 ? site.url : other.url),
    ),
  );
  assert.deepEqual(all.map((answer) => answer.status).toSorted(), [201, ...Array(7).fill(409)]);
  for (const answer of all) if (answer.status === 409) assertProblem(answer, 'email_taken');
});

test('a replica whose Bloom filter lacks an address refuses to register it twice', async () => {
  const stale = await site.again();
  const account = fresh();
  assert.equal((await register(account)).status, 201);
  assertProblem(await register({ ...fresh(), email: account.email.toUpperCase() }, stale.url), 'email_taken');
});

test('common passwords are refused in any case and width, and so are the own username and email address', async () => {
  const account = { ...fresh(), email: 'obvious.name@example.org', username: 'obvious.user' };
  const obvious = ['password', 'PassWord1', 'ｐａｓｓｗｏｒｄ', 'Obvious.User', 'obvious.name', account.email];
  for (const password of obvious) {
    assertProblem(await register({ ...account, password }), 'invalid_request', '/body/password');
  }
  assert.equal((await register(account)).status, 201, 'nothing else was wrong with it');
});

test('a password is stored as argon2id with at least 19 MiB and two passes', async () => {
  const account = fresh();
  await register(account);
  const { rows } = await site.sql.query('select hashed_password from users where username = $1', [account.username]);
  const [, memory, passes] = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$/.exec(rows[0].hashed_password) ?? [];
  assert.ok(Number(memory) >= 19 * 1024, rows[0].hashed_password);
  assert.ok(Number(passes) >= 2, rows[0].hashed_password);
});
