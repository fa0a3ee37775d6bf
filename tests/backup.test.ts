// `npm run backup` and `npm run restore`, run as child processes on DATABASE_URL and on the embedded database: a backup
// is a consistent snapshot, and a restore fills an empty database completely or changes nothing.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { after, before, type TestContext, test } from 'node:test';
import { createGunzip, gunzipSync, gzipSync } from 'node:zlib';
import { startEmbeddedPostgres } from '@parlance/db/embedded/server.ts';
import { migrationNames } from '@parlance/db/migrate.ts';
import { BOOKKEEPING } from '@parlance/website/backup/catalog.ts';
import { BackupReader } from '@parlance/website/backup/format.ts';
import { loadBackup } from '@parlance/website/backup/load.ts';
import { refuse } from '@parlance/website/backup/new_file.ts';
import { showBytes, showProgress } from '@parlance/website/backup/progress.ts';
import { type Written, writeBackup } from '@parlance/website/backup/write.ts';
import { openDatabases } from '@parlance/website/database.ts';
import { createResetLink } from '@parlance/website/services/password_resets.ts';
import pg from 'pg';
import { folder } from '../db/tests/embedded_fixture.ts';
import { findSecrets } from '../start.ts';
import { connectSql } from '../website/tests/fixture.ts';
import { call, type Json, PASSWORD, type Person, person, sleep } from './people.ts';
import { exited, run } from './program.ts';
import {
  recordLog,
  SECRETS,
  startTestStack,
  startWebsitePart,
  type TestStack,
  testDatabase,
  testSettings,
} from './stack.ts';

const at = (room: Json, rest = '') => `/api/rooms/${encodeURIComponent(room.name)}${rest}`;

interface Ended {
  code: number | null;
  out: Buffer;
  err: string;
}

