// A read-only database, as after a failover to a standby: writes are refused as unavailable, and recover at once.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { isUnavailable } from '@parlance/website/database.ts';
import type { Tables } from '@parlance/website/models.ts';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { call, PASSWORD, person, sleep } from '../../tests/people.ts';
import { recordLog, startChatPart, startWebsitePart, testDatabase, untilReady } from '../../tests/stack.ts';
import { append as appendWith } from '../app/services/append.ts';
import { append, item, told } from './append_fixture.ts';
import { assertProblem, eventually, internal, sqlFor } from './fixture.ts';

/** A database that can be switched to read-only, for current and new connections. */
async function switchable(t: TestContext) {
  const database = await testDatabase();
  t.after(() => database.drop());
  const connection = await sqlFor(t, database.url);
  const name = new URL(database.url).pathname.slice(1);
  const readOnly = async (on: boolean) => {
    await connection.query(`alter database "${name}" set default_transaction_read_only = ${on}`);
    // As in a failover: current connections end, and new ones reach the standby.
    if (on) {
      await connection.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name like 'parlance%'`,
      );
    }
  };
  return { url: database.url, connection, readOnly };
}

test('while the database is read-only, writes and /healthz are 503 and reads work; afterwards everything works at once', async (t) => {
  const { url, connection, readOnly } = await switchable(t);
  const site = await startWebsitePart(url);
  t.after(() => site.stop());
  const chat = await startChatPart(site.internalUrl, { MESSAGES_PER_10S: '10000' });
  t.after(() => chat.stop());
  await untilReady(site.url);
  const ann = await person(site.url, 'ann');
  const room = await ann.createRoom('Tea room');
  const socket = await ann.join('Tea room', '', chat.url);
  const credentials = { email: ann.email, password: PASSWORD };
  const message = { id: randomUUID(), content: 'hello' };
  const sendOnSocket = async (id: string) => {
    socket.say('on the socket', id);
    return Promise.race([
      socket.next('message.created', (frame) => frame.id === id),
      socket.next('error', (frame) => frame.refId === id),
    ]);
  };

  await readOnly(true);
  await eventually(async () => (await fetch(`${site.internalUrl}/readyz`)).status === 503);
  await eventually(async () => (await ann.call('GET', '/api/rooms')).status === 200);
  const readiness = await fetch(`${site.internalUrl}/readyz`);
  assert.deepEqual((await readiness.json()).reasons, ['the database is read-only']);
  for (const answer of [
    await call(site.url, 'GET', '/healthz'),
    await ann.call('POST', '/api/rooms', { name: 'Another' }),
    await call(site.url, 'POST', '/api/access-tokens', { body: credentials }),
    await internal(site, 'POST', '/messages', { messages: [item(ann, room, 'x')], wait: false }),
    await internal(site, 'POST', '/messages', { messages: [item(ann, room, 'x')], wait: true }),
  ]) {
    assertProblem(answer, 'unavailable');
  }
  assertProblem(await ann.call('POST', '/api/rooms/Tea%20room/messages', message), 'store_unavailable');
  const id = randomUUID();
  assert.equal((await sendOnSocket(id)).code, 'store_unavailable');
  assert.equal((await ann.call('GET', '/api/rooms/Tea%20room/messages')).status, 200);
  // Now every pool has connections that were opened to the read-only database.
  await Promise.all(Array.from({ length: 12 }, () => ann.call('POST', '/api/rooms', { name: 'Another' })));

  await readOnly(false);
  const writableAt = (await connection.query('select clock_timestamp() as now')).rows[0].now;
  const began = performance.now();
  await eventually(async () => (await sendOnSocket(id)).type === 'message.created');
  await eventually(async () => (await ann.call('POST', '/api/rooms/Tea%20room/messages', message)).status === 201);
  await untilReady(site.url);
  const ms = performance.now() - began;
  assert.ok(ms < 5_000, `${Math.round(ms)} ms`);
  const listening = `select from pg_stat_activity where datname = current_database()
    and application_name = 'parlance-changes' and backend_start > $1`;
  await eventually(async () => (await connection.query(listening, [writableAt])).rows.length === 1);
  await sleep(1_500);
  for (let k = 0; k < 12; k += 1) {
    assert.equal(
      (await ann.call('POST', '/api/rooms', { name: `Room ${k}` })).status,
      201,
      'no read-only connection is left',
    );
  }
  assert.deepEqual(
    site.lines.filter(({ level }) => level === 'error' || level === 'fatal'),
    [],
    'no internal error',
  );
});

test('a batch is not bisected, and a flood of refused requests logs one line a second', async (t) => {
  const { url, readOnly } = await switchable(t);
  const site = await startWebsitePart(url);
  t.after(() => site.stop());
  const ann = await person(site.url, 'ann');
  const room = await ann.createRoom('Tea room');
  assert.deepEqual(told(await append(site, [item(ann, room, 'before')])), ['stored 1']);
  await readOnly(true);
  await eventually(async () => (await fetch(`${site.internalUrl}/readyz`)).status === 503);

  const { log, lines } = recordLog();
  let statements = 0;
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  pool.on('error', () => undefined);
  const counting = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool }),
    log: () => {
      statements += 1;
    },
  });
  t.after(() => counting.destroy());
  const batch = Array.from({ length: 64 }, (_, k) => item(ann, room, `message ${k}`));
  await assert.rejects(appendWith(counting, batch as never, false, log), (error) => isUnavailable(error));
  assert.equal(statements, 1);
  assert.deepEqual(lines, []);

  const before = site.lines.length;
  const began = performance.now();
  for (let k = 0; k < 20; k += 1) {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => internal(site, 'POST', '/messages', { messages: batch, wait: false })),
    );
    for (const answer of answers) assertProblem(answer, 'unavailable');
  }
  const seconds = (performance.now() - began) / 1_000;
  const logged = site.lines.slice(before).filter(({ msg }) => msg === 'the database did not answer');
  assert.ok(logged.length >= 1 && logged.length <= seconds + 2, `${logged.length} lines in ${seconds} s`);
});
