// Database connections that die silently, after a failover or while the network is down. Each send is retried with the
// same id, as the SDK does, and stored once.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { type Database, isUnavailable, openDatabases, sqlState } from '@parlance/website/database.ts';
import { sql } from 'kysely';
import { call, type Json, type Person, person, type Socket, sleep } from '../../tests/people.ts';
import {
  recordLog,
  startChatPart,
  startWebsitePart,
  testDatabase,
  untilReady,
  type WebsitePart,
} from '../../tests/stack.ts';
import { areToldAtOnce } from './changes_fixture.ts';
import { assertProblem, databaseCable, eventually, sidOf, sqlFor } from './fixture.ts';

/** The promised time to recover. */
const BACK_MS = 5_000;
/** The shortest delay before the SDK retries a refused message. */
const RETRY_MS = 250;

interface Scene {
  site: WebsitePart;
  cable: Awaited<ReturnType<typeof databaseCable>>;
  databaseUrl: string;
  ann: Person;
  room: Json;
  socket: Socket;
}

async function scene(t: TestContext): Promise<Scene> {
  const database = await testDatabase();
  t.after(() => database.drop());
  const cable = await databaseCable(t, database.url);
  const site = await startWebsitePart(cable.url, { MESSAGES_PER_10S: '1000' });
  t.after(() => site.stop());
  const chat = await startChatPart(site.internalUrl, { MESSAGES_PER_10S: '1000' });
  t.after(() => chat.stop());
  await untilReady(site.url);
  const ann = await person(site.url, 'ann');
  const room = await ann.createRoom('Tea room');
  const socket = await ann.join('Tea room', '', chat.url);
  // The pools have idle connections, as at any busy site.
  await Promise.all(Array.from({ length: 12 }, () => send(ann)));
  await Promise.all(Array.from({ length: 12 }, () => ann.call('GET', '/api/rooms')));
  await say(socket);
  return { site, cable, databaseUrl: database.url, ann, room, socket };
}

/** Sends by HTTP, with the same id until it is stored. @returns the id. */
async function send(ann: Person, id: string = randomUUID()): Promise<string> {
  for (;;) {
    const answer = await ann.call('POST', '/api/rooms/Tea%20room/messages', { id, content: 'by HTTP' });
    if (answer.status === 201 || answer.status === 200) return id;
    assert.equal(answer.status, 503, JSON.stringify(answer.body));
    await sleep(RETRY_MS);
  }
}

/** Sends on the socket, with the same id until it is stored. @returns the id. */
async function say(socket: Socket, id: string = randomUUID()): Promise<string> {
  for (;;) {
    socket.say('by the socket', id);
    const answer = await Promise.race([
      socket.next('message.created', (frame) => frame.id === id, 20_000),
      socket.next('error', (frame) => frame.refId === id, 20_000),
    ]);
    if (answer.type === 'message.created') return id;
    assert.equal(answer.code, 'store_unavailable');
    await sleep(RETRY_MS);
  }
}

/** The room has each of these messages once, and its numbers have no gap. */
async function assertStoredOnce(t: TestContext, { databaseUrl }: Scene, ids: string[]): Promise<void> {
  const connection = await sqlFor(t, databaseUrl);
  const { rows } = await connection.query('select id, seq from messages order by seq');
  const seqs = rows.map(({ seq }) => Number(seq));
  assert.deepEqual(
    seqs,
    seqs.map((_, k) => k + 1),
  );
  for (const id of ids) assert.equal(rows.filter((row) => row.id === id).length, 1);
}

