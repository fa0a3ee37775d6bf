// The website migrates a database of release 0.1.0 when it starts: every seq and every page stays the same.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEmbeddedPostgres } from '@parlance/db/embedded.ts';
import { folder } from '../db/tests/embedded_fixture.ts';
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
