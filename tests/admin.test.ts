// `npm run admin`, run as a child process against a running server, on DATABASE_URL and on the embedded database. Wrong
// use prints one sentence and exits with code 1.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { folder } from '../db/tests/embedded_fixture.ts';
import { call, PASSWORD, type Person, person } from './people.ts';
import { exited, run } from './program.ts';
import { SECRETS, startTestStack, type TestStack } from './stack.ts';

let stack: TestStack;
let ann: Person;
before(async () => {
  stack = await startTestStack({ REGISTRATION: 'open' });
  ann = await person(stack.url, 'ann');
});
after(() => stack.stop());

/** Runs the command. `file` is admin.ts of the repository, or that of the website, which its container runs. */
async function admin(args: string[], env: Record<string, string> = {}, file = 'admin.ts') {
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', file), ...args], {
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      DATABASE_URL: stack.databaseUrl,
      ...SECRETS,
      ...env,
    },
  });
  const texts = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (texts.out += chunk));
  child.stderr.on('data', (chunk) => (texts.err += chunk));
  const [code] = await once(child, 'close');
  return { code, ...texts };
}

const logIn = (who: Person) =>
  call(stack.url, 'POST', '/api/access-tokens', { body: { email: who.email, password: PASSWORD } });

test('grant makes an administrator and revoke takes it back, with effect on the next request', async () => {
  const bob = await person(stack.url);
  const suspend = () => ann.call('PUT', `/api/users/${bob.username}/suspension`);
  assert.equal((await suspend()).body.code, 'not_administrator');
  assert.deepEqual(await admin(['grant', 'ANN']), { code: 0, out: 'ann is an administrator now.\n', err: '' });
  assert.equal((await ann.call('GET', '/api/session')).body.user.administrator, true);
  assert.equal((await suspend()).status, 204);
  const revoked = await admin(['revoke', 'ann'], {}, 'website/app/admin.ts');
  assert.deepEqual(revoked, { code: 0, out: 'ann is not an administrator now.\n', err: '' });
  assert.equal((await suspend()).body.code, 'not_administrator');
});

test('grant lifts the bans of the user, who cannot be banned any more', async () => {
  const [bob, cid] = [await person(stack.url), await person(stack.url)];
  const rooms = [await cid.createRoom(), await cid.createRoom()];
  const at = (room: { name: string }, rest: string) => `/api/rooms/${encodeURIComponent(room.name)}${rest}`;
  for (const room of rooms) assert.equal((await cid.call('PUT', at(room, `/bans/${bob.username}`))).status, 204);
  assert.equal((await admin(['grant', bob.username])).code, 0);
  for (const room of rooms) {
    assert.deepEqual((await cid.call('GET', at(room, '/bans'))).body, { bans: [] });
    assert.equal((await bob.call('POST', at(room, '/tokens'))).status, 201);
    assert.equal((await cid.call('PUT', at(room, `/bans/${bob.username}`))).body.code, 'protected_user');
  }
});

test('suspend ends the sessions and closes the sockets of the user; unsuspend lets the user log in again', async () => {
  const bob = await person(stack.url);
  const room = await bob.createRoom();
  const socket = await bob.join(room.name);
  const { code, out } = await admin(['suspend', bob.username]);
  assert.deepEqual([code, out], [0, `${bob.username} is suspended; all sessions of the account have ended.\n`]);
  assert.equal(await socket.closed(1_000), 4501);
  assert.equal((await bob.call('GET', '/api/session')).status, 401);
  assert.equal((await logIn(bob)).body.code, 'suspended');
  assert.equal((await admin(['unsuspend', bob.username])).out, `${bob.username} is not suspended now.\n`);
  assert.equal((await logIn(bob)).status, 201);
});

test('reset-link prints a link that sets a new password once, by username or email', async () => {
  const bob = await person(stack.url);
  const env = { PUBLIC_URL: 'https://chat.example.org' };
  for (const who of [bob.username.toUpperCase(), bob.email]) {
    const { code, out } = await admin(['reset-link', who], env);
    assert.equal(code, 0);
    const [, token] =
      /^Give this link to \S+; it works once, within 60 min: https:\/\/chat\.example\.org\/password-reset#([A-Za-z0-9_-]{43})\n$/.exec(
        out,
      ) ?? [];
    const body = { token, password: PASSWORD };
    assert.equal((await call(stack.url, 'PUT', '/api/password-resets', { body })).status, 204, out);
    assert.equal((await call(stack.url, 'PUT', '/api/password-resets', { body })).body.code, 'invalid_token');
  }
  assert.equal((await bob.call('GET', '/api/session')).status, 401, 'every session has ended');
  assert.equal((await logIn(bob)).status, 201);
});

