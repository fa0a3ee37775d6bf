// The website migrates a database of release 0.1.0 when it starts: every seq and every page stays the same.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEmbeddedPostgres } from '@parlance/db/embedded.ts';
import { nameKey } from '@parlance/specs/names.ts';
import { folder } from '../db/tests/embedded_fixture.ts';
import { connectSql } from '../website/tests/fixture.ts';
import { call, type Json, PASSWORD } from './people.ts';
import { exited, run } from './program.ts';
import { fillAsReleased, OWNER, type ReleasedRoom } from './released_database.ts';
import { recordLog, startWebsitePart, testDatabase } from './stack.ts';

const LENGTHS = [0, 1, 233];

const at = (room: ReleasedRoom, rest = '') => `/api/rooms/${encodeURIComponent(room.name)}${rest}`;

async function logIn(url: string): Promise<string> {
  const body = { email: OWNER.email, password: PASSWORD };
  return (await call(url, 'POST', '/api/access-tokens', { body })).body.accessToken;
}

/** All messages or events from the beginning, page by page. */
async function readAll(url: string, token: string, room: ReleasedRoom, what: 'messages' | 'events'): Promise<Json[]> {
  const all: Json[] = [];
  for (let more = true; more; ) {
    const after = all.at(-1)?.seq ?? 0;
    const { status, body } = await call(url, 'GET', at(room, `/${what}?after=${after}&limit=100`), { token });
    assert.equal(status, 200);
    all.push(...body[what]);
    more = body.hasMore;
  }
  return all;
}

/** Asserts that the rooms are unchanged since 0.1.0 and accept repeats and edits. */
async function assertKept(url: string, rooms: ReleasedRoom[]): Promise<void> {
  const token = await logIn(url);
  for (const room of rooms) {
    const { name, id: roomId, messages } = room;
    const stored = messages.map(({ timestamp, ...rest }) => ({
      ...rest,
      room: name,
      timestamp: timestamp.toISOString(),
    }));
    assert.deepEqual(
      await readAll(url, token, room, 'messages'),
      stored.map((one) => ({ ...one, version: one.seq, revision: one.seq, reactions: [] })),
    );
    assert.deepEqual(
      await readAll(url, token, room, 'events'),
      stored.map((one) => ({ type: 'message.created', roomId, ...one })),
    );
    const { lastSeq, messageCount } = (await call(url, 'GET', at(room), { token })).body;
    assert.deepEqual([lastSeq, messageCount], [messages.length, messages.length]);
  }
  const last = rooms.at(-1)!;
  const [first] = last.messages;
  const { id, content } = first!;
  const repeat = await call(url, 'POST', at(last, '/messages'), { token, body: { id, content } });
  assert.deepEqual([repeat.status, repeat.body.seq], [200, 1]);
  const edited = await call(url, 'PATCH', at(last, `/messages/${id}`), {
    token,
    body: { content: `edited ${randomUUID()}` },
  });
  assert.deepEqual([edited.status, edited.body.seq, edited.body.version], [200, 1, last.messages.length + 1]);
}

test('two websites that start at once on a database of 0.1.0 migrate it once and keep every seq and page', async () => {
  const database = await testDatabase();
  const rooms = await fillAsReleased(database.url, LENGTHS);
  const websites = await Promise.all([startWebsitePart(database.url), startWebsitePart(database.url)]);
  await assertKept(websites[0]!.url, rooms);
  const [later] = await readAll(websites[1]!.url, await logIn(websites[1]!.url), rooms.at(-1)!, 'messages');
  assert.match(later.content, /^edited /);
  for (const website of websites) {
    const faults = website.lines.filter(({ level }) => level === 'error' || level === 'fatal');
    assert.deepEqual(faults, []);
    await website.stop();
  }
  await database.drop();
});

/** Rooms of 0.1.0 by name, oldest first; the first of those that look the same is the one that keeps the look. */
const OFF_SPEC = {
  kept: ['Paypal', 'Tea\ufe0f room', 'x\u3164', 'a  b', `z${'\u0331'.repeat(9)}`, 'Ａdmins', 'Unlike any'],
  twins: ['PaypaI', 'Tea room', 'x', 'a b', 'Раураl', 'ADMINS'],
};