/** Starts a command of the repository. */
function start(file: string, args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', file), ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...SECRETS, ...env },
  });
  const out: Buffer[] = [];
  let err = '';
  child.stdout.on('data', (chunk) => out.push(chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close').then(([code]): Ended => ({ code, out: Buffer.concat(out), err }));
  return { child: child as ChildProcess & { stdin: Writable }, ended, errors: () => err };
}

/** The progress that a command prints when it takes longer than a second, as on a busy machine. */
const PROGRESS = /^(\w+: .+ in all|waiting for the database)\n/gm;

/** Runs a command to its end, with `input` on stdin. `err` excludes the progress. */
async function command(file: string, args: string[], env: Record<string, string>, input?: Buffer): Promise<Ended> {
  const { child, ended } = start(file, args, env);
  child.stdin.end(input);
  const { code, out, err } = await ended;
  return { code, out, err: err.replace(PROGRESS, '') };
}

/** The rows of every table except those of the migrator, by table. */
async function dump(databaseUrl: string): Promise<Record<string, string[]>> {
  const sql = await connectSql(databaseUrl);
  const tables = await tableNames(sql);
  const all: Record<string, string[]> = {};
  for (const name of tables.filter((one) => !BOOKKEEPING.includes(one))) {
    all[name] = (await sql.query(`select t::text as row from ${name} t order by 1`)).rows.map(({ row }) => row);
  }
  await sql.end();
  return all;
}

const tableNames = async (sql: pg.Client): Promise<string[]> =>
  (await sql.query("select table_name from information_schema.tables where table_schema = 'public'")).rows.map(
    ({ table_name }) => table_name,
  );

async function readAll(url: string, token: string, room: Json, what: 'messages' | 'events'): Promise<Json[]> {
  const all: Json[] = [];
  for (let more = true; more; ) {
    const path = at(room, `/${what}?after=${all.at(-1)?.seq ?? 0}&limit=100`);
    const { body } = await call(url, 'GET', path, { token });
    all.push(...body[what]);
    more = body.hasMore;
  }
  return all;
}

const logIn = (url: string, who: Person) =>
  call(url, 'POST', '/api/access-tokens', { body: { email: who.email, password: PASSWORD } });

let stack: TestStack;
let people: Record<'ann' | 'bob' | 'cid' | 'dan' | 'eve', Person>;
let rooms: Json[];
let resetToken: string;
let cookie: string;
/** A complete backup of the stack, made by the command. */
let file: string;
let place: string;

before(async (t) => {
  stack = await startTestStack({ MESSAGES_PER_10S: '100000' });
  place = folder(t as TestContext);
  file = join(place, 'whole.backup');
  const names = ['ann', 'bob', 'cid', 'dan', 'eve'] as const;
  people = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await person(stack.url, name)])));
  const { ann, bob, cid, dan, eve } = people;
  const sql = await connectSql(stack.databaseUrl);
  await sql.query("update users set is_admin = true where username = 'ann'");
  rooms = [await ann.createRoom('Tea room'), await bob.createRoom('東京 ß'), await ann.createRoom('Empty')];
  const [tea, tokyo] = rooms;
  const doomed = await ann.createRoom('A deleted room');
  const texts = ['plain', 'two\nlines\tand a tab', '\\.', 'C:\\new \\N', '\\', 'Größe 👩‍👩‍👧 e\u0301', '{"a": "b"}'];
  for (const who of [ann, bob, cid, dan, eve]) {
    for (const room of [tea, tokyo]) {
      for (const content of texts) {
        const sent = await who.call('POST', at(room, '/messages'), { id: randomUUID(), content });
        assert.equal(sent.status, 201);
        const message = at(room, `/messages/${sent.body.id}`);
        if (content === 'plain') await who.call('PATCH', message, { content: 'edited \\ text' });
        if (content === '\\') await who.call('DELETE', message);
        if (content !== 'plain') continue;
        for (const other of [ann, bob]) await other.call('PUT', `${message}/reactions/${encodeURIComponent('👍')}`);
        await ann.call('DELETE', `${message}/reactions/${encodeURIComponent('👍')}`);
      }
    }
  }
  assert.equal((await ann.call('DELETE', at(doomed))).status, 204);
  assert.equal((await ann.call('PUT', at(tea, '/bans/cid'))).status, 204);
  assert.equal((await ann.call('PUT', '/api/users/dan/suspension')).status, 204);
  const deletion = { password: PASSWORD, messages: 'keep' };
  assert.equal((await eve.call('POST', '/api/users/me/deletion', deletion)).status, 202);
  // An erasure that a website has leased: the restored stack must continue it.
  await sql.query(
    "insert into erasures (user_id, leased_until) select id, 'infinity' from users where username = 'eve'",
  );
  const dbs = openDatabases(stack.databaseUrl, 1, recordLog().log);
  resetToken = (await createResetLink(dbs.general, 'bob'))!.path.split('#')[1]!;
  await dbs.close();
  const login = await call(stack.url, 'POST', '/api/session', { body: { email: ann.email, password: PASSWORD } });
  cookie = login.headers.getSetCookie()[0]!.split(';')[0]!;
  await call(stack.url, 'POST', '/api/session', { body: { email: ann.email, password: 'a wrong password' } });
  await sql.end();
  const made = await command('backup.ts', [file], { DATABASE_URL: stack.databaseUrl });
  assert.deepEqual([made.code, made.err], [0, '']);
  assert.match(String(made.out), /^Backed up 5 users, 4 rooms and 70 messages \(\d+\.\d kB\)\.\n$/);
});
after(() => stack?.stop());

/** An empty database, dropped after the test. */
async function emptyDatabase(t: TestContext): Promise<string> {
  const database = await testDatabase();
  t.after(() => database.drop());
  return database.url;
}

