// Secrets of an account: the flags of cookies behind TLS, and no credential in the log.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { call, PASSWORD, person } from '../../tests/people.ts';
import { assertProblem, logIn, startTestWebsite } from './fixture.ts';

test('behind TLS the cookie is __Host- and Secure, HSTS is sent, and the origin is the public one', async (t) => {
  const site = await startTestWebsite({ PUBLIC_URL: 'https://chat.example' });
  t.after(() => site.stop());
  const ann = await person(site.url);
  const { answer, cookie } = await logIn(site.url, ann.email, { origin: 'https://chat.example' });
  assert.match(
    answer.headers.getSetCookie()[0]!,
    /^__Host-parlance_session=[^;]+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/,
  );
  assert.match(
    answer.headers.getSetCookie()[1]!,
    /^__Host-parlance_browser=[^;]+; Max-Age=\d+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/,
  );
  assert.match(answer.headers.get('strict-transport-security') ?? '', /^max-age=31536000/);
  assert.match(answer.headers.get('content-security-policy') ?? '', /connect-src 'self' wss:\/\/chat\.example;/);
  assert.equal((await call(site.url, 'GET', '/api/session', { headers: { cookie } })).status, 200);
  const plain = { cookie: cookie.replace('__Host-', '') };
  assertProblem(await call(site.url, 'GET', '/api/session', { headers: plain }), 'not_authenticated');
  const asSeenHere = { cookie, origin: site.url };
  assertProblem(await call(site.url, 'DELETE', '/api/session', { headers: asSeenHere }), 'bad_origin');
  const room = await ann.createRoom();
  const { body } = await ann.call('POST', `/api/rooms/${encodeURIComponent(room.name)}/tokens`);
  assert.equal(body.url, `wss://chat.example/ws/${encodeURIComponent(room.name)}`);
  const gone = await call(site.url, 'DELETE', '/api/session', { headers: { cookie } });
  assert.equal(gone.status, 204);
  assert.match(gone.headers.getSetCookie()[0]!, /^__Host-parlance_session=; Path=\/;.*Secure/);
});

test('no password, cookie, token or message text is logged, also when requests fail', async (t) => {
  const site = await startTestWebsite({ LOG_LEVEL: 'debug' });
  t.after(() => site.stop());
  const ann = await person(site.url);
  const { cookie } = await logIn(site.url, ann.email);
  const room = encodeURIComponent((await ann.createRoom()).name);
  const roomToken = await ann.roomToken(decodeURIComponent(room));
  const secret = 'a text that nobody but the room may read';
  await ann.call('POST', `/api/rooms/${room}/messages`, { id: randomUUID(), content: secret });
  await ann.call('POST', `/api/rooms/${room}/messages`, { id: 'no uuid', content: secret });
  await call(site.url, 'POST', '/api/session', { body: `{"password":"${PASSWORD}", oops` });
  await call(site.url, 'POST', '/api/users', { body: { email: 'x', username: 'x', password: PASSWORD } });
  await call(site.url, 'GET', `/api/rooms?query=${roomToken}`, { headers: { cookie } });
  // An internal error is logged with its cause. Here a send and a login fail because a column was renamed.
  await site.sql.query('alter table messages rename content to contents');
  const broken = await ann.call('POST', `/api/rooms/${room}/messages`, { id: randomUUID(), content: secret });
  assert.ok(broken.status >= 500);
  await site.sql.query('alter table users rename email_key to key_of_email');
  const failed = await call(site.url, 'POST', '/api/session', { body: { email: ann.email, password: PASSWORD } });
  assertProblem(failed, 'internal_error');
  assert.doesNotMatch(JSON.stringify(failed.body), /email_key|column|select|\bat /i, 'the answer hides the cause');

  const text = site.text();
  for (const path of ['/api/session', '/api/users', '/messages"', '/tokens"']) assert.ok(text.includes(path), path);
  assert.ok(
    site.lines.some(({ level, err }) => level === 'error' && err),
    'an error was logged',
  );
  const value = decodeURIComponent(cookie.split('=')[1]!);
  for (const hidden of [PASSWORD, secret, ann.token, roomToken, cookie, value, value.slice(2).split('.')[0]!]) {
    assert.ok(!text.includes(hidden), `${hidden} is in the log`);
  }
});
