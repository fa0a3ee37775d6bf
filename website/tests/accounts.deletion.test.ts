// Account deletion: what is removed at once, what stays, and the erasure of messages. The erasure appends the events of
// deleteMessage, resumes after a crash, and is shared by replicas.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { applyEvents } from '@parlance/client';
import { call, type Json, PASSWORD, type Person, person, sleep } from '../../tests/people.ts';
import { startTestStack, startWebsitePart, type TestStack } from '../../tests/stack.ts';
import { assertProblem, connectSql, eventually, logIn, sqlFor } from './fixture.ts';

let stack: TestStack;
let sql: Awaited<ReturnType<typeof connectSql>>;
let bob: Person;
before(async () => {
  stack = await startTestStack({ MESSAGES_PER_10S: '100000' });
  sql = await connectSql(stack.databaseUrl);
  bob = await person(stack.url);
});
after(async () => {
  await sql.end();
  await stack.stop();
});

const remove = (who: Person, messages: string, password = PASSWORD) =>
  who.call('POST', '/api/users/me/deletion', { password, messages });
const at = (room: { name: string }, rest = '') => `/api/rooms/${encodeURIComponent(room.name)}${rest}`;
const erased = () => eventually(async () => (await sql.query('select 1 from erasures')).rowCount === 0, 20_000);

async function say(who: Person, room: Json, content: string): Promise<string> {
  const id = randomUUID();
  assert.equal((await who.call('POST', at(room, '/messages'), { id, content })).status, 201);
  return id;
}

/** @returns all messages or events of a room, read page by page. */
async function all(room: Json, what: 'messages' | 'events'): Promise<Json[]> {
  const found: Json[] = [];
  for (let after = 0; ; after = found.at(-1).seq) {
    const { body } = await bob.call('GET', at(room, `/${what}?after=${after}&limit=100`));
    found.push(...body[what]);
    if (!body.hasMore) return found;
  }
}

/** G3 and G5: no gap, the count is right, and the messages are the fold of the events. */
async function assertLog(room: Json): Promise<{ messages: Json[]; events: Json[] }> {
  const [messages, events] = [await all(room, 'messages'), await all(room, 'events')];
  const { body } = await bob.call('GET', at(room));
  assert.deepEqual(
    events.map(({ seq }) => seq),
    Array.from({ length: body.lastSeq }, (_, index) => index + 1),
  );
  assert.equal(body.messageCount, messages.filter(({ deletedAt }) => !deletedAt).length);
  const times = events.map(({ timestamp }) => timestamp);
  assert.deepEqual(times, times.toSorted());
  assert.deepEqual(applyEvents([], events), messages);
  return { messages, events };
}

test('email address, password and sessions are removed at once; username, rooms and messages stay', async () => {
  const ann = await person(stack.url);
  const room = await ann.createRoom();
  await say(ann, room, 'kept');
  const { cookie } = await logIn(stack.url, ann.email);
  const socket = await ann.join(room.name);
  assertProblem(await remove(ann, 'keep', 'not the password'), 'invalid_credentials');
  assertProblem(await remove(ann, 'burn'), 'invalid_request', '/body/messages');
  assert.equal((await ann.call('GET', '/api/session')).status, 200, 'nothing happened');

  const body = { password: PASSWORD, messages: 'keep' };
  const answer = await call(stack.url, 'POST', '/api/users/me/deletion', { headers: { cookie }, body });
  assert.equal(answer.status, 202);
  assert.match(answer.headers.getSetCookie()[0]!, /^parlance_session=; .*Expires=Thu, 01 Jan 1970/);
  assert.equal(await socket.closed(), 4501);
  assertProblem(await ann.call('GET', '/api/session'), 'not_authenticated');
  assertProblem(await call(stack.url, 'GET', '/api/session', { headers: { cookie } }), 'not_authenticated');
  const { rows } = await sql.query('select * from users where username = $1', [ann.username]);
  assert.deepEqual([rows[0].email, rows[0].email_key, rows[0].hashed_password], [null, null, null]);
  const enter = await call(stack.url, 'POST', '/api/access-tokens', { body: { email: ann.email, password: PASSWORD } });
  assertProblem(enter, 'invalid_credentials');

  const { messages } = await assertLog(room);
  assert.deepEqual([messages[0].username, messages[0].content], [ann.username, 'kept']);
  assert.equal((await bob.call('GET', at(room))).body.owner, ann.username);
  const again = { email: ann.email, username: ann.username, password: PASSWORD };
  assertProblem(await call(stack.url, 'POST', '/api/users', { body: again }), 'username_taken');
  const other = { ...again, username: `${ann.username}-2` };
  assert.equal((await call(stack.url, 'POST', '/api/users', { body: other })).status, 201, 'the address is free');
  assertProblem(await call(stack.url, 'POST', '/api/users', { body: { ...other, username: 'x-3' } }), 'email_taken');
});