test('every row of every table comes back, and only the owner can read the file', async (t) => {
  const url = await emptyDatabase(t);
  const restored = await command('restore.ts', [file], { DATABASE_URL: url });
  assert.deepEqual([restored.code, restored.err], [0, '']);
  assert.match(String(restored.out), /^Restored 5 users, 4 rooms and 70 messages, as they were at \d{4}-\S+Z\.\n$/);
  const [before, now] = [await dump(stack.databaseUrl), await dump(url)];
  for (const [table, rows] of Object.entries(before)) {
    assert.ok(table === 'invitations' || rows.length > 0, `the premise: ${table} has rows`);
    assert.deepEqual(now[table], rows, table);
  }
  assert.deepEqual(Object.keys(now).sort(), Object.keys(before).sort());
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(!existsSync(`${file}.part`));
});

test('the restored stack has all events and messages; logins, sessions and cursors are valid; seq continues', async (t) => {
  const databaseUrl = await emptyDatabase(t);
  assert.equal(
    (await command('website/app/restore.ts', ['-'], { DATABASE_URL: databaseUrl }, readFileSync(file))).code,
    0,
  );
  const again = await startTestStack({ MESSAGES_PER_10S: '100000' }, { url: databaseUrl });
  t.after(() => again.stop());
  const { ann, bob, cid, dan, eve } = people;
  for (const room of rooms) {
    for (const what of ['events', 'messages'] as const) {
      assert.deepEqual(
        await readAll(again.url, ann.token, room, what),
        await readAll(stack.url, ann.token, room, what),
      );
    }
    const body = (await call(again.url, 'GET', at(room), { token: ann.token })).body;
    assert.deepEqual(body, (await ann.call('GET', at(room))).body);
  }
  assert.equal((await call(again.url, 'GET', '/api/rooms/A%20deleted%20room', { token: ann.token })).status, 404);
  assert.equal(
    (await call(again.url, 'GET', '/api/session', { headers: { cookie } })).status,
    200,
    'the cookie is valid',
  );
  for (const who of [ann, bob, cid]) assert.equal((await logIn(again.url, who)).status, 201);
  assert.equal((await logIn(again.url, dan)).body.code, 'suspended');
  assert.equal((await logIn(again.url, eve)).body.code, 'invalid_credentials');
  assert.equal((await call(again.url, 'POST', at(rooms[0], '/tokens'), { token: cid.token })).body.code, 'banned');

  const [, tokyo] = rooms;
  const { lastSeq } = (await ann.call('GET', at(tokyo))).body;
  const roomToken = (await call(again.url, 'POST', at(tokyo, '/tokens'), { token: bob.token })).body;
  const socket = await bob.join(
    tokyo.name,
    `?after=${lastSeq - 3}&roomId=${tokyo.id}`,
    again.url.replace(/^http/, 'ws'),
  );
  assert.ok(roomToken.token);
  assert.equal(socket.frames[0].resumed, true);
  socket.say('after the restore');
  await socket.next('message.created', ({ content }) => content === 'after the restore');
  const seqs = socket.frames.flatMap(({ seq }) => seq ?? []);
  assert.deepEqual(seqs, [lastSeq - 2, lastSeq - 1, lastSeq, lastSeq + 1]);
  await socket.close();

  const body = { token: resetToken, password: PASSWORD };
  assert.equal((await call(again.url, 'PUT', '/api/password-resets', { body })).status, 204, 'the link is valid');
  assert.equal((await call(stack.url, 'GET', '/api/session', { token: bob.token })).status, 200, 'two stacks');
});

test('the restored stack continues an erasure that was in progress', async (t) => {
  const databaseUrl = await emptyDatabase(t);
  assert.equal((await command('restore.ts', [file], { DATABASE_URL: databaseUrl })).code, 0);
  const sql = await connectSql(databaseUrl);
  await sql.query("update erasures set leased_until = '-infinity'");
  const again = await startTestStack({}, { url: databaseUrl });
  t.after(() => again.stop());
  const left = async () =>
    (
      await sql.query(
        "select from messages m join chat_rooms r on r.id = room_id where m.username = 'eve' and m.deleted_at is null and r.deleted_at is null",
      )
    ).rowCount;
  for (let tries = 0; (await left())! > 0; tries += 1) {
    assert.ok(tries < 200, 'the erasure does not continue');
    await sleep(50);
  }
  await sql.end();
});

