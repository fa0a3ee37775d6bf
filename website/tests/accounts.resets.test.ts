// Password reset: by a mail through a real SMTP server, or by a link that the operator creates.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { openDatabases } from '@parlance/website/database.ts';
import { createResetLink } from '@parlance/website/services/password_resets.ts';
import { linkIn, type MailServer, startMailServer } from '../../tests/mail_server.ts';
import { type Answer, call, PASSWORD, type Person, person } from '../../tests/people.ts';
import { recordLog } from '../../tests/stack.ts';
import { note } from '../../tests/wiretap.ts';
import { assertProblem, eventually, logIn, startTestWebsite, type TestWebsite } from './fixture.ts';

const NEW = 'another long enough password';
const ORIGIN = 'https://chat.example.org';

let mail: MailServer;
let site: TestWebsite;
let dbs: ReturnType<typeof openDatabases>;
before(async () => {
  mail = await startMailServer();
  site = await startTestWebsite({
    SMTP_URL: `smtp://127.0.0.1:${mail.port}`,
    PUBLIC_URL: ORIGIN,
    PASSWORD_RESETS_PER_HOUR: '5000',
  });
  dbs = openDatabases(site.databaseUrl, 2, recordLog().log);
});
after(async () => {
  await dbs.close();
  await site.stop();
  await mail.stop();
});

const ask = (email: string, url = site.url, headers: Record<string, string> = {}): Promise<Answer> =>
  call(url, 'POST', '/api/password-resets', { body: { email }, headers });
const reset = (token: string, password = NEW): Promise<Answer> =>
  call(site.url, 'PUT', '/api/password-resets', { body: { token, password } });
const enter = (who: Person, password: string) =>
  call(site.url, 'POST', '/api/access-tokens', { body: { email: who.email, password } });
const tokenFor = async (who: Person): Promise<string> => {
  assert.equal((await ask(who.email)).status, 202);
  return linkIn(await mail.next(who.email)).hash.slice(1);
};

test('the link in the mail sets a new password once, and every session ends', async () => {
  const ann = await person(site.url);
  const { cookie } = await logIn(site.url, ann.email);
  const answer = await ask(ann.email.toUpperCase(), site.url, { host: 'evil.example' });
  assert.deepEqual([answer.status, answer.body], [202, '']);
  const received = await mail.next(ann.email);
  const link = linkIn(received);
  assert.equal(link.origin, ORIGIN, 'from PUBLIC_URL, not from the Host header');
  assert.equal(link.search, '', 'the token is only in the fragment');
  assert.equal(received.from, 'noreply@chat.example.org');
  assert.match(received.text, new RegExp(`Hello ${ann.username}`));
  const token = link.hash.slice(1);
  const { rows } = await site.sql.query('select * from password_resets');
  assert.ok(rows.length > 0 && !JSON.stringify(rows).includes(token), 'the database does not have the token');

  assert.equal((await reset(token)).status, 204);
  assertProblem(await ann.call('GET', '/api/session'), 'not_authenticated');
  assertProblem(await call(site.url, 'GET', '/api/session', { headers: { cookie } }), 'not_authenticated');
  assertProblem(await enter(ann, PASSWORD), 'invalid_credentials');
  assert.equal((await enter(ann, NEW)).status, 201);
  assertProblem(await reset(token, `${NEW} again`), 'invalid_token');
  assert.equal((await enter(ann, NEW)).status, 201);
  assert.ok(!site.text().includes(token) && !site.text().includes(ann.email), 'neither is logged');
});

test('after too many wrong passwords, the browser that reset the password can log in at once', async () => {
  const part = await site.again({
    LOGINS_PER_10MIN: '2',
    SMTP_URL: `smtp://127.0.0.1:${mail.port}`,
    PUBLIC_URL: ORIGIN,
  });
  const ann = await person(part.url);
  const enterHere = (password: string, headers = {}) =>
    call(part.url, 'POST', '/api/session', { body: { email: ann.email, password }, headers });
  for (let times = 0; times < 2; times += 1) assertProblem(await enterHere('not the password'), 'invalid_credentials');
  assertProblem(await enterHere(PASSWORD), 'too_many_requests');
  const body = { token: await tokenFor(ann), password: NEW };
  const answer = await call(part.url, 'PUT', '/api/password-resets', { body });
  assert.equal(answer.status, 204);
  assertProblem(await enterHere(NEW), 'too_many_requests');
  const cookie = answer.headers.getSetCookie()[0]!.split(';')[0]!;
  assert.equal((await enterHere(NEW, { cookie })).status, 200, 'the browser is known now');
});