test('the email address of a deleted account can be registered again at every replica, and a later replica starts', async (t) => {
  const replica = await startWebsitePart(stack.databaseUrl);
  t.after(() => replica.stop());
  for (const [index, url] of [replica.url, stack.url].entries()) {
    const ann = await person(stack.url);
    assert.equal((await remove(ann, 'keep')).status, 202);
    const body = { email: ann.email, username: `again-${index}`, password: PASSWORD };
    assert.equal((await call(url, 'POST', '/api/users', { body })).status, 201);
  }
  const later = await startWebsitePart(stack.databaseUrl);
  t.after(() => later.stop());
  assert.equal((await call(later.url, 'GET', '/login')).status, 200);
});

test("erase deletes each message as deleteMessage does, sends the events to sockets, and keeps other users' messages", async () => {
  const ann = await person(stack.url);
  const [room, twin] = [await bob.createRoom(), await bob.createRoom()];
  const [empty, others] = [await ann.createRoom(), await bob.createRoom()];
  await say(bob, others, 'of others');
  const emoji = encodeURIComponent('👍');
  for (const place of [room, twin]) {
    const ids = [];
    for (const content of ['plain', 'edited', 'reacted', 'gone']) ids.push(await say(ann, place, content));
    const theirs = await say(bob, place, 'stays');
    await ann.call('PATCH', at(place, `/messages/${ids[1]}`), { content: 'edited once' });
    await ann.call('PATCH', at(place, `/messages/${ids[1]}`), { content: 'edited twice' });
    await bob.call('PUT', at(place, `/messages/${ids[2]}/reactions/${emoji}`));
    await ann.call('PUT', at(place, `/messages/${theirs}/reactions/${emoji}`));
    await bob.call('DELETE', at(place, `/messages/${ids[3]}`));
    if (place !== twin) continue;
    // The expected result: each message deleted by deleteMessage.
    for (const id of ids.slice(0, 3)) await ann.call('DELETE', at(place, `/messages/${id}`));
  }
  const socket = await bob.join(room.name);
  assert.equal((await remove(ann, 'erase')).status, 202);
  const live = [];
  for (let count = 0; count < 3; count += 1) live.push(await socket.next('message.deleted'));
  await erased();
  const [real, expected] = [await assertLog(room), await assertLog(twin)];
  assert.deepEqual(live, real.events.slice(-3));
  const comparable = (log: typeof real) =>
    JSON.parse(
      JSON.stringify([log.messages, log.events], (key, value) =>
        /^(id|messageId|roomId|room|timestamp|editedAt|deletedAt)$/.test(key) ? typeof value : value,
      ),
    );
  assert.deepEqual(comparable(real), comparable(expected));
  const { rows } = await sql.query(
    `select (select count(*) from reactions r join messages m on m.room_id = r.room_id and m.id = r.message_id
       where m.deleted_at is not null)::int as reactions,
     (select count(*) from messages where username = $1 and content is not null)::int as texts`,
    [ann.username],
  );
  assert.deepEqual(rows, [{ reactions: 0, texts: 0 }]);
  assert.equal((await assertLog(others)).messages[0].content, 'of others');
  await assertLog(empty);
  await socket.close();
});

/** Inserts `count` messages into each room, by bob and `ann` in turn, without the API. */
async function fill(ann: Person, rooms: Json[], count: number): Promise<void> {
  for (const room of rooms) {
    await sql.query('begin');
    await sql.query(
      `insert into messages (room_id, seq, id, username, content, timestamp)
       select $1, n, gen_random_uuid(), case when n % 2 = 0 then $2 else $3 end, 'message ' || n, now()
       from generate_series(1, $4::int) n`,
      [room.id, ann.username, bob.username, count],
    );
    await sql.query('update chat_rooms set last_seq = $2, message_count = $2 where id = $1', [room.id, count]);
    await sql.query('commit');
  }
}