test('after a failover that closes no connection, sends, reads and readiness recover within 5 s', async (t) => {
  const stage = await scene(t);
  const { cable, ann, socket, site } = stage;
  cable.freeze();
  const began = performance.now();
  const back = async <T>(what: string, work: Promise<T>): Promise<T> => {
    const value = await work;
    const ms = performance.now() - began;
    t.diagnostic(`${what} after ${Math.round(ms)} ms`);
    assert.ok(ms < BACK_MS, `${what} after ${Math.round(ms)} ms`);
    return value;
  };
  const ids = await Promise.all([
    back('a message by HTTP', send(ann)),
    back('a message on a socket', say(socket)),
    back('another message on a socket', say(socket)),
    back(
      'a list of rooms',
      eventually(async () => (await ann.call('GET', '/api/rooms')).status === 200, 10_000),
    ),
    back('/healthz', untilReady(site.url)),
  ]);
  // No request gets a dead connection any more.
  for (let k = 0; k < 12; k += 1) {
    assert.equal((await ann.call('GET', '/api/rooms')).status, 200);
    const answer = await ann.call('POST', '/api/rooms/Tea%20room/messages', { id: randomUUID(), content: 'again' });
    assert.equal(answer.status, 201);
  }
  await assertStoredOnce(t, stage, ids.slice(0, 3) as string[]);
  assert.deepEqual(
    site.lines.filter(({ level }) => level === 'error' || level === 'fatal'),
    [],
  );
});

test('while the network is down for 10 s requests get 503, and within 5 s after it everything works', async (t) => {
  const stage = await scene(t);
  const { cable, ann, socket, site } = stage;
  cable.darken();
  const healed = sleep(10_000).then(() => {
    cable.mend();
    return performance.now();
  });
  const sent = Promise.all([send(ann), say(socket), say(socket)]);
  const began = performance.now();
  for (const answer of await Promise.all([ann.call('GET', '/api/rooms'), ann.call('GET', '/api/session')])) {
    assertProblem(answer, 'unavailable');
  }
  const bound = performance.now() - began;
  assert.ok(bound < 8_000, `no request waits longer: ${Math.round(bound)} ms`);
  assertProblem(await call(site.url, 'GET', '/healthz'), 'unavailable');
  const since = await healed;
  const ids = await sent;
  const ms = performance.now() - since;
  t.diagnostic(`sends are stored ${Math.round(ms)} ms after the network is back`);
  assert.ok(ms < BACK_MS, `${Math.round(ms)} ms`);
  assert.equal((await ann.call('GET', '/api/rooms')).status, 200);
  await assertStoredOnce(t, stage, ids);
});

test('the LISTEN connection detects that it is dead, and changes are reported at once again', async (t) => {
  const { cable, site } = await scene(t);
  const bob = await person(site.url, 'bob');
  cable.freeze();
  await eventually(() => site.lines.some(({ msg }) => msg === 'listening for changes was interrupted'), 15_000);
  await areToldAtOnce([site], async () => {
    const sid = sidOf(bob.token);
    await bob.call('DELETE', '/api/session');
    return ({ endedSessions }) => endedSessions.includes(sid);
  });
});

test('the kernel probes idle database connections', { skip: process.platform !== 'linux' }, async (t) => {
  const database = await testDatabase();
  t.after(() => database.drop());
  const dbs = openDatabases(database.url, 2, recordLog().log);
  t.after(() => dbs.close());
  const { rows } = await sql<{ port: number }>`
    select client_port as port from pg_stat_activity where pid = pg_backend_pid()`.execute(dbs.general);
  const port = rows[0]!.port.toString(16).toUpperCase().padStart(4, '0');
  // proc(5): local_address, st 01 (established), and in tr the kind of the timer: 02 is TCP keepalive.
  const table = readFileSync('/proc/net/tcp', 'utf8') + readFileSync('/proc/net/tcp6', 'utf8');
  assert.match(table, new RegExp(`: [0-9A-F]+:${port} [0-9A-F:]+ 01 [0-9A-F:]+ 02:`));
});

test('a slow statement on a working connection does not count as a dead connection', async (t) => {
  const database = await testDatabase();
  t.after(() => database.drop());
  const { log, lines } = recordLog();
  const dbs = openDatabases(database.url, 2, log);
  t.after(() => dbs.close());
  const slow = (db: Database, seconds: number) => sql`select pg_sleep(${seconds})`.execute(db);
  await Promise.all([slow(dbs.general, 5), slow(dbs.background, 9), slow(dbs.append, 1.5)]);
  assert.deepEqual(lines, []);
  // PostgreSQL cancels a statement after its timeout, and the connection stays.
  const pid = () => sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(dbs.append);
  const before = (await pid()).rows;
  await assert.rejects(slow(dbs.append, 5), (error) => isUnavailable(error) && sqlState(error) === '57014');
  assert.deepEqual((await pid()).rows, before);
});
