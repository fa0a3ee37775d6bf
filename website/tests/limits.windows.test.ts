// The windows in which attempts are counted: how long each counter lives, to the second, and what the janitor keeps.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createLog } from '@parlance/service/log.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { type Databases, openDatabases } from '@parlance/website/database.ts';
import { cleanUp, startJanitor } from '@parlance/website/janitor.ts';
import { type MailServer, startMailServer } from '../../tests/mail_server.ts';
import { call, PASSWORD, type Person, person } from '../../tests/people.ts';
import { startTestWebsite, type TestWebsite } from './fixture.ts';

let mail: MailServer;
let site: TestWebsite;
let dbs: Databases;
let ann: Person;
before(async () => {
  mail = await startMailServer();
  const smtp = { SMTP_URL: `smtp://127.0.0.1:${mail.port}`, MAIL_FROM: 'chat@example.org' };
  site = await startTestWebsite({ ...smtp, PUBLIC_URL: 'http://127.0.0.1:8080' });
  dbs = openDatabases(site.databaseUrl, 2, createLog({ service: 'test', level: 'error' }));
  ann = await person(site.url, 'ann');
});
after(async () => {
  await dbs.close();
  await site.stop();
  await mail.stop();
});

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** By counter: how long its window is, in seconds. */
const WINDOWS = {
  login_from: 10 * MINUTE,
  login_known: LIMITS.knownSeconds,
  login_wrong: 10 * MINUTE,
  login_wrong_everywhere: DAY,
  login_wrong_today: DAY,
  register_from: HOUR,
  reset_from: HOUR,
  reset_mail: HOUR,
  rooms_of: DAY,
};

test('each counter has the window that the contract names', async () => {
  const wrong = { email: ann.email, password: 'not the password' };
  assert.equal((await call(site.url, 'POST', '/api/access-tokens', { body: wrong })).status, 401);
  const stranger = { ...wrong, email: 'nobody@example.org' };
  assert.equal((await call(site.url, 'POST', '/api/access-tokens', { body: stranger })).status, 401);
  await ann.createRoom();
  const asked = await call(site.url, 'POST', '/api/password-resets', { body: { email: ann.email } });
  assert.equal(asked.status, 202);
  await mail.next(ann.email);
  const { rows } = await site.sql.query(
    `select split_part(key, ':', 1) as name, max(expire) - (extract(epoch from clock_timestamp()) * 1000)::bigint as left
     from rate_limits group by 1 order by 1`,
  );
  assert.deepEqual(
    rows.map(({ name }) => name),
    Object.keys(WINDOWS),
  );
  for (const { name, left } of rows) {
    const seconds = Number(left) / 1_000;
    const window = WINDOWS[name as keyof typeof WINDOWS];
    assert.ok(seconds <= window && seconds > window - 30, `${name}: ${seconds} s of ${window} s are left`);
  }
});

test('Retry-After is the rest of the window', async () => {
  const strict = await site.again({ REGISTRATIONS_PER_HOUR: '1', ROOMS_PER_DAY: '1', PUBLIC_URL: '' });
  const { rows } = await site.sql.query(
    "delete from rate_limits where key like 'register%' or key like 'rooms%' returning 1",
  );
  assert.ok(rows.length >= 2, 'the premise: both were counted');
  const bob = await person(strict.url, 'bob');
  const account = { email: 'cid@example.org', username: 'cid', password: PASSWORD };
  await bob.createRoom();
  for (const [refused, window] of [
    [await call(strict.url, 'POST', '/api/users', { body: account }), HOUR],
    [await bob.call('POST', '/api/rooms', { name: 'One too many' }), DAY],
  ] as const) {
    const seconds = Number(refused.headers.get('retry-after'));
    assert.equal(refused.status, 429);
    assert.ok(seconds <= window && seconds > window - 60, `${seconds} s`);
  }
});

test('a user has the requests of 10 s at once, and then as many in each 10 s', async () => {
  const strict = await site.again({ REQUESTS_PER_USER_PER_10S: '1', PUBLIC_URL: '' });
  const asks = () => call(strict.url, 'GET', '/api/session', { token: ann.token });
  await call(strict.url, 'GET', '/api/session'); // the first request compiles the validators
  const answers = await Promise.all([asks(), asks()]);
  const [refused, ...more] = answers.filter(({ status }) => status === 429);
  assert.ok(refused && more.length === 0, 'one of two');
  const seconds = Number(refused.headers.get('retry-after'));
  assert.ok(seconds > 2 && seconds <= 10, `one in 10 s, of which some have passed: ${seconds} s`);
});

test('the janitor keeps what ended for ten minutes, ten times the life of a room token, and no longer', async () => {
  const { sql } = site;
  const seconds = 10 * LIMITS.roomTokenSeconds;
  const { rows } = await sql.query("select id from users where username = 'ann'");
  const ended = (ago: number) =>
    sql.query(
      `insert into sessions (user_id, expires_at, ended_at)
       values ($1, now() + interval '1 day', now() - make_interval(secs => $2)) returning handle`,
      [rows[0].id, ago],
    );
  const [young, old] = [await ended(seconds - 20), await ended(seconds + 5)];
  const invited = (ago: number) =>
    sql.query('insert into invitations (token_hash, expires_at) values ($1, now() - make_interval(secs => $2))', [
      Buffer.from(`${ago}`),
      ago,
    ]);
  for (const ago of [seconds - 20, seconds + 5]) await invited(ago);
  await cleanUp(dbs.general);
  const left = await sql.query('select handle from sessions where ended_at is not null');
  const handles = left.rows.map(({ handle }) => handle);
  assert.ok(handles.includes(young.rows[0].handle), 'a chat may still ask for it');
  assert.ok(!handles.includes(old.rows[0].handle));
  const invitations = await sql.query('select token_hash from invitations');
  assert.deepEqual(
    invitations.rows.map(({ token_hash }) => String(token_hash)),
    [String(seconds - 20)],
  );
});

test('the janitor works every 15 s', async (t) => {
  const warned: unknown[] = [];
  const log = { warn: (line: unknown) => warned.push(line) };
  t.mock.timers.enable({ apis: ['setInterval'] });
  const stop = startJanitor(undefined as never, log as never);
  const rounds = async (ms: number) => {
    t.mock.timers.tick(ms);
    await new Promise((resolve) => setImmediate(resolve));
    return warned.length;
  };
  assert.deepEqual([await rounds(14_999), await rounds(1), await rounds(15_000)], [0, 1, 2]);
  await stop();
});
