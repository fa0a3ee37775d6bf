// Makes the database of a released version, for the tests of upgrades: `node tests/releases/make.ts VERSION CHECKOUT` runs
// that version's own code, fills it through its public API, and writes VERSION.backup and VERSION.json, which says what its
// API answers. Run it once for each release; the files are never changed afterwards.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { call, type Json, type Person, person, sleep } from '../people.ts';
import type { Release, ReleasedRoom } from './releases.ts';

const [version, checkout] = process.argv.slice(2);
assert.ok(version && checkout, 'node tests/releases/make.ts VERSION CHECKOUT');

const data = mkdtempSync(join(tmpdir(), 'parlance-release-'));
const { PATH = '', HOME = '' } = process.env;
const many = String(100_000);
const rates = ['MESSAGES_PER_10S', 'MESSAGES_PER_USER_PER_10S', 'REQUESTS_PER_ADDRESS', 'REQUEST_BURST_PER_ADDRESS'];
const env = {
  PATH,
  HOME,
  DATA: data,
  PORT: '0',
  HOST: '127.0.0.1',
  ...Object.fromEntries(rates.map((name) => [name, many])),
};

const TEXTS = [
  'Plain words.',
  'Two\nlines\tand a tab',
  'C:\\new\\. \\N',
  '\\.',
  'Größe 東京 👩‍👩‍👧 e\u0301',
  '"quoted", \'so\' {}',
];
const textOf = (index: number) => `${TEXTS[index % TEXTS.length]} ${'and more '.repeat(index % 9)}${index}`;
const at = (room: { name: string }, rest = '') => `/api/rooms/${encodeURIComponent(room.name)}${rest}`;

async function send(who: Person, room: Json, count: number, from = 0): Promise<Json[]> {
  const sent = [];
  for (let index = from; index < from + count; index += 1) {
    const body = { id: randomUUID(), content: textOf(index) };
    const answer = await who.call('POST', at(room, '/messages'), body);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    sent.push(answer.body);
  }
  return sent;
}

async function readAll(who: Person, room: Json, what: 'messages' | 'events'): Promise<Json[]> {
  const all: Json[] = [];
  for (let more = true; more; ) {
    const { body } = await who.call('GET', at(room, `/${what}?after=${all.at(-1)?.seq ?? 0}&limit=100`));
    all.push(...body[what]);
    more = body.hasMore;
  }
  return all;
}

async function expect(who: Person, status: number, method: string, path: string, body?: unknown): Promise<void> {
  const answer = await who.call(method, path, body);
  assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
}

/** Edits, deletions, reactions, a ban, a suspended and two deleted accounts: what came with 0.2.0. */
async function fillEvents(url: string, [ann, bob]: Person[], room: Json): Promise<void> {
  const [cid, dan, eve] = [await person(url, 'cid'), await person(url, 'dan'), await person(url, 'eve')];
  const messages = await send(bob!, room, 30, 1_000);
  for (const [index, { id }] of messages.entries()) {
    const message = at(room, `/messages/${id}`);
    if (index % 2 === 0) await expect(bob!, 200, 'PATCH', message, { content: `edited once: ${textOf(index)}` });
    if (index % 4 === 0) await expect(bob!, 200, 'PATCH', message, { content: `edited twice: ${textOf(index)}` });
    for (const who of [ann!, bob!, cid]) {
      const emoji = encodeURIComponent(['👍', '🎉', '❤️'][index % 3]!);
      if (index % 3 > 0) await expect(who, 204, 'PUT', `${message}/reactions/${emoji}`);
      if (who === cid && index % 6 === 1) await expect(who, 204, 'DELETE', `${message}/reactions/${emoji}`);
    }
    if (index % 5 === 0) await expect(index % 2 ? bob! : ann!, 204, 'DELETE', message);
  }
  for (const who of [cid, dan, eve]) await send(who, room, 5, 2_000);
  await expect(ann!, 204, 'PUT', at(room, '/bans/cid'));
  await expect(ann!, 204, 'PUT', '/api/users/dan/suspension');
  await expect(eve, 202, 'POST', '/api/users/me/deletion', { password: 'a long enough password', messages: 'erase' });
  const isErased = (messages: Json[]) => messages.every((one) => one.username !== 'eve' || one.deletedAt);
  for (let tries = 0; !isErased(await readAll(ann!, room, 'messages')); tries += 1) {
    assert.ok(tries < 100, 'the messages of a deleted account are not erased');
    await sleep(100);
  }
}

const server = spawn(process.execPath, [join(checkout, 'start.ts')], {
  env,
  cwd: checkout,
  stdio: ['ignore', 'pipe', 'inherit'],
});
let url: string | undefined;
for await (const line of createInterface(server.stdout)) {
  url = /^Parlance is ready: (\S+)$/.exec(line)?.[1];
  if (url) break;
}
assert.ok(url, 'it does not start');
for (let tries = 0; (await call(url, 'GET', '/healthz')).status !== 200; tries += 1) {
  assert.ok(tries < 100, 'it does not become ready');
  await sleep(100);
}
const people = [await person(url, 'ann'), await person(url, 'bob')];
const [ann, bob] = people as [Person, Person];
const rooms = [await ann.createRoom('Empty room'), await ann.createRoom('Tea room'), await bob.createRoom('東京 ß 1')];
const [, one, many_] = rooms;
await send(bob, one, 1);
for (let index = 0; index < 233; index += 1) await send(people[index % 3 === 0 ? 0 : 1]!, many_, 1, index);
const deleted = await bob.createRoom('A deleted room');
await send(ann, deleted, 3);
await expect(bob, 204, 'DELETE', at(deleted));
const hasEvents = existsSync(join(checkout, 'admin.ts'));
const released: Release = { version, users: people.map(({ username, email }) => ({ username, email })), rooms: [] };
if (hasEvents) {
  const granted = execFileSync(process.execPath, [join(checkout, 'admin.ts'), 'grant', 'ann'], { env, cwd: checkout });
  assert.match(String(granted), /administrator/);
  const room = await ann.createRoom('Eventful');
  await fillEvents(url, people, room);
  rooms.push(room);
}
for (const { id, name } of rooms) {
  const room: ReleasedRoom = { id, name, messages: await readAll(ann, { name }, 'messages') };
  if (hasEvents) room.events = await readAll(ann, { name }, 'events');
  released.rooms.push(room);
}
server.kill('SIGTERM');
await once(server, 'exit');
const file = join(import.meta.dirname, `${version}.backup`);
rmSync(file, { force: true });
execFileSync(process.execPath, [join(import.meta.dirname, '../../backup.ts'), file], { env, stdio: 'inherit' });
writeFileSync(join(import.meta.dirname, `${version}.json`), `${JSON.stringify(released)}\n`);
rmSync(data, { recursive: true });
