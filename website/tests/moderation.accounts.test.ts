// Administrators, suspended accounts, and registration: open, by invitation, or closed.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createLog } from '@parlance/service/log.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { openDatabases } from '@parlance/website/database.ts';
import { createInvitation } from '@parlance/website/services/invitations.ts';
import { call, PASSWORD, type Person, person } from '../../tests/people.ts';
import { note } from '../../tests/wiretap.ts';
import { assertProblem, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
let ann: Person;
let root: Person;
before(async () => {
  site = await startTestWebsite();
  [ann, root] = [await person(site.url, 'ann'), await person(site.url, 'root')];
  await site.sql.query("update users set is_admin = true where username = 'root'");
});
after(() => site.stop());

const at = (name: string, more = '') => `/api/rooms/${encodeURIComponent(name)}${more}`;
const suspension = (by: Person, method: string, whom: string) => by.call(method, `/api/users/${whom}/suspension`);
const logIn = (who: { email: string }, password = PASSWORD) =>
  call(site.url, 'POST', '/api/session', { body: { email: who.email, password } });

test('an administrator deletes any message and any room; the deletion names the administrator', async () => {
  const room = await ann.createRoom();
  const sent = await ann.call('POST', at(room.name, '/messages'), { id: randomUUID(), content: 'abuse' });
  const message = at(room.name, `/messages/${sent.body.id}`);
  assertProblem(await root.call('PATCH', message, { content: 'nicer' }), 'not_message_author');
  assert.equal((await root.call('DELETE', message)).status, 204);
  assert.equal((await ann.call('GET', message)).body.deletedBy, 'root');
  assert.equal((await root.call('DELETE', at(room.name))).status, 204);
  assertProblem(await ann.call('GET', at(room.name)), 'room_not_found');
});

test('the session of an administrator says so, and other sessions lack the field', async () => {
  assert.equal((await root.call('GET', '/api/session')).body.user.administrator, true);
  assert.ok(!('administrator' in (await ann.call('GET', '/api/session')).body.user));
});

test('a suspension ends all sessions, refuses the right password with suspended, and can be lifted', async () => {
  const bob = await person(site.url);
  const cookie = (await logIn(bob)).headers.getSetCookie()[0]!.split(';')[0]!;
  assert.equal((await suspension(root, 'PUT', bob.username.toUpperCase())).status, 204);
  assertProblem(await bob.call('GET', '/api/session'), 'not_authenticated');
  assertProblem(await call(site.url, 'GET', '/api/session', { headers: { cookie } }), 'not_authenticated');
  assertProblem(await logIn(bob), 'suspended');
  const body = { email: bob.email, password: PASSWORD };
  assertProblem(await call(site.url, 'POST', '/api/access-tokens', { body }), 'suspended');
  assertProblem(await logIn(bob, 'a wrong password'), 'invalid_credentials');
  assert.equal((await suspension(root, 'PUT', bob.username)).status, 204, 'a repeat changes nothing');
  assert.equal((await suspension(root, 'DELETE', bob.username)).status, 204);
  assert.equal((await logIn(bob)).status, 200);
  assertProblem(await bob.call('GET', '/api/session'), 'not_authenticated');
});

test('only administrators suspend, an administrator cannot be suspended, and an unknown user is user_not_found', async () => {
  for (const method of ['PUT', 'DELETE']) {
    assertProblem(await suspension(ann, method, 'root'), 'not_administrator');
    assertProblem(await suspension(root, method, 'nobody'), 'user_not_found');
    assertProblem(await suspension(root, method, 'no%20body'), 'invalid_request', '/path/username');
  }
  assertProblem(await suspension(root, 'PUT', 'root'), 'protected_user');
  assert.equal((await root.call('GET', '/api/session')).status, 200);
});

test("a suspension with a cookie needs the site's own origin", async () => {
  const bob = await person(site.url);
  const cookie = (await logIn(root)).headers.getSetCookie()[0]!.split(';')[0]!;
  const path = `/api/users/${bob.username}/suspension`;
  for (const method of ['PUT', 'DELETE']) {
    const headers = { cookie, origin: 'https://elsewhere.example' };
    assertProblem(await call(site.url, method, path, { headers }), 'bad_origin');
    assert.equal((await call(site.url, method, path, { headers: { cookie, origin: site.url } })).status, 204);
  }
});

const newUser = (more = {}) => {
  const username = `user-${randomUUID().slice(0, 8)}`;
  return { email: `${username}@example.org`, username, password: PASSWORD, ...more };
};
const register = (url: string, more = {}) => call(url, 'POST', '/api/users', { body: newUser(more) });

test('REGISTRATION=closed refuses every registration, and existing accounts can log in', async () => {
  const closed = await site.again({ REGISTRATION: 'closed' });
  assertProblem(await register(closed.url), 'registration_closed');
  const body = { email: ann.email, password: PASSWORD };
  assert.equal((await call(closed.url, 'POST', '/api/session', { body })).status, 200);
});

test('with REGISTRATION=invited an invitation works once, also when several requests use it at the same time', async () => {
  const { url } = await site.again({ REGISTRATION: 'invited' });
  const dbs = openDatabases(site.databaseUrl, 2, createLog({ service: 'test', level: 'silent' }));
  const { invitation } = await createInvitation(dbs.general);
  assertProblem(await register(url), 'invalid_invitation');
  assertProblem(
    await register(url, { invitation: invitation.replace(/^./, '_').replace(/.$/, '_') }),
    'invalid_invitation',
  );
  assertProblem(await register(url, { invitation: 'short' }), 'invalid_request', '/body/invitation');
  assertProblem(await register(url, { invitation, username: 'ann' }), 'username_taken');
  const answers = await Promise.all(Array.from({ length: 5 }, () => register(url, { invitation })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 403, 403, 403, 403]);
  for (const answer of answers) if (answer.status === 403) assertProblem(answer, 'invalid_invitation');
  const stored = await site.sql.query("select encode(token_hash, 'escape') as hash from invitations");
  assert.ok(!JSON.stringify(stored.rows).includes(invitation), 'only its hash is stored');
  await dbs.close();
});

test('an invitation expires after invitationSeconds', async () => {
  const { url } = await site.again({ REGISTRATION: 'invited' });
  const dbs = openDatabases(site.databaseUrl, 2, createLog({ service: 'test', level: 'silent' }));
  const [kept, ended] = [await createInvitation(dbs.general), await createInvitation(dbs.general)];
  await dbs.close();
  const age = async (seconds: number, { expiresAt }: { expiresAt: Date }) =>
    site.sql.query('update invitations set expires_at = expires_at - make_interval(secs => $1) where expires_at = $2', [
      seconds,
      expiresAt,
    ]);
  await age(LIMITS.invitationSeconds - 60, kept);
  await age(LIMITS.invitationSeconds + 1, ended);
  assert.equal((await register(url, { invitation: kept.invitation })).status, 201);
  note('limit invitationSeconds at');
  assertProblem(await register(url, { invitation: ended.invitation }), 'invalid_invitation');
  note('limit invitationSeconds beyond');
});

test('with open registration an invitation is ignored', async () => {
  assert.equal((await register(site.url, { invitation: 'A'.repeat(43) })).status, 201);
});
