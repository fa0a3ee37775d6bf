// Request bodies of the internal API: chunked, too large, aborted, in other encodings, and where none is allowed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type Json, type Person, person } from '../../tests/people.ts';
import { scrape, sumOf } from '../../tests/scrape.ts';
import { item } from './append_fixture.ts';
import { assertProblem, eventually, internal, raw, startTestWebsite, type TestWebsite } from './fixture.ts';
import { ask, COMPARE, compare, get, JSON_TYPE, NO_ROOMS, open, SECRET } from './internal_wire.ts';

const MIB = 1024 * 1024;

let site: TestWebsite;
let ann: Person;
let room: Json;
before(async () => {
  site = await startTestWebsite();
  ann = await person(site.url, 'ann');
  room = await ann.createRoom('Tea room');
});
after(() => site.stop());

const chunk = (bytes: Buffer | string) =>
  Buffer.concat([Buffer.from(`${Buffer.byteLength(bytes).toString(16)}\r\n`), Buffer.from(bytes), Buffer.from('\r\n')]);
const count = async (status: string) =>
  sumOf(await scrape(site.internalUrl), 'parlance_requests_total', { listener: 'internal', status }) ?? 0;
const offSpec = async () =>
  sumOf(await scrape(site.internalUrl), 'parlance_off_spec_requests_total', { listener: 'internal' });

test('a body may arrive slowly in chunks that split characters, while other requests are answered', async () => {
  const message = item(ann, room, 'tea 🫖');
  const bytes = Buffer.from(JSON.stringify({ messages: [message], wait: false }));
  const middle = bytes.indexOf(Buffer.from('🫖')) + 2;
  const { socket, received } = open(site);
  socket.write(`POST /internal/messages HTTP/1.1\r\n${SECRET}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n`);
  for (const part of [bytes.subarray(0, 1), bytes.subarray(1, middle), bytes.subarray(middle)]) {
    socket.write(chunk(part));
    await sleep(50);
    assert.equal((await get(site, '/jwks')).status, 200);
  }
  assert.equal(received(), '');
  socket.write('0\r\n\r\n');
  await eventually(() => received().includes('"stored"'));
  const { body } = await ann.call('GET', '/api/rooms/Tea%20room/messages');
  assert.deepEqual([body.messages.at(-1).id, body.messages.at(-1).content], [message.id, 'tea 🫖']);
  socket.destroy();
});

test('a client that disconnects during its body causes no handler call and no log line', async () => {
  const [aborted, refused, lines] = [await count('aborted'), await offSpec(), site.lines.length];
  const message = JSON.stringify({ messages: [item(ann, room, 'never sent')], wait: false });
  for (const head of ['Transfer-Encoding: chunked\r\n\r\n', `Content-Length: ${message.length + 1}\r\n\r\n`]) {
    const { socket } = open(site);
    const body = head.startsWith('T') ? chunk(message) : message;
    socket.write(`POST /internal/messages HTTP/1.1\r\n${SECRET}${JSON_TYPE}${head}`);
    socket.write(body, () => setTimeout(() => socket.resetAndDestroy(), 20));
  }
  await eventually(async () => (await count('aborted')) === aborted + 2);
  assert.equal(await offSpec(), refused);
  assert.deepEqual(site.lines.slice(lines), []);
  const { body } = await ann.call('GET', '/api/rooms/Tea%20room/messages');
  assert.ok(!JSON.stringify(body).includes('never sent'));
});

test('a body that is too large is refused as soon as its size is known, and its connection stays usable', async () => {
  const declared = open(site);
  declared.socket.write(`${COMPARE}${JSON_TYPE}Content-Length: ${33 * MIB}\r\n\r\n`);
  await eventually(() => declared.received().includes('body_too_large'));
  declared.socket.destroy();

  const { socket, received } = open(site);
  socket.write(`${COMPARE}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n`);
  const spaces = chunk(' '.repeat(MIB));
  for (let sent = 0; sent <= 32; sent += 1) socket.write(spaces);
  await eventually(() => received().includes('body_too_large'));
  for (let more = 0; more < 8; more += 1) socket.write(spaces);
  socket.write(`0\r\n\r\nGET /internal/jwks HTTP/1.1\r\n${SECRET}\r\n`);
  await eventually(() => received().includes('"keys"'));
  socket.destroy();
});