test('with another SESSION_SECRET the command says that everybody has to log in again, and sessions are invalid', async (t) => {
  const databaseUrl = await emptyDatabase(t);
  const env = { DATABASE_URL: databaseUrl, SESSION_SECRET: 'another secret of the tests' };
  const { code, out } = await command('restore.ts', [file], env);
  assert.equal(code, 0);
  assert.match(String(out), / SESSION_SECRET differs from that of the backup: all users have to log in again\.\n$/);
  const website = await startWebsitePart(databaseUrl, { SESSION_SECRET: env.SESSION_SECRET });
  t.after(() => website.stop());
  assert.equal((await call(website.url, 'GET', '/api/session', { token: people.ann.token })).status, 401);
  assert.equal((await call(website.url, 'GET', '/api/session', { headers: { cookie } })).status, 401);
  assert.equal((await logIn(website.url, people.ann)).status, 201);
});

test('a backup made while users write is a consistent snapshot: each room has its first events without a gap', async (t) => {
  const live = await startTestStack({ MESSAGES_PER_10S: '100000' });
  t.after(() => live.stop());
  const writers: Person[] = [];
  const own: Json[] = [];
  for (let count = 0; count < 4; count += 1) {
    writers.push(await person(live.url));
    own.push(await writers.at(-1)!.createRoom());
  }
  let writing = true;
  t.after(() => {
    writing = false;
  });
  // A busy machine may refuse a request, so the test compares what the database has, not what was sent.
  const attempt = (who: Person, method: string, path: string, body?: object): Promise<Json> =>
    who.call(method, path, body).then(
      (answer) => answer.body,
      () => ({}),
    );
  const write = async (who: Person, index: number) => {
    for (let count = 0; writing; count += 1) {
      const room = own[(index + count) % own.length];
      // Leaves CPU time for the command.
      await sleep(5);
      const { id } = await attempt(who, 'POST', at(room, '/messages'), { id: randomUUID(), content: `${count}` });
      if (!id) continue;
      if (count % 3 === 0) await attempt(who, 'PATCH', at(room, `/messages/${id}`), { content: `edited ${count}` });
      if (count % 5 === 0) await attempt(who, 'DELETE', at(room, `/messages/${id}`));
    }
  };
  const written = Promise.all(writers.map(write));
  await sleep(300);
  const now = await connectSql(live.databaseUrl);
  const seqs = async (): Promise<number> =>
    (await now.query('select sum(last_seq)::int as seqs from chat_rooms')).rows[0].seqs;
  const first = await seqs();
  const { code, out, err } = await command('backup.ts', ['-'], { DATABASE_URL: live.databaseUrl });
  assert.deepEqual([code, /^Backed up 4 users, 4 rooms/.test(err)], [0, true], err);
  await sleep(300);
  writing = false;
  await written;
  const last = await seqs();
  const databaseUrl = await emptyDatabase(t);
  const piped = await command('restore.ts', ['-'], { DATABASE_URL: databaseUrl }, out);
  assert.equal(piped.code, 0, piped.err);
  const then = await connectSql(databaseUrl);
  const events = async (sql: pg.Client, room: Json) =>
    (
      await sql.query(
        `select seq::int, id from messages where room_id = $1
         union all select seq::int, message_id from room_events where room_id = $1 order by seq`,
        [room.id],
      )
    ).rows;
  let restored = 0;
  for (const room of own) {
    const had = await events(then, room);
    const { rows } = await then.query(
      `select last_seq::int, message_count::int,
         (select count(*)::int from messages m where m.room_id = r.id and m.deleted_at is null)
       from chat_rooms r where r.id = $1`,
      [room.id],
    );
    assert.deepEqual(
      had.map(({ seq }) => seq),
      Array.from({ length: had.length }, (_, index) => index + 1),
    );
    assert.deepEqual(rows, [{ last_seq: had.length, message_count: rows[0].count, count: rows[0].count }]);
    assert.deepEqual(had, (await events(now, room)).slice(0, had.length));
    restored += had.length;
  }
  assert.ok(first < restored && restored < last, `the premise: people wrote meanwhile: ${first}, ${restored}, ${last}`);
  await Promise.all([then.end(), now.end()]);
});

