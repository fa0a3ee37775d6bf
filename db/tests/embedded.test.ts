// The embedded PostgreSQL: first and later starts, kills, concurrent starts, and unusable directories.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, dropDatabase, StartError, startEmbeddedPostgres } from '../embedded/server.ts';
import { folder, isAlive, killHard, query, quiet, serverPid, startChild, usedFolder } from './embedded_fixture.ts';

const start = (directory: string) => startEmbeddedPostgres({ directory, log: quiet, durable: false });

test('the first start creates a UTF8 database with the builtin locale, a second start finds its data', async (t) => {
  const directory = join(folder(t), 'db/dump/embedded');
  const first = await startEmbeddedPostgres({ directory, log: quiet });
  const [made] = await query(
    first.url,
    `SELECT pg_encoding_to_char(encoding) AS encoding, datlocprovider AS provider, datlocale AS locale,
       lower('ÅÉ') AS lower, current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit
     FROM pg_database WHERE datname = current_database()`,
  );
  assert.deepEqual(made, {
    encoding: 'UTF8',
    provider: 'b',
    locale: 'C.UTF-8',
    lower: 'åé',
    fsync: 'on',
    commit: 'on',
  });
  await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  const pid = serverPid(directory);
  await first.stop();
  assert.equal(isAlive(pid), false);

  const began = performance.now();
  const second = await start(directory);
  assert.ok(performance.now() - began < 10_000, `a later start took ${performance.now() - began} ms`);
  assert.deepEqual(await query(second.url, 'SELECT * FROM kept'), [{ answer: 42 }]);
  await second.stop();
});

test('the server requires the password, which only its user can read', async (t) => {
  const directory = folder(t);
  const { url, stop } = await start(directory);
  assert.equal((await query(url, 'SELECT 1 AS one'))[0]?.one, 1);
  await assert.rejects(query(Object.assign(new URL(url), { password: 'wrong' }).href, 'SELECT 1'), { code: '28P01' });
  assert.equal(fs.statSync(join(directory, 'password')).mode & 0o777, 0o600);
  assert.equal(new URL(url).hostname, '127.0.0.1');
  await stop();
});

test('the server of a killed process is taken over by the next start, with all commits', async (t) => {
  const directory = await usedFolder(t);
  const killed = await startChild(t, directory);
  await query(killed.url!, 'CREATE TABLE kept AS SELECT 1 AS one');
  await killHard(killed);
  const pid = serverPid(directory);
  assert.ok(isAlive(pid), 'the server keeps running');

  const next = await startChild(t, directory);
  assert.equal(serverPid(directory), pid, 'the server is taken over');
  assert.deepEqual(await query(next.url!, 'SELECT * FROM kept'), [{ one: 1 }]);
  next.process.kill('SIGINT');
  assert.equal(await next.rest, '{"alive":1}');
  assert.equal(isAlive(pid), false, 'its new owner can stop it');
});

test('a server left running with other settings is replaced and its data kept', async (t) => {
  const directory = await usedFolder(t);
  const killed = await startChild(t, directory);
  await query(killed.url!, 'CREATE TABLE kept AS SELECT 1 AS one');
  assert.deepEqual(await query(killed.url!, 'SHOW fsync'), [{ fsync: 'off' }]);
  await killHard(killed);
  const next = await startEmbeddedPostgres({ directory, log: quiet });
  assert.deepEqual(await query(next.url, 'SHOW fsync'), [{ fsync: 'on' }]);
  assert.deepEqual(await query(next.url, 'SELECT * FROM kept'), [{ one: 1 }]);
  await next.stop();
});

test('when process and server are both killed, the next start recovers at once', async (t) => {
  const directory = await usedFolder(t);
  const killed = await startChild(t, directory);
  await query(killed.url!, 'CREATE TABLE kept AS SELECT 1 AS one');
  const pid = serverPid(directory);
  process.kill(killed.process.pid!, 'SIGSTOP');
  process.kill(pid, 'SIGKILL');
  await killHard(killed);
  assert.equal(serverPid(directory), pid, 'its file is still there');
  const next = await start(directory);
  assert.deepEqual(await query(next.url, 'SELECT * FROM kept'), [{ one: 1 }]);
  await next.stop();
});

test('a stale postmaster.pid with the pid of another process does not prevent a start', async (t) => {
  const directory = await usedFolder(t);
  fs.writeFileSync(join(directory, 'data/postmaster.pid'), `${process.pid}\n${directory}/data\n1\n1\n\n\n\nready\n`);
  const { stop } = await start(directory);
  assert.notEqual(serverPid(directory), process.pid);
  await stop();
});