test('a body is read only after the secret, the path, the method and the type are accepted', async () => {
  const refused = [
    [`POST /internal/messages HTTP/1.1\r\nHost: x\r\n${JSON_TYPE}`, 'not_authenticated'],
    [`POST /internal/nope HTTP/1.1\r\nHost: x\r\n${JSON_TYPE}`, 'not_authenticated'],
    [`POST /internal/nope HTTP/1.1\r\n${SECRET}${JSON_TYPE}`, 'not_found'],
    [`PUT /internal/messages HTTP/1.1\r\n${SECRET}${JSON_TYPE}`, 'method_not_allowed'],
    [`${COMPARE}Content-Type: text/plain\r\n`, 'unsupported_media_type'],
  ] as const;
  for (const [head, code] of refused) {
    const never = await raw(site.internalUrl, `${head}Content-Length: 12\r\n\r\n`);
    assertProblem(never!, code);
    const { socket, received } = open(site);
    socket.write(`${head}Content-Length: 12\r\n\r\n${NO_ROOMS}GET /internal/jwks HTTP/1.1\r\n${SECRET}\r\n`);
    await eventually(() => received().includes('"keys"'));
    socket.destroy();
  }
});

test('only uncompressed JSON in UTF-8 is accepted', async () => {
  for (const type of ['; charset=utf-8', ';charset="UTF-8"', '; profile=x', ';']) {
    assert.equal((await compare(site, NO_ROOMS, `content-type: Application/JSON${type}\r\n`)).status, 200, type);
  }
  for (const type of ['x', '; charset=latin1', '; charset=utf-16', '; x=y; charset=utf-7', ', text/plain'])
    assertProblem(await compare(site, NO_ROOMS, `Content-Type: application/json${type}\r\n`), 'unsupported_media_type');
  assertProblem(await compare(site, NO_ROOMS, ''), 'unsupported_media_type');
  const zipped = gzipSync(NO_ROOMS).toString('latin1');
  assertProblem(await compare(site, zipped, `${JSON_TYPE}Content-Encoding: gzip\r\n`), 'unsupported_media_type');
  assert.equal((await compare(site, NO_ROOMS, `${JSON_TYPE}Content-Encoding: Identity\r\n`)).status, 200);
  for (const bytes of [
    '{"rooms":[],"\xff":1}',
    '\xef\xbb\xbf{"rooms":[]}',
    '{"rooms":[]',
    '{}{}',
    'null',
    '"x"',
    '\0',
    ' ',
  ])
    assertProblem(await compare(site, bytes), 'invalid_json');
  assertProblem(await compare(site, ''), 'invalid_request', '/body');
});

test('an operation without a body refuses one, and an empty body counts as none', async () => {
  const jwks = `GET /internal/jwks HTTP/1.1\r\n${SECRET}`;
  for (const type of [JSON_TYPE, 'Content-Type: text/plain\r\n', ''])
    assertProblem(await ask(site, jwks + type, '{'), 'invalid_request', '/body');
  const chunked = await raw(site.internalUrl, `${jwks}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`);
  assertProblem(chunked!, 'invalid_request', '/body');
  assert.equal((await ask(site, jwks, '')).status, 200);
});

test('a body with a million errors is refused at once, with the first error', async () => {
  const began = performance.now();
  const answer = await internal(site, 'POST', '/messages', `{"messages":[${'0,'.repeat(1_000_000)}0],"wait":true}`);
  assertProblem(answer, 'invalid_request', '/body/messages');
  assert.equal(answer.body.errors.length, 1);
  assert.ok(performance.now() - began < 3_000);
  assertProblem(await compare(site, '['.repeat(MIB)), 'invalid_json');
});