test('requests of clients that disconnect give up their place in the mail queue', async () => {
  const ann = await person(site.url);
  const lines = (length: number) =>
    `POST /api/password-resets HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
  const body = JSON.stringify({ email: `nobody@example.org` });
  for (let round = 0; round < 11; round += 1) {
    const sockets = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const socket = connect(Number(new URL(site.url).port), '127.0.0.1').on('error', () => undefined);
        await once(socket, 'connect');
        return socket;
      }),
    );
    for (const socket of sockets) socket.write(lines(body.length) + body, () => socket.destroy());
    await Promise.all(sockets.map((socket) => once(socket, 'close')));
  }
  await eventually(async () => (await ask(ann.email)).status === 202);
  await mail.next(ann.email);
});

test('a page of an allowed origin sets a new password and gets no cookie', async () => {
  const origin = 'https://app.example';
  const part = await site.again({ ALLOWED_ORIGINS: origin });
  const [ann, bob] = [await person(part.url), await person(part.url)];
  const cookies = async (who: Person, headers: Record<string, string>) => {
    const link = await createResetLink(dbs.general, who.username);
    const body = { token: link!.token, password: NEW };
    const { status, headers: told } = await call(part.url, 'PUT', '/api/password-resets', { body, headers });
    assert.equal(status, 204);
    return told.getSetCookie().map((set) => set.split('=')[0]);
  };
  assert.deepEqual(await cookies(ann, { origin, 'sec-fetch-site': 'cross-site' }), []);
  assert.deepEqual(await cookies(bob, {}), ['parlance_browser']);
});

test('of several concurrent uses of a link, one succeeds', async () => {
  const ann = await person(site.url);
  const token = await tokenFor(ann);
  const answers = await Promise.all([1, 2, 3, 4].map((index) => reset(token, `${NEW} ${index}`)));
  const statuses = answers.map(({ status }) => status);
  assert.deepEqual(statuses.toSorted(), [204, 401, 401, 401]);
  assert.equal((await enter(ann, `${NEW} ${statuses.indexOf(204) + 1}`)).status, 201);
});

test('a token is valid for an hour, and a refused password does not use it up', async () => {
  const ann = await person(site.url);
  const token = await tokenFor(ann);
  for (const common of ['password1', ann.username, ann.email]) {
    assertProblem(await reset(token, common), 'invalid_request', '/body/password');
  }
  const move = (seconds: number) =>
    site.sql.query(
      `update password_resets set expires_at = expires_at + make_interval(secs => $2)
       where user_id = (select id from users where username = $1)`,
      [ann.username, seconds],
    );
  const { rows } = await site.sql.query(
    `select extract(epoch from expires_at - now())::float as left from password_resets r join users u on u.id = r.user_id
     where username = $1`,
    [ann.username],
  );
  assert.ok(Math.abs(rows[0].left - LIMITS.passwordResetSeconds) < 60, `${rows[0].left} s`);
  await move(-LIMITS.passwordResetSeconds);
  assertProblem(await reset(token), 'invalid_token');
  note('limit passwordResetSeconds beyond');
  await move(LIMITS.passwordResetSeconds);
  assert.equal((await reset(token)).status, 204);
  note('limit passwordResetSeconds at');
});

test('unknown and malformed tokens are refused', async () => {
  assertProblem(await reset('A'.repeat(43)), 'invalid_token');
  for (const malformed of ['', 'A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(42)}=`, 'A'.repeat(42).concat('\0')]) {
    assertProblem(await reset(malformed), 'invalid_request', '/body/token');
  }
});