test('an interrupted erasure resumes where it stopped, and several replicas share it', async (t) => {
  const ann = await person(stack.url);
  const rooms = await Promise.all(Array.from({ length: 3 }, () => bob.createRoom()));
  await fill(ann, rooms, 900);
  assert.equal((await remove(ann, 'erase')).status, 202);
  for (let crash = 0; crash < 3; crash += 1) {
    await sleep(20);
    await sql.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'parlance-website'`,
    );
  }
  const before = await sql.query(
    'select count(*)::int as left from messages where username = $1 and content is not null',
    [ann.username],
  );
  assert.ok(before.rows[0].left > 0, 'precondition: the erasure was interrupted');
  // As if the replica with the lease had died and the lease had expired.
  await sql.query("update erasures set leased_until = '-infinity'");
  const replicas = await Promise.all([startWebsitePart(stack.databaseUrl), startWebsitePart(stack.databaseUrl)]);
  t.after(() => Promise.all(replicas.map((one) => one.stop())));
  await sql.query("update erasures set leased_until = '-infinity'");
  await erased();
  for (const room of rooms) {
    const { events } = await assertLog(room);
    assert.equal(events.length, 900 + 450, 'each message was deleted once');
  }
});

test('old messages in a long room are erased', async () => {
  const ann = await person(stack.url);
  const room = await bob.createRoom();
  await fill(ann, [room], 13_000);
  await sql.query('update messages set username = $2 where room_id = $1 and seq not in (1, 2, 5000, 12000)', [
    room.id,
    bob.username,
  ]);
  const { rowCount } = await sql.query('select 1 from messages where username = $1', [ann.username]);
  assert.equal(rowCount, 3, 'precondition');
  assert.equal((await remove(ann, 'erase')).status, 202);
  await erased();
  const { rows } = await sql.query(`select message_id, seq from room_events where room_id = $1 order by seq`, [
    room.id,
  ]);
  assert.deepEqual(
    rows.map(({ seq }) => Number(seq)),
    [13_001, 13_002, 13_003],
  );
});

test('during an erasure others send and delete in the same room, and a locked room delays only itself', async (t) => {
  const ann = await person(stack.url);
  const [room, held] = [await bob.createRoom(), await bob.createRoom()];
  await fill(ann, [room, held], 1_000);
  const holder = await sqlFor(t, stack.databaseUrl);
  await holder.query('begin');
  await holder.query('select 1 from chat_rooms where id = $1 for update', [held.id]);
  const { messages } = (await bob.call('GET', at(room, '/messages?limit=100'))).body;
  assert.equal((await remove(ann, 'erase')).status, 202);
  const waits: number[] = [];
  for (let count = 0; count < 20; count += 1) {
    const began = performance.now();
    await say(bob, room, `meanwhile ${count}`);
    waits.push(performance.now() - began);
    await bob.call('DELETE', at(room, `/messages/${messages[count * 2].id}`));
  }
  await holder.query('rollback');
  await erased();
  await assertLog(held);
  const { messages: left } = await assertLog(room);
  assert.deepEqual(
    left.filter((one) => one.username === ann.username && !one.deletedAt),
    [],
  );
  t.diagnostic(`the slowest send took ${Math.round(Math.max(...waits))} ms`);
});

test('a message that is being stored while the account is deleted is erased too', async () => {
  const ann = await person(stack.url);
  const room = await bob.createRoom();
  const socket = await ann.join(room.name);
  for (let count = 0; count < 30; count += 1) socket.say(`${count}`);
  const [answer] = await Promise.all([remove(ann, 'erase'), socket.closed()]);
  assert.equal(answer.status, 202);
  await erased();
  const { messages } = await assertLog(room);
  assert.ok(messages.every(({ deletedAt }) => deletedAt));
});

test('deleting a room during an erasure does not stop it', async () => {
  const ann = await person(stack.url);
  const rooms = await Promise.all(Array.from({ length: 3 }, () => bob.createRoom()));
  await fill(ann, rooms, 400);
  assert.equal((await remove(ann, 'erase')).status, 202);
  const [first, ...others] = rooms;
  assert.equal((await bob.call('DELETE', at(first))).status, 204);
  await erased();
  for (const room of others) assert.equal((await assertLog(room)).events.length, 600);
});