test('rooms of 0.1.0 whose names would be refused now stay; of those that look the same the oldest blocks new ones', async (t) => {
  const database = await testDatabase();
  await fillAsReleased(database.url, []);
  const sql = await connectSql(database.url);
  const names = [...OFF_SPEC.kept, ...OFF_SPEC.twins];
  for (const [index, name] of names.entries()) {
    await sql.query(
      `insert into chat_rooms (name, name_key, owner_id, created_at)
       select $1, $2, id, now() - interval '1 day' + $3 * interval '1 minute' from users`,
      [name, nameKey(name), index],
    );
  }
  await sql.query(`insert into chat_rooms (name, name_key, owner_id)
    select 'bulk ' || n, 'bulk ' || n, id from users, generate_series(1, 1200) n`);
  const websites = await Promise.all(Array.from({ length: 3 }, () => startWebsitePart(database.url)));
  t.after(async () => {
    await sql.end();
    for (const website of websites) await website.stop();
    await database.drop();
  });
  const { url } = websites[0]!;
  const token = await logIn(url);
  const ask = (method: string, path: string, body?: object) => call(url, method, path, { token, body });
  const pathOf = (name: string) => `/api/rooms/${encodeURIComponent(name)}`;

  const { rows } = await sql.query(
    'select name, name_skeleton, key_skeleton from chat_rooms order by created_at, name',
  );
  const has = (name: string) => rows.find((row) => row.name === name)!;
  for (const name of OFF_SPEC.kept) assert.ok(has(name).name_skeleton && has(name).key_skeleton, name);
  for (const name of OFF_SPEC.twins) assert.ok(!has(name).name_skeleton || !has(name).key_skeleton, name);
  assert.equal(rows.filter(({ name, key_skeleton }) => name.startsWith('bulk') && key_skeleton).length, 1_200);

  for (const name of names) {
    const found = await ask('GET', pathOf(name));
    assert.deepEqual([found.status, found.body.name], [200, name]);
    const sent = await ask('POST', `${pathOf(name)}/messages`, { id: randomUUID(), content: 'still here' });
    assert.equal(sent.status, 201);
    assert.equal((await ask('POST', `${pathOf(name)}/tokens`)).status, 201);
  }
  const twin = await ask('POST', '/api/rooms', { name: 'Ｐaypal' });
  assert.equal(twin.body.code, 'room_name_taken');
  for (const name of names) assert.equal((await ask('DELETE', pathOf(name))).status, 204, name);
  assert.equal((await ask('POST', '/api/rooms', { name: 'Ｐaypal' })).status, 201);
});

test('a room that looked like an older one gets its skeleton at the next start after the older one is gone', async (t) => {
  const database = await testDatabase();
  await fillAsReleased(database.url, []);
  const sql = await connectSql(database.url);
  for (const name of ['Paypal', 'PaypaI']) {
    const text = 'insert into chat_rooms (name, name_key, owner_id) select $1, $2, id from users';
    await sql.query(text, [name, nameKey(name)]);
  }
  const first = await startWebsitePart(database.url);
  const token = await logIn(first.url);
  assert.equal((await call(first.url, 'DELETE', '/api/rooms/Paypal', { token })).status, 204);
  await first.stop();
  const second = await startWebsitePart(database.url);
  t.after(async () => {
    await sql.end();
    await second.stop();
    await database.drop();
  });
  const { rows } = await sql.query("select name_skeleton from chat_rooms where name = 'PaypaI'");
  assert.deepEqual(rows, [{ name_skeleton: 'paypal' }]);
  const answer = await call(second.url, 'POST', '/api/rooms', { token, body: { name: 'Paypal' } });
  assert.deepEqual([answer.status, answer.body.detail], [409, 'A room "PaypaI" looks the same.']);
});

test('npm start on the data of 0.1.0 keeps every seq and page', async (t) => {
  const settings = { DATA: join(folder(t), 'data'), PORT: '0' };
  const postgres = await startEmbeddedPostgres({ directory: settings.DATA, log: recordLog().log });
  const rooms = await fillAsReleased(postgres.url, LENGTHS);
  await postgres.stop();
  const program = await run(t, 'start.ts', settings);
  assert.ok(program.url, program.errors());
  await assertKept(program.url, rooms);
  program.process.kill('SIGTERM');
  assert.equal(await exited(program), 0, program.errors());
});