test('a second process on the same directory is refused with the pid of the first, which is not disturbed', async (t) => {
  const directory = await usedFolder(t);
  const first = await startChild(t, directory);
  const second = await startChild(t, directory);
  assert.equal(
    second.refused,
    `Another Parlance (process ${first.process.pid}) uses the data in ${directory}: stop it first, or give this one a database of its own with DATABASE_URL.`,
  );
  assert.deepEqual(await query(first.url!, 'SELECT 1 AS one'), [{ one: 1 }]);
});

test('of several concurrent first starts exactly one wins', async (t) => {
  const directory = folder(t);
  const all = await Promise.all([1, 2, 3].map(() => startChild(t, directory)));
  const winners = all.filter(({ url }) => url);
  assert.equal(winners.length, 1, JSON.stringify(all.map(({ refused }) => refused)));
  for (const { refused, url } of all) assert.ok(url ?? refused?.startsWith('Another Parlance (process'), refused);
  assert.deepEqual(await query(winners[0]!.url!, 'SELECT 1 AS one'), [{ one: 1 }]);
  assert.deepEqual(fs.readdirSync(directory).sort(), ['data', 'password', 'postgres.log'], 'nothing else is left');
});

test('Ctrl-C reaches only the process; its server still answers while the process drains', async (t) => {
  const directory = await usedFolder(t);
  const child = await startChild(t, directory);
  const pid = serverPid(directory);
  process.kill(-child.process.pid!, 'SIGINT');
  assert.equal(await child.rest, '{"alive":1}');
  assert.equal(isAlive(pid), false);
});

test('a process that exits without stopping its server leaves no server running', async (t) => {
  const directory = await usedFolder(t);
  const child = await startChild(t, directory, { ending: 'end' });
  assert.ok(child.url);
  if (child.process.exitCode === null) await once(child.process, 'exit');
  assert.equal(child.process.exitCode, 0);
  const file = join(directory, 'data/postmaster.pid');
  for (let waited = 0; fs.existsSync(file) && waited < 5_000; waited += 20) await sleep(20);
  assert.equal(fs.existsSync(file), false);
});

test('a killed server is restarted on the same port with all commits', async (t) => {
  const directory = await usedFolder(t);
  const { url, stop } = await start(directory);
  await query(url, 'CREATE TABLE kept AS SELECT 1 AS one');
  const pid = serverPid(directory);
  process.kill(pid, 'SIGKILL');
  let rows: unknown;
  for (let waited = 0; rows === undefined && waited < 10_000; waited += 50) {
    await sleep(50);
    rows = await query(url, 'SELECT * FROM kept').catch(() => undefined);
  }
  assert.deepEqual(rows, [{ one: 1 }]);
  assert.notEqual(serverPid(directory), pid);
  await stop();
});

test('databases are created, cloned and dropped, also with open connections', async (t) => {
  const { url, stop } = await start(await usedFolder(t));
  const one = await createDatabase(url, 'one');
  await query(one, 'CREATE TABLE kept AS SELECT 1 AS one');
  const two = await createDatabase(url, 'Two "2"', 'one');
  assert.deepEqual(await query(two, 'SELECT * FROM kept'), [{ one: 1 }]);
  const staying = assert.rejects(query(two, 'SELECT pg_sleep(30)'));
  const sleepers = `SELECT 1 FROM pg_stat_activity WHERE datname = 'Two "2"' AND wait_event = 'PgSleep'`;
  for (let waited = 0; (await query(url, sleepers)).length === 0; waited += 20) {
    assert.ok(waited < 10_000, 'no connection is open');
    await sleep(20);
  }
  await dropDatabase(url, 'Two "2"');
  await dropDatabase(url, 'Two "2"');
  await staying;
  await assert.rejects(query(two, 'SELECT 1'), { code: '3D000' });
  await stop();
});

test('a lost password is an error and never replaced', async (t) => {
  const directory = await usedFolder(t);
  const file = join(directory, 'password');
  fs.renameSync(file, `${file}.kept`);
  await assert.rejects(
    start(directory),
    (error) => error instanceof StartError && error.message.startsWith(`The password file ${file} is missing`),
  );
  fs.writeFileSync(file, 'another\n');
  await assert.rejects(
    start(directory),
    (error) => error instanceof StartError && /is not the one of the database/.test(error.message),
  );
  fs.renameSync(`${file}.kept`, file);
  await (await start(directory)).stop();
});

test('data of another PostgreSQL version is a StartError', async (t) => {
  const directory = await usedFolder(t);
  fs.writeFileSync(join(directory, 'data/PG_VERSION'), '9.6\n');
  await assert.rejects(
    start(directory),
    (error) =>
      error instanceof StartError && /database files are incompatible with server \(more in/.test(error.message),
  );
});
