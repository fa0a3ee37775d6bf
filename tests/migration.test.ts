// The website migrates the database of any release when it starts: every room, message, event and login stays.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEmbeddedPostgres } from '@parlance/db/embedded/server.ts';
import { nameKey } from '@parlance/specs/names.ts';
import { folder } from '../db/tests/embedded_fixture.ts';
import { connectSql } from '../website/tests/fixture.ts';
import { call } from './people.ts';
import { exited, run } from './program.ts';
import { assertUpgraded, loadRelease, logIn, RELEASES, readAll } from './releases/releases.ts';
import { recordLog, startWebsitePart, testDatabase, type WebsitePart } from './stack.ts';

for (const { version, users, rooms } of RELEASES) {
  const schemas = { '0.1.0': '001_init', '0.2.0': '006_rate_limits' };

  test(`two websites that start at once on a database of ${version} migrate it once, and nothing is lost`, async (t) => {
    const database = await testDatabase();
    const websites: WebsitePart[] = [];
    t.after(async () => {
      for (const website of websites) await website.stop();
      await database.drop();
    });
    const release = await loadRelease(database.url, version);
    const sql = await connectSql(database.url);
    const { rows } = await sql.query('select max(name) as schema from kysely_migration');
    assert.equal(rows[0].schema, schemas[version as keyof typeof schemas], 'the premise');
    await sql.end();
    websites.push(...(await Promise.all([startWebsitePart(database.url), startWebsitePart(database.url)])));
    await assertUpgraded(websites[0]!.url, release);
    const { url } = websites[1]!;
    const messages = await readAll(url, await logIn(url, users[0]!), rooms.at(-1)!, 'messages');
    assert.ok(messages.some(({ content }) => content?.startsWith('edited ')));
    for (const website of websites) {
      const faults = website.lines.filter(({ level }) => level === 'error' || level === 'fatal');
      assert.deepEqual(faults, []);
    }
  });

  test(`npm start on the data of ${version} keeps every room, message, event and login`, async (t) => {
    const settings = { DATA: join(folder(t), 'data'), PORT: '0' };
    const postgres = await startEmbeddedPostgres({ directory: settings.DATA, log: recordLog().log });
    const release = await loadRelease(postgres.url, version);
    await postgres.stop();
    const program = await run(t, 'start.ts', settings);
    assert.ok(program.url, program.errors());
    await assertUpgraded(program.url, release);
    program.process.kill('SIGTERM');
    assert.equal(await exited(program), 0, program.errors());
  });
}

test('there is a database of every released version', () => {
  const released = readdirSync(join(import.meta.dirname, '../specs/releases'));
  assert.deepEqual(
    RELEASES.map(({ version }) => version),
    released.sort(),
  );
});

/** Rooms of 0.1.0, oldest first. Of rooms whose names look the same, only the oldest (`kept`) gets the skeletons. */
const OFF_SPEC = {
  kept: ['Paypal', 'Old\ufe0f room', 'x\u3164', 'a  b', `z${'\u0331'.repeat(9)}`, 'Ａdmins', 'Unlike any'],
  twins: ['PaypaI', 'Old room', 'x', 'a b', 'Раураl', 'ADMINS'],
};

test('rooms of 0.1.0 with names that are refused today stay; of names that look the same the oldest blocks new rooms', async (t) => {
  const database = await testDatabase();
  const release = await loadRelease(database.url, '0.1.0');
  const sql = await connectSql(database.url);
  const names = [...OFF_SPEC.kept, ...OFF_SPEC.twins];
  for (const [index, name] of names.entries()) {
    await sql.query(
      `insert into chat_rooms (name, name_key, owner_id, created_at)
       select $1, $2, id, now() - interval '1 day' + $3 * interval '1 minute' from users where username = 'ann'`,
      [name, nameKey(name), index],
    );
  }
  await sql.query(`insert into chat_rooms (name, name_key, owner_id)
    select 'bulk ' || n, 'bulk ' || n, id from users, generate_series(1, 1200) n where username = 'ann'`);
  const websites = await Promise.all(Array.from({ length: 3 }, () => startWebsitePart(database.url)));
  t.after(async () => {
    await sql.end();
    for (const website of websites) await website.stop();
    await database.drop();
  });
  const { url } = websites[0]!;
  const token = await logIn(url, release.users[0]!);
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

test('a room whose name looks like that of an older room gets its skeleton at the next start after that room is deleted', async (t) => {
  const database = await testDatabase();
  const release = await loadRelease(database.url, '0.1.0');
  const sql = await connectSql(database.url);
  for (const name of ['Paypal', 'PaypaI']) {
    const text = 'insert into chat_rooms (name, name_key, owner_id) select $1, $2, id from users where username = $3';
    await sql.query(text, [name, nameKey(name), release.users[0]!.username]);
  }
  const first = await startWebsitePart(database.url);
  const token = await logIn(first.url, release.users[0]!);
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
