// The long poll for changes: answered at once if a session or room ends or a message comes by HTTP. No change is lost.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { call, type Json, type Person, person, sleep } from '../../tests/people.ts';
import { SECRETS, type WebsitePart } from '../../tests/stack.ts';
import { areToldAtOnce, atOnce, changes, IDLE_MS, toldBy } from './changes_fixture.ts';
import { eventually, internal, logIn, sidOf, sqlFor, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
let other: WebsitePart;
let ann: Person;
before(async () => {
  site = await startTestWebsite();
  other = await site.again();
  ann = await person(site.url, 'ann');
});
after(() => site.stop());

const at = (room: Json, more = '') => `/api/rooms/${encodeURIComponent(room.name)}${more}`;

const told = (something: () => Promise<unknown>) => toldBy([site, other], something);
const isToldAtOnce = (happen: () => Promise<(body: Json) => boolean>) => areToldAtOnce([site, other], happen);

test('the first call is answered at once, with all that ended within twice the lifetime of a room token', async () => {
  const [early, late] = [await person(site.url), await person(site.url)];
  const room = await ann.createRoom();
  for (const who of [early, late]) await who.call('DELETE', '/api/session');
  await ann.call('DELETE', at(room));
  const age = (seconds: number, sid: string) =>
    site.sql.query("update sessions set ended_at = now() - $1 * interval '1 s' where handle = $2", [seconds, sid]);
  await age(2 * LIMITS.roomTokenSeconds - 1, sidOf(late.token));
  await age(20 * LIMITS.roomTokenSeconds, sidOf(early.token));
  const body = await atOnce(site);
  assert.ok(body.endedSessions.includes(sidOf(late.token)));
  assert.ok(!body.endedSessions.includes(sidOf(early.token)));
  assert.ok(body.deletedRooms.includes(room.id));
  assert.ok(!body.endedSessions.includes(sidOf(ann.token)));
});

test('a call without changes is answered after about a second', async () => {
  for (const { body, ms } of await told(() => Promise.resolve())) {
    assert.ok(ms > IDLE_MS && ms < 3_000, `${ms} ms`);
    assert.deepEqual(body.appended, []);
  }
});

test('a logout by token or by cookie is reported at once by every replica', async () => {
  await isToldAtOnce(async () => {
    const bob = await person(site.url);
    await bob.call('DELETE', '/api/session');
    return (body) => body.endedSessions.includes(sidOf(bob.token));
  });
  await isToldAtOnce(async () => {
    const { cookie } = await logIn(site.url, ann.email);
    const { rows } = await site.sql.query('select handle from sessions order by created_at desc limit 1');
    await call(site.url, 'DELETE', '/api/session', { headers: { cookie } });
    return (body) => body.endedSessions.includes(rows[0].handle);
  });
});

test('the deletion of a room is reported at once by every replica', async () => {
  await isToldAtOnce(async () => {
    const room = await ann.createRoom();
    await ann.call('DELETE', at(room));
    return (body) => body.deletedRooms.includes(room.id);
  });
});

test('a message sent by HTTP is reported at once by every replica; a message that chat appends is not', async () => {
  const room = await ann.createRoom();
  await isToldAtOnce(async () => {
    const { body } = await ann.call('POST', at(room, '/messages'), { id: randomUUID(), content: 'x' });
    const position = { roomId: room.id, lastSeq: body.seq };
    return ({ appended }) => JSON.stringify(appended) === JSON.stringify([position]);
  });
  const item = { roomId: room.id, id: randomUUID(), username: 'ann', sid: sidOf(ann.token), content: 'x' };
  const append = () => internal(site, 'POST', '/messages', { messages: [item], wait: false });
  for (const { body } of await told(append)) assert.deepEqual(body.appended, []);
});

test('a change between two calls is reported at once by the second', async () => {
  const room = await ann.createRoom();
  const { cursor } = (await changes(other)).body;
  await ann.call('POST', at(room, '/messages'), { id: randomUUID(), content: 'x' });
  await ann.call('POST', at(room, '/messages'), { id: randomUUID(), content: 'y' });
  // The other replica is notified a moment later. From then on no call with that cursor waits.
  await eventually(async () => (await changes(other, cursor)).body.appended.at(-1)?.lastSeq === 2);
  const body = await atOnce(other, cursor);
  assert.deepEqual(body.appended.at(-1), { roomId: room.id, lastSeq: 2 });
});

test('a change that is written before a cursor and committed after it is not lost', async (t) => {
  const bob = await person(site.url, 'slow-bob');
  const late = await sqlFor(t, site.databaseUrl);
  await late.query('begin');
  await late.query('update sessions set ended_at = clock_timestamp() where handle = $1', [sidOf(bob.token)]);
  let { cursor } = (await changes(site)).body;
  for (let calls = 0; calls < 2; calls += 1) {
    const { body } = await changes(site, cursor);
    assert.ok(!body.endedSessions.includes(sidOf(bob.token)), 'precondition: not reported yet');
    cursor = body.cursor;
  }
  await late.query('commit'); // without a notification
  const { body } = await changes(site, cursor);
  assert.ok(body.endedSessions.includes(sidOf(bob.token)));
});

test('an expired session is reported like an ended one', async () => {
  const bob = await person(site.url, 'expiring-bob');
  const { cursor } = (await changes(site)).body;
  await site.sql.query("update sessions set expires_at = clock_timestamp() + interval '300 ms' where handle = $1", [
    sidOf(bob.token),
  ]);
  let next = cursor;
  await eventually(async () => {
    const { body } = await changes(site, next);
    next = body.cursor;
    return body.endedSessions.includes(sidOf(bob.token));
  }, 3_000);
});

test('without its LISTEN connection a replica reports changes within about a second, and at once after it reconnects', async () => {
  const ears = "from pg_stat_activity where datname = current_database() and application_name = 'parlance-changes'";
  const count = async () => (await site.sql.query(`select count(*)::int ${ears}`)).rows[0].count;
  assert.equal(await count(), 2);
  const room = await ann.createRoom();
  let deletedAt = 0;
  let answers = await told(async () => {
    await site.sql.query(`select pg_terminate_backend(pid) ${ears}`);
    await eventually(async () => (await count()) === 0);
    await ann.call('DELETE', at(room));
    deletedAt = performance.now();
  });
  // A replica that answered before the deletion reports it in its next answer.
  const early = ({ body }: { body: Json }) => !body.deletedRooms.includes(room.id);
  if (answers.some(early)) {
    const parts = [site, other];
    answers = await Promise.all(
      answers.map((answer, k) => (early(answer) ? changes(parts[k]!, answer.body.cursor) : answer)),
    );
  }
  for (const { body } of answers) assert.ok(body.deletedRooms.includes(room.id));
  assert.ok(performance.now() - deletedAt < 2_500, 'every answer queries the database');
  await eventually(async () => (await count()) === 2, 3_000);
  await isToldAtOnce(async () => {
    const again = await ann.createRoom();
    await ann.call('DELETE', at(again));
    return (body) => body.deletedRooms.includes(again.id);
  });
});

test('a cursor of another process or an invalid cursor is answered at once from the database', async () => {
  const room = await ann.createRoom();
  const { cursor } = (await changes(site)).body;
  await ann.call('DELETE', at(room));
  assert.ok((await atOnce(other, cursor)).deletedRooms.includes(room.id));
  for (const odd of [
    'x',
    '.',
    '..',
    '1.2',
    'a.b.c',
    'a.1.9e99',
    'a.1.-1',
    'a.1.1e300',
    'a.1.99999999999999999999',
    `${'9'.repeat(200)}`,
  ]) {
    const { body } = await changes(site, odd);
    assert.ok(body.deletedRooms.includes(room.id), odd);
  }
});

test('a website stops promptly and without warnings while calls wait or were aborted', async () => {
  const leaving = await site.again();
  const { cursor } = (await changes(leaving)).body;
  const waiting = changes(leaving, cursor).catch((error: unknown) => error);
  const cut = new AbortController();
  const gone = fetch(`${leaving.internalUrl}/internal/changes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SECRETS.INTERNAL_SECRET}`, 'content-type': 'application/json' },
    body: JSON.stringify({ cursor }),
    signal: cut.signal,
  }).catch((error: unknown) => error);
  await sleep(100);
  cut.abort();
  const began = performance.now();
  await leaving.stop();
  assert.ok(performance.now() - began < 4_000);
  await Promise.all([waiting, gone]);
  await sleep(100);
  assert.deepEqual(
    leaving.lines.filter(({ level }) => level !== 'info'),
    [],
  );
});
