// The embedded PostgreSQL as root, as an ordinary user, and in directories that other users cannot enter.
// Needs root to start as other users; skipped otherwise.
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEmbeddedPostgres } from '../embedded/server.ts';
import {
  folder,
  isRoot,
  killHard,
  NOBODY,
  privateCheckout,
  query,
  quiet,
  serverPid,
  startChild,
} from './embedded_fixture.ts';

const skip = isRoot ? false : 'needs root, to start as other users';
const start = (directory: string) => startEmbeddedPostgres({ directory, log: quiet, durable: false });
const userOf = (pid: number) => fs.statSync(`/proc/${pid}`).uid;

test('started by root the server runs as another user', { skip }, async (t) => {
  const directory = folder(t);
  const { url, stop } = await start(directory);
  assert.notEqual(userOf(serverPid(directory)), 0);
  assert.deepEqual(await query(url, 'SELECT 1 AS one'), [{ one: 1 }]);
  await stop();
});

test('an ordinary user starts it in a checkout that only this user can enter, also after a kill', {
  skip,
}, async (t) => {
  const from = privateCheckout(t, NOBODY);
  const directory = join(from, 'db/dump/embedded');
  const options = { uid: NOBODY, from };
  const first = await startChild(t, directory, options);
  assert.ok(first.url, first.refused);
  await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS one');
  assert.equal(userOf(serverPid(directory)), NOBODY);
  await killHard(first);
  const second = await startChild(t, directory, options);
  assert.deepEqual(await query(second.url!, 'SELECT * FROM kept'), [{ one: 1 }]);
  second.process.kill('SIGINT');
  await second.rest;
});

test('in a checkout that only root can enter, data and binaries are kept elsewhere and found again', {
  skip,
}, async (t) => {
  const from = privateCheckout(t, 0);
  const directory = join(from, 'db/dump/embedded');
  const first = await startChild(t, directory, { from });
  assert.ok(first.url, first.refused);
  await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS one');
  const place = fs.readlinkSync(join(directory, 'elsewhere'));
  assert.match(place, /^\/var\/lib\/parlance-/);
  assert.equal(fs.statSync(place).mode & 0o777, 0o700);
  await killHard(first);
  assert.notEqual(userOf(serverPid(place)), 0, 'the server keeps running');
  const second = await startChild(t, directory, { from });
  assert.deepEqual(await query(second.url!, 'SELECT * FROM kept'), [{ one: 1 }]);
  second.process.kill('SIGINT');
  await second.rest;

  fs.rmSync(place, { recursive: true });
  const third = await startChild(t, directory, { from });
  assert.equal(
    third.refused,
    `The data directory ${place} is missing: restore it, or delete ${directory}/elsewhere to start with an empty database.`,
  );
});

test('when root starts it in the checkout of a user, the data belongs to that user, who can start it afterwards', {
  skip,
}, async (t) => {
  const from = privateCheckout(t, NOBODY);
  const directory = join(from, 'db/dump/embedded');
  const root = await startChild(t, directory, { from });
  assert.ok(root.url, root.refused);
  assert.equal(userOf(serverPid(directory)), NOBODY);
  await query(root.url, 'CREATE TABLE kept AS SELECT 1 AS one');
  root.process.kill('SIGINT');
  await root.rest;
  const user = await startChild(t, directory, { from, uid: NOBODY });
  assert.ok(user.url, user.refused);
  assert.deepEqual(await query(user.url, 'SELECT * FROM kept'), [{ one: 1 }]);
});

test('a directory that is not writable for the user is a StartError', { skip }, async (t) => {
  const from = privateCheckout(t, NOBODY);
  const ours = join(folder(t), 'ours');
  fs.mkdirSync(ours, { mode: 0o755 });
  for (const directory of [ours, join(ours, 'deeper/still')]) {
    const { refused } = await startChild(t, directory, { uid: NOBODY, from });
    assert.match(
      refused ?? '',
      new RegExp(`^The data directory ${directory} cannot be used, this user has no permission`),
    );
  }
});

test('a file in place of the directory is a StartError', async (t) => {
  const file = join(folder(t), 'file');
  fs.writeFileSync(file, '');
  await assert.rejects(start(file), { name: 'StartError', message: /cannot be used, it is not a directory/ });
  await assert.rejects(start(join(file, 'below')), {
    name: 'StartError',
    message: /a part of the path is not a directory/,
  });
});
