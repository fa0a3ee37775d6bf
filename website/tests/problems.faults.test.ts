// Failures behind the website: answers report them without details, and the website recovers when the cause is gone.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type Answer, call, PASSWORD, type Person, person } from '../../tests/people.ts';
import { startChatPart, startWebsitePart, testDatabase, untilReady } from '../../tests/stack.ts';
import {
  assertProblem,
  databaseCable,
  eventually,
  internal,
  logIn,
  startTestWebsite,
  type TestWebsite,
} from './fixture.ts';

let site: TestWebsite;
let ann: Person;
before(async () => {
  site = await startTestWebsite();
  ann = await person(site.url, 'ann');
});
after(() => site.stop());

const quiet = /select|insert|update |chat_rooms|sessions|postgres|ECONN|127\.0\.0\.1|node:|\.ts|\bat [A-Z]/i;
const assertSilent = ({ body }: Answer) => assert.doesNotMatch(JSON.stringify([body.detail, body.errors]), quiet);

test('without the database everything is unavailable, and everything works again when it is back', async (t) => {
  const database = await testDatabase();
  t.after(() => database.drop());
  const cable = await databaseCable(t, database.url);
  const site = await startWebsitePart(cable.url);
  t.after(() => site.stop());
  const chat = await startChatPart(site.internalUrl);
  t.after(() => chat.stop());
  await untilReady(site.url);
  const ann = await person(site.url, 'ann');
  const { cookie } = await logIn(site.url, ann.email);
  const room = await ann.createRoom('Tea room');

  cable.cut();
  const credentials = { email: ann.email, password: PASSWORD };
  const message = { id: randomUUID(), content: 'hello' };
  for (const answer of [
    await ann.call('GET', '/api/session'),
    await call(site.url, 'GET', '/api/session', { headers: { cookie } }),
    await ann.call('GET', '/api/rooms'),
    await ann.call('POST', '/api/rooms', { name: 'Another' }),
    await ann.call('POST', '/api/rooms/Tea%20room/messages', message),
    await ann.call('POST', '/api/rooms/Tea%20room/tokens'),
    await call(site.url, 'POST', '/api/session', { body: credentials }),
    await call(site.url, 'POST', '/api/access-tokens', { body: credentials }),
    await call(site.url, 'POST', '/api/users', { body: { ...credentials, email: 'bob@example.org', username: 'bob' } }),
    await call(site.url, 'GET', '/healthz'),
  ]) {
    assertProblem(answer, 'unavailable');
    assertSilent(answer);
  }
  for (const [method, path, body] of [
    ['GET', `/rooms/${room.id}`],
    ['GET', '/jwks'],
    ['POST', '/changes', {}],
    ['POST', '/rooms/compare', { rooms: [{ roomId: room.id, lastSeq: 0 }] }],
  ] as const) {
    assertProblem(await internal(site, method, path, body), 'unavailable');
  }
  const readiness = await fetch(`${site.internalUrl}/readyz`);
  assert.equal(readiness.status, 503);
  assert.deepEqual(await readiness.json(), { ready: false, reasons: ['the database does not answer'], warnings: [] });
  assertProblem(await call(site.url, 'GET', '/api/nowhere'), 'not_found');

  cable.mend();
  assert.equal((await ann.call('GET', '/api/session')).status, 200, 'at once');
  assert.equal((await ann.call('POST', '/api/rooms/Tea%20room/messages', message)).status, 201, 'with the same id');
  await untilReady(site.url);
  const faults = site.lines.filter(({ level }) => level === 'error' || level === 'fatal');
  assert.deepEqual(faults, [], 'no internal error');
});

test('a connection that the database ends fails at most the request that uses it', async () => {
  const statuses = new Map<number, number>();
  let ending = true;
  const asking = Array.from({ length: 8 }, async () => {
    while (ending) {
      const answer = await ann.call('GET', '/api/rooms');
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (answer.status !== 200) assertProblem(answer, 'unavailable');
    }
  });
  let ended = 0;
  for (let round = 0; round < 10; round += 1) {
    const { rows } = await site.sql.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name like 'parlance%'`,
    );
    ended += rows.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  ending = false;
  await Promise.all(asking);
  assert.ok(ended > 10 && (statuses.get(200) ?? 0) > 0, `${ended} ended, ${[...statuses]}`);
  await eventually(async () => (await ann.call('GET', '/api/session')).status === 200);
});

test('an internal error is logged with its request id, and the answer reveals no detail', async () => {
  await ann.createRoom('Hall');
  await site.sql.query('alter table messages rename to messages_elsewhere');
  const answer = await ann.call('GET', '/api/rooms/Hall/messages');
  assertProblem(answer, 'internal_error');
  assertSilent(answer);
  const logged = site.lines.find(({ level, requestId }) => level === 'error' && requestId === answer.body.requestId);
  assert.match(JSON.stringify(logged), /messages/);
  await site.sql.query('alter table messages_elsewhere rename to messages');
  assert.equal((await ann.call('GET', '/api/rooms/Hall/messages')).status, 200);
});

test('an answer that would violate the contract is replaced by internal_error', async () => {
  const room = await ann.createRoom('Cellar');
  await site.sql.query('update chat_rooms set last_seq = -987654321');
  for (const path of ['/api/rooms/Cellar', '/api/rooms']) {
    const answer = await ann.call('GET', path);
    assertProblem(answer, 'internal_error');
    assert.doesNotMatch(JSON.stringify(answer.body), /987654321/);
  }
  assertProblem(await internal(site, 'GET', `/rooms/${room.id}`), 'internal_error');
  assert.match(site.text(), /lastSeq/, 'the log names the member');
});