test('changing the password, another reset and deleting the account void every link', async () => {
  const [ann, bob, cid] = [await person(site.url), await person(site.url), await person(site.url)];
  const [first, second] = [await tokenFor(ann), await tokenFor(ann)];
  assert.equal((await reset(first)).status, 204);
  assertProblem(await reset(second, `${NEW} again`), 'invalid_token');
  const bobs = await tokenFor(bob);
  const change = { currentPassword: PASSWORD, newPassword: NEW };
  assert.equal((await bob.call('PUT', '/api/users/me/password', change)).status, 204);
  assertProblem(await reset(bobs), 'invalid_token');
  const cids = await tokenFor(cid);
  const deletion = { password: PASSWORD, messages: 'keep' };
  assert.equal((await cid.call('POST', '/api/users/me/deletion', deletion)).status, 202);
  assertProblem(await reset(cids), 'invalid_token');
});

test('neither the answer nor its time reveals whether an account exists, and the mails per account are limited', async () => {
  const ann = await person(site.url);
  const seen = async (email: string) => {
    const began = performance.now();
    const { status, body, headers } = await ask(email);
    return { told: { status, body, headers: [...headers.keys()] }, ms: performance.now() - began };
  };
  const fastest = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let times = 0; times < 8; times += 1) {
    const [known, unknown] = [await seen(ann.email), await seen(`nobody${times}@example.org`)];
    assert.deepEqual(known.told, unknown.told);
    fastest[0] = Math.min(fastest[0]!, known.ms);
    fastest[1] = Math.min(fastest[1]!, unknown.ms);
  }
  assert.ok(fastest[0]! < fastest[1]! * 2 + 5, `${fastest} ms`);
  for (let count = 0; count < LIMITS.resetMailsPerHour; count += 1) await mail.next(ann.email);
  note('limit resetMailsPerHour at');
  await assert.rejects(mail.next(ann.email, 300), /no mail/);
  note('limit resetMailsPerHour beyond');
});

test('the requests of one client address are limited per hour', async () => {
  const limit = LIMITS.passwordResetsPerHour;
  const strict = await site.again({
    SMTP_URL: `smtp://127.0.0.1:${mail.port}`,
    PUBLIC_URL: ORIGIN,
    TRUSTED_PROXIES: '127.0.0.1/32',
  });
  const from = (address: string) => ({ 'x-forwarded-for': address });
  for (let count = 1; count <= limit; count += 1) {
    assert.equal((await ask(`nobody${count}@example.org`, strict.url, from('192.0.2.7'))).status, 202, `${count}`);
  }
  note('limit passwordResetsPerHour at');
  const refused = await ask('nobody@example.org', strict.url, from('192.0.2.7'));
  assertProblem(refused, 'too_many_requests');
  assert.ok(Number(refused.headers.get('retry-after')) > 3_000);
  note('limit passwordResetsPerHour beyond');
  assert.equal((await ask('nobody@example.org', strict.url, from('192.0.2.8'))).status, 202);
});

test('without a mail server the answer refers to the operator, who creates a link by username or email address', async () => {
  const silent = await site.again({});
  const ann = await person(silent.url);
  const refused = await ask(ann.email, silent.url);
  assertProblem(refused, 'mail_not_configured');
  assert.match(refused.body.detail, /operator/);
  for (const who of [ann.username.toUpperCase(), ann.email.toUpperCase()]) {
    const link = await createResetLink(dbs.general, who);
    assert.equal(link?.username, ann.username);
    assert.equal(link?.path, `/password-reset#${link?.token}`);
    assert.equal((await reset(link!.token)).status, 204);
  }
  assert.equal(await createResetLink(dbs.general, 'nobody'), undefined);
});

test('a deleted account gets no mail and no link', async () => {
  const ann = await person(site.url);
  const deletion = { password: PASSWORD, messages: 'keep' };
  assert.equal((await ann.call('POST', '/api/users/me/deletion', deletion)).status, 202);
  assert.equal((await ask(ann.email)).status, 202);
  await assert.rejects(mail.next(ann.email, 300), /no mail/);
  assert.equal(await createResetLink(dbs.general, ann.username), undefined);
  assert.equal(await createResetLink(dbs.general, ann.email), undefined);
});

test('a page of another site cannot request a mail', async () => {
  const headers = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' };
  assertProblem(await ask('nobody@example.org', site.url, headers), 'bad_origin');
});