test('invite prints a link that registers one person', async () => {
  const { code, out } = await admin(['invite'], { PUBLIC_URL: 'https://chat.example.org' });
  assert.equal(code, 0);
  assert.match(out, /^This link is valid once, until .+Z: https:\/\/chat\.example\.org\/register#[A-Za-z0-9_-]{43}\n$/);
});

test('rotate-keys makes new signing keys, and tokens signed with the old keys stay valid', async () => {
  const bob = await person(stack.url);
  const { code, out } = await admin(['rotate-keys']);
  assert.deepEqual([code, out], [0, 'New keys sign from now on; the previous keys still verify.\n']);
  assert.equal((await bob.call('GET', '/api/session')).status, 200);
  const kid = (token: string) => JSON.parse(atob(token.split('.')[0]!)).kid;
  let later = bob.token;
  // A running website reloads its keys every few seconds.
  while (kid(later) === kid(bob.token)) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    later = (await logIn(bob)).body.accessToken;
  }
  for (const token of [bob.token, later]) {
    assert.equal((await call(stack.url, 'GET', '/api/session', { token })).status, 200);
  }
});

test('wrong use and a failed command print one sentence and exit with code 1', async (t) => {
  const elsewhere = new URL(stack.databaseUrl);
  elsewhere.pathname = '/nowhere';
  const empty = Object.assign(new URL(stack.databaseUrl), { pathname: '/postgres' }).href;
  await admin(['grant', 'ann']);
  const wrong: [string[], RegExp, Record<string, string>?][] = [
    [[], /^No command is given/],
    [['help-me'], /^There is no command "help-me"/],
    [['toString'], /^There is no command "toString"/],
    [['grant'], /^grant takes one username/],
    [['grant', 'ann', 'bob'], /^grant takes one username/],
    [['invite', 'ann'], /^invite takes nothing/],
    [['reset-link', 'nobody'], /^There is no account "nobody"\.$/],
    [['grant', '--force', 'ann'], /^There is no such option/],
    [['rotate-keys'], /^SESSION_SECRET is not the one that the website runs with/, { SESSION_SECRET: 'x'.repeat(20) }],
    [['grant', 'nobody'], /^There is no user "nobody"\.$/],
    [['suspend', 'ann'], /^Administrators cannot be suspended\.$/],
    [['invite'], /^The database cannot be reached: check DATABASE_URL\.$/, { DATABASE_URL: elsewhere.href }],
    [['invite'], /^The database does not have the tables/, { DATABASE_URL: empty }],
    [['invite'], /^DATABASE_URL must be/, { DATABASE_URL: 'nonsense' }],
    [['invite'], /^There is no data in /, { DATABASE_URL: '', DATA: join(folder(t), 'none') }],
  ];
  for (const [args, sentence, env] of wrong) {
    const { code, out, err } = await admin(args, env);
    assert.deepEqual([code, out], [1, ''], `${args}: ${err}`);
    assert.match(err.trim(), sentence);
    assert.equal(err.trim().split('\n').length, 1, err);
  }
});

test('--help lists the commands; the help and an error message name the program as it was started', async () => {
  const website = 'website/app/admin.ts';
  const { code, out } = await admin(['--help'], { DATABASE_URL: '' });
  assert.equal(code, 0);
  assert.match(out, /^Usage: npm run admin -- <command>$/m);
  assert.match(out, /PUBLIC_URL/);
  assert.match((await admin(['--help'], {}, website)).out, /^Usage: node website\/app\/admin\.ts <command>$/m);
  assert.match((await admin([])).err, /: npm run admin -- --help lists the commands\.$/m);
  assert.match((await admin([], {}, website)).err, /: node website\/app\/admin\.ts --help lists the commands\.$/m);
  for (const name of ['grant', 'revoke', 'suspend', 'unsuspend', 'reset-link', 'invite', 'rotate-keys']) {
    assert.match(out, new RegExp(`^ {2}${name}\\b`, 'm'));
  }
});

test('without DATABASE_URL the command uses the embedded database, whether npm start runs or not', async (t) => {
  const settings = { DATA: join(folder(t), 'data'), PORT: '0' };
  const started = await run(t, 'start.ts', settings);
  const url = started.url ?? assert.fail(started.errors());
  const cid = await person(url, 'cid');
  const env = { ...settings, DATABASE_URL: '' };
  assert.deepEqual(await admin(['grant', 'cid'], env), { code: 0, out: 'cid is an administrator now.\n', err: '' });
  assert.equal((await cid.call('GET', '/api/session')).body.user.administrator, true);
  started.process.kill('SIGINT');
  assert.equal(await exited(started), 0, started.errors());
  assert.equal((await admin(['rotate-keys'], { ...env, SESSION_SECRET: '' })).code, 0);
  assert.deepEqual(await admin(['revoke', 'cid'], env), {
    code: 0,
    out: 'cid is not an administrator now.\n',
    err: '',
  });
});