test('every table of the schema is in a backup, and the schema has no sequence, which a backup would omit', async () => {
  const reader = new BackupReader(createReadStream(file).pipe(createGunzip()));
  const { schema } = await reader.header();
  const names: string[] = [];
  for (let table = await reader.table(); table; table = await reader.table()) {
    names.push(table.table);
    for await (const _rows of reader.rows());
    await reader.rowCount();
  }
  const sql = await connectSql(stack.databaseUrl);
  assert.deepEqual([...names, ...BOOKKEEPING].sort(), (await tableNames(sql)).sort());
  assert.equal(schema, (await migrationNames()).at(-1));
  assert.deepEqual((await sql.query("select relname from pg_class where relkind = 'S'")).rows, []);
  await sql.end();
});

/** The backup with a changed text and the original checksum. */
const changed = (change: (text: string) => string) => gzipSync(change(gunzipSync(readFileSync(file)).toString()));

test('a damaged backup, a newer one and any other file are refused in one sentence and change nothing', async (t) => {
  const databaseUrl = await emptyDatabase(t);
  const whole = readFileSync(file);
  const flipped = (index: number) => {
    const copy = Buffer.from(whole);
    copy[index] = copy[index]! ^ 0x10;
    return copy;
  };
  const damaged = /^This is not a complete Parlance backup \(.+\): nothing was changed\.$/;
  const refused: [string, Buffer, RegExp][] = [
    ['empty', Buffer.alloc(0), damaged],
    ['text', Buffer.from('-- PostgreSQL database dump\n'), damaged],
    ['of something else', gzipSync('{"a":1}\n'), /^This is not a complete Parlance backup \(it has no header\)/],
    ['something behind it', changed((text) => `${text}more\n`), /\(data follows its end\)/],
    ['a letter of a text', changed((text) => text.replace('edited \\', 'Edited \\')), /\(the checksum is wrong\)/],
    [
      'no number',
      changed((text) => text.replace(/(\t)1(\t[0-9a-f-]{36}\tann)/, '$1x$2')),
      /\(a row of \w+ fails with SQLSTATE 22/,
    ],
    [
      'a row less',
      changed((text) => text.replace(/\n[0-9a-f-]{36}\t[^\n]+\tcid\t[^\n]*(?=\n)/, '')),
      /\(rows of \w+ are missing\)/,
    ],
    [
      'a table less',
      changed((text) => text.replace(/\{"table":"bans"[\s\S]+?\{"rows":\d+\}\n/, '')),
      /\((the checksum|it has no table)/,
    ],
    [
      'a strange table',
      changed((text) => text.replace('{"table":"bans"', '{"table":"pg_authid"')),
      /\(its tables do not/,
    ],
    ['a table twice', changed((text) => text.replace('{"table":"bans"', '{"table":"users"')), /\(its tables do not/],
    [
      'a newer schema',
      changed((text) => text.replace(/"schema":"[^"]+"/, '"schema":"999_later"')),
      /^This backup was made by a newer version of Parlance \(schema 999_later\): restore it with that version\.$/,
    ],
    [
      'a newer format',
      changed((text) => text.replace('"format":1', '"format":2')),
      /^This backup was made by a newer version of Parlance \(format 2\)/,
    ],
  ];
  for (const part of [20, whole.length / 2, whole.length - 6, whole.length - 1]) {
    refused.push([`cut at ${part}`, whole.subarray(0, part), damaged]);
    if (part < whole.length) refused.push([`changed at ${part}`, flipped(Math.floor(part)), damaged]);
  }
  const sql = await connectSql(databaseUrl);
  for (const [what, bytes, sentence] of refused) {
    const refusal = loadBackup(databaseUrl, Readable.from([bytes]));
    await assert.rejects(refusal, ({ name, message }: Error) => {
      assert.match(message, sentence, what);
      return name === 'StartError';
    });
    assert.deepEqual(await tableNames(sql), [], what);
  }
  await sql.end();
  const { code, out, err } = await command('restore.ts', ['-'], { DATABASE_URL: databaseUrl }, whole.subarray(0, -9));
  assert.deepEqual([code, String(out)], [1, '']);
  assert.equal(err, 'This is not a complete Parlance backup (it is cut off): nothing was changed.\n');
});

test('a database that is not empty or that a website uses is refused and stays unchanged', async (t) => {
  const databaseUrl = await emptyDatabase(t);
  const restore = () => command('restore.ts', [file], { DATABASE_URL: databaseUrl });
  const refused = async (sentence: RegExp) => {
    const before = await dump(databaseUrl);
    const { code, out, err } = await restore();
    assert.deepEqual([code, String(out)], [1, ''], err);
    assert.match(err, sentence);
    assert.deepEqual(await dump(databaseUrl), before);
  };
  const sql = await connectSql(databaseUrl);
  await sql.query('create table strange (a int)');
  await refused(/^This database is not empty: a restore needs an empty one, and nothing was changed\.\n$/);
  await sql.query('drop table strange');
  const website = await startWebsitePart(databaseUrl);
  await refused(/^A website or a backup uses this database: stop it before a restore\.\n$/);
  const ann = await person(website.url, 'ann');
  await website.stop();
  await refused(/^This database is not empty/);
  await sql.query('delete from users');
  await sql.end();
  assert.ok((await dump(databaseUrl)).signing_keys!.length > 0, 'the premise: a website was here');
  const { code, err } = await restore();
  assert.deepEqual([code, err], [0, ''], 'the database of an empty stack takes the backup');
  assert.equal((await dump(databaseUrl)).users!.length, 5);
  await refused(/^This database is not empty/);
  assert.ok(ann.token);
});

test('a restore succeeds while a connection of a failed restore is still closing', async (t) => {
  const databaseUrl = await emptyDatabase(t);
  const ending = new pg.Client({ connectionString: databaseUrl, application_name: 'parlance-backup' });
  await ending.connect();
  const restored = loadBackup(databaseUrl, createReadStream(file));
  await sleep(300);
  await ending.end();
  assert.equal((await restored).counts.users, 5);
});

test('wrong use prints one sentence and exits with code 1, and no file is replaced', async () => {
  const DATABASE_URL = stack.databaseUrl;
  const nowhere = Object.assign(new URL(DATABASE_URL), { pathname: '/nowhere' }).href;
  const foreign = Object.assign(new URL(DATABASE_URL), { pathname: '/postgres' }).href;
  const taken = join(place, 'taken.backup');
  writeFileSync(taken, 'something');
  writeFileSync(join(place, 'begun.backup.part'), 'something');
  mkdirSync(join(place, 'a folder'));
  const fresh = join(place, 'fresh.backup');
  const before = readdirSync(place);
  const wrong: [string, string[], RegExp, Record<string, string>?][] = [
    ['backup', [], /^Give one file, or - for a pipe: node website\/app\/backup\.ts --help says more\.$/],
    ['backup', ['--force', fresh], /^There is no such option/],
    ['backup', [taken], /taken\.backup exists: give a new name\.$/],
    ['backup', [join(taken, 'x')], /x\.part cannot be used: ENOTDIR\.$/],
    ['backup', [join(place, 'begun.backup')], /begun\.backup\.part exists: give a new name, or delete it/],
    ['backup', [join(place, 'none', 'x')], /does not exist, or its folder does not\.$/],
    ['backup', [fresh], /^The database cannot be reached: check DATABASE_URL\.$/, { DATABASE_URL: nowhere }],
    ['backup', [fresh], /^This database has no Parlance data\.$/, { DATABASE_URL: foreign }],
    ['backup', [fresh], /^There is no data in /, { DATABASE_URL: '', DATA: join(place, 'none') }],
    ['restore', [], /^Give one file, or - for a pipe: node website\/app\/restore\.ts --help says more\.$/],
    ['restore', [fresh], /fresh\.backup does not exist, or its folder does not\.$/],
    ['restore', [join(place, 'a folder')], /a folder is a folder\.$/],
  ];
  for (const [name, args, sentence, env] of wrong) {
    const { code, out, err } = await command(`${env?.DATA ? '' : 'website/app/'}${name}.ts`, args, {
      DATABASE_URL,
      ...env,
    });
    assert.deepEqual([code, String(out)], [1, ''], `${name} ${args}: ${err}`);
    assert.match(err.trim(), sentence);
    assert.equal(err.trim().split('\n').length, 1, err);
  }
  assert.deepEqual(readdirSync(place), before, 'no file was made');
  assert.equal(readFileSync(taken, 'utf8'), 'something');
  for (const [program, source] of Object.entries({
    'npm run -s backup --': 'backup.ts',
    'node website/app/restore.ts': 'website/app/restore.ts',
  })) {
    const { code, out } = await command(source, ['--help'], {});
    assert.equal(code, 0);
    assert.ok(String(out).startsWith(`Usage: ${program} <file>\n`));
  }
});

test('npm run -s backup -- - writes a backup to a pipe without output of npm', async (t) => {
  const child = spawn('npm', ['run', '-s', 'backup', '--', '-'], {
    cwd: join(import.meta.dirname, '..'),
    env: { ...process.env, ...SECRETS, DATABASE_URL: stack.databaseUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  child.stderr.resume();
  const parts: Buffer[] = [];
  child.stdout.on('data', (part) => parts.push(part));
  assert.deepEqual(await once(child, 'close'), [0, null]);
  assert.match(gunzipSync(Buffer.concat(parts)).subarray(0, 100).toString(), /^{"parlance":"backup"/);
});

test('an error of the database connection is not reported as an error of the file', () => {
  const of = (syscall: string) => Object.assign(new Error(syscall), { code: 'ENOENT', syscall });
  assert.throws(() => refuse(of('connect'), 'a.backup'), /^Error: connect$/);
  assert.throws(() => refuse(of('open'), 'a.backup'), /a\.backup does not exist/);
});

test('a long backup shows its progress; an interrupted or failed backup leaves no file', async (t) => {
  const sql = await connectSql(stack.databaseUrl);
  t.after(() => sql.end());
  const name = join(place, 'interrupted.backup');
  for (const end of [
    async (child: ChildProcess) => child.kill('SIGINT'),
    async () =>
      sql.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'parlance-backup'"),
  ]) {
    await sql.query('begin; lock table messages in access exclusive mode');
    const { child, ended, errors } = start('website/app/backup.ts', [name], { DATABASE_URL: stack.databaseUrl });
    t.after(() => child.kill('SIGKILL'));
    for (let tries = 0; !/^waiting for the database\n/.test(errors()); tries += 1) {
      assert.ok(tries < 1_000, `no progress: ${errors()}`);
      await sleep(50);
    }
    assert.ok(existsSync(`${name}.part`));
    await end(child);
    const { code, out, err } = await ended;
    await sql.query('rollback');
    assert.deepEqual([code, String(out)], [1, '']);
    assert.match(err, /\n(Interrupted: no backup was made|The database cannot be reached: check DATABASE_URL)\.\n$/);
    assert.deepEqual(
      readdirSync(place).filter((one) => one.startsWith('interrupted')),
      [],
    );
  }
});

test('progress is one line per second, and on a terminal one line that is rewritten', async () => {
  for (const isTTY of [false, true]) {
    let text = '';
    let count = 0;
    const end = showProgress(() => `${++count} rows`, { isTTY, write: (part) => (text += part) }, 5);
    while (count < 3) await sleep(5);
    end();
    assert.ok(text.startsWith(isTTY ? '\r1 rows\x1b[K\r2 rows\x1b[K' : '1 rows\n2 rows\n'), text);
    assert.ok(text.endsWith('\n'));
  }
  assert.deepEqual([0, 999, 1_000, 1_234_567, 5e12].map(showBytes), ['0 B', '999 B', '1.0 kB', '1.2 MB', '5.0 TB']);
});

test('a backup whose output is not read applies backpressure instead of filling memory', async (t) => {
  const databaseUrl = await emptyDatabase(t);
  assert.equal((await command('restore.ts', [file], { DATABASE_URL: databaseUrl })).code, 0);
  const sql = await connectSql(databaseUrl);
  await sql.query(
    `insert into messages (room_id, seq, id, username, content, timestamp)
     select gen_random_uuid(), n, gen_random_uuid(), 'ann', repeat(md5(n::text), 30), now() from generate_series(1, 60000) n`,
  );
  await sql.end();
  let written: Written | undefined;
  const stuck = new Writable({ write: () => undefined });
  const stop = new AbortController();
  const backup = writeBackup(databaseUrl, stuck, { signal: stop.signal, onStart: (it) => (written = it) });
  const rows = () => (written!.table === 'messages' ? written!.rows : 0);
  while (rows() === 0) await sleep(10);
  let seen = -1;
  while (rows() > seen) {
    seen = rows();
    await sleep(300);
  }
  assert.ok(seen < 20_000, `${seen} of 60,000 rows were read`);
  stop.abort();
  await assert.rejects(backup);
});

const MADE_BY_START = { DATABASE_URL: '', SESSION_SECRET: '', INTERNAL_SECRET: '' };
let embedded: { data: string; file: string; token: string; room: Json };

test('while npm start runs, npm run backup works and npm run restore refuses its data directory', async (t) => {
  embedded = { data: join(place, 'data'), file: join(place, 'embedded.backup'), token: '', room: undefined };
  const started = await run(t, 'start.ts', { DATA: embedded.data, PORT: '0' });
  const url = started.url ?? assert.fail(started.errors());
  const cid = await person(url, 'cid');
  const room = await cid.createRoom('Tea room');
  await cid.call('POST', at(room, '/messages'), { id: randomUUID(), content: 'kept' });
  Object.assign(embedded, { token: cid.token, room });
  const env = { ...MADE_BY_START, DATA: embedded.data };
  const made = await command('backup.ts', [embedded.file], env);
  assert.deepEqual([made.code, made.err], [0, '']);
  const refused = await command('restore.ts', [embedded.file], env);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /^Another Parlance \(process \d+\) uses the data in \S+: stop it first/);
  started.process.kill('SIGINT');
  assert.equal(await exited(started), 0, started.errors());
});

test('npm run restore creates the data directory of npm start; with the old password file sessions stay valid', async () => {
  const data = join(place, 'restored');
  mkdirSync(data, { mode: 0o755 });
  copyFileSync(join(embedded.data, 'password'), join(data, 'password'));
  const { code, out, err } = await command('restore.ts', [embedded.file], { ...MADE_BY_START, DATA: data });
  assert.deepEqual([code, err], [0, '']);
  assert.match(String(out), /^Restored 1 user, 1 room and 1 message, as they were at \S+Z\.\n$/);
  const postgres = await startEmbeddedPostgres({ directory: data, log: recordLog().log, durable: false });
  const { SESSION_SECRET } = findSecrets(testSettings(), postgres.url);
  const website = await startWebsitePart(postgres.url, { SESSION_SECRET });
  const read = await readAll(website.url, embedded.token, embedded.room, 'messages');
  assert.deepEqual(
    read.map(({ content }) => content),
    ['kept'],
  );
  await website.stop();
  await postgres.stop();
});
