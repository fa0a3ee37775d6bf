// The internal wire as HTTP: bodies in pieces, endless, broken off or in another encoding, and what else no library between
// node:http and the handlers takes care of. Raw sockets, because a client would not send it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type Json, type Person, person } from '../../tests/people.ts';
import { scrape, sumOf } from '../../tests/scrape.ts';
import { SECRETS } from '../../tests/stack.ts';
import { item } from './append_fixture.ts';
import { assertProblem, eventually, internal, raw, startTestWebsite, type TestWebsite } from './fixture.ts';

const MIB = 1024 * 1024;
const SECRET = `Host: x\r\nAuthorization: Bearer ${SECRETS.INTERNAL_SECRET}\r\n`;
const JSON_TYPE = 'Content-Type: application/json\r\n';
const COMPARE = `POST /internal/rooms/compare HTTP/1.1\r\n${SECRET}`;
const NO_ROOMS = '{"rooms":[]}';

let site: TestWebsite;
let ann: Person;
let room: Json;
before(async () => {
  site = await startTestWebsite();
  ann = await person(site.url, 'ann');
  room = await ann.createRoom('Tea room');
});
after(() => site.stop());

const ask = (head: string, body?: string) => raw(site.internalUrl, head + withLength(body));
const withLength = (body?: string) =>
  body === undefined ? '\r\n' : `Content-Length: ${Buffer.byteLength(body, 'latin1')}\r\n\r\n${body}`;
const get = (path: string, method = 'GET') => ask(`${method} /internal${path} HTTP/1.1\r\n${SECRET}`);
const compare = (body: string, headers = JSON_TYPE) => ask(COMPARE + headers, body);
const chunk = (bytes: Buffer | string) =>
  Buffer.concat([Buffer.from(`${Buffer.byteLength(bytes).toString(16)}\r\n`), Buffer.from(bytes), Buffer.from('\r\n')]);
const count = async (status: string) =>
  sumOf(await scrape(site.internalUrl), 'parlance_requests_total', { listener: 'internal', status }) ?? 0;
const offSpec = async () =>
  sumOf(await scrape(site.internalUrl), 'parlance_off_spec_requests_total', { listener: 'internal' });

/** A connection, and all that came on it so far. */
function open(): { socket: Socket; received: () => string } {
  const { port, hostname } = new URL(site.internalUrl);
  let received = '';
  const socket = connect(Number(port), hostname).on('error', () => undefined);
  socket.setEncoding('latin1').on('data', (text) => (received += text));
  return { socket, received: () => received };
}

test('a good answer carries these headers and no others', async () => {
  const answer = await get(`/rooms/${room.id}`);
  assert.deepEqual([answer?.status, answer?.body.roomId], [200, room.id]);
  const headers = Object.fromEntries(answer!.headers);
  assert.match(headers['x-request-id'] ?? '', /^[0-9a-f-]{36}$/);
  for (const name of ['x-request-id', 'date', 'content-length']) delete headers[name];
  const own = { 'cache-control': 'no-store', 'content-type': 'application/json; charset=utf-8' };
  assert.deepEqual(headers, { ...own, connection: 'keep-alive', 'keep-alive': 'timeout=5' });
  const named = await ask(`GET /internal/jwks HTTP/1.1\r\n${SECRET}X-Request-Id: from.chat-1\r\n`);
  assert.equal(named?.headers.get('x-request-id'), 'from.chat-1');
});

test('a body may come in chunks, at any speed, broken anywhere; others are answered meanwhile', async () => {
  const message = item(ann, room, 'tea 🫖');
  const bytes = Buffer.from(JSON.stringify({ messages: [message], wait: false }));
  const middle = bytes.indexOf(Buffer.from('🫖')) + 2;
  const { socket, received } = open();
  socket.write(`POST /internal/messages HTTP/1.1\r\n${SECRET}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n`);
  for (const part of [bytes.subarray(0, 1), bytes.subarray(1, middle), bytes.subarray(middle)]) {
    socket.write(chunk(part));
    await sleep(50);
    assert.equal((await get('/jwks'))?.status, 200);
  }
  assert.equal(received(), '');
  socket.write('0\r\n\r\n');
  await eventually(() => received().includes('"stored"'));
  const { body } = await ann.call('GET', '/api/rooms/Tea%20room/messages');
  assert.deepEqual([body.messages.at(-1).id, body.messages.at(-1).content], [message.id, 'tea 🫖']);
  socket.destroy();
});

test('a client that leaves in the middle of its body is forgotten: no handler, no line in the log', async () => {
  const [aborted, refused, lines] = [await count('aborted'), await offSpec(), site.lines.length];
  const message = JSON.stringify({ messages: [item(ann, room, 'never sent')], wait: false });
  for (const head of ['Transfer-Encoding: chunked\r\n\r\n', `Content-Length: ${message.length + 1}\r\n\r\n`]) {
    const { socket } = open();
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

test('a body that is too large is refused as soon as that is known, and its connection goes on', async () => {
  const declared = open();
  declared.socket.write(`${COMPARE}${JSON_TYPE}Content-Length: ${33 * MIB}\r\n\r\n`);
  await eventually(() => declared.received().includes('body_too_large'));
  declared.socket.destroy();

  const { socket, received } = open();
  socket.write(`${COMPARE}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n`);
  const spaces = chunk(' '.repeat(MIB));
  for (let sent = 0; sent <= 32; sent += 1) socket.write(spaces);
  await eventually(() => received().includes('body_too_large'));
  for (let more = 0; more < 8; more += 1) socket.write(spaces);
  socket.write(`0\r\n\r\nGET /internal/jwks HTTP/1.1\r\n${SECRET}\r\n`);
  await eventually(() => received().includes('"keys"'));
  socket.destroy();
});

test('nothing of a body is read before the secret, the path, the method and the type are right', async () => {
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
    const { socket, received } = open();
    socket.write(`${head}Content-Length: 12\r\n\r\n${NO_ROOMS}GET /internal/jwks HTTP/1.1\r\n${SECRET}\r\n`);
    await eventually(() => received().includes('"keys"'));
    socket.destroy();
  }
});

test('only JSON in UTF-8 is taken, and not compressed', async () => {
  for (const type of ['; charset=utf-8', ';charset="UTF-8"', '; profile=x', ';']) {
    assert.equal((await compare(NO_ROOMS, `content-type: Application/JSON${type}\r\n`))?.status, 200, type);
  }
  for (const type of ['x', '; charset=latin1', '; charset=utf-16', '; x=y; charset=utf-7', ', text/plain'])
    assertProblem((await compare(NO_ROOMS, `Content-Type: application/json${type}\r\n`))!, 'unsupported_media_type');
  assertProblem((await compare(NO_ROOMS, ''))!, 'unsupported_media_type');
  const zipped = gzipSync(NO_ROOMS).toString('latin1');
  assertProblem((await compare(zipped, `${JSON_TYPE}Content-Encoding: gzip\r\n`))!, 'unsupported_media_type');
  assert.equal((await compare(NO_ROOMS, `${JSON_TYPE}Content-Encoding: Identity\r\n`))?.status, 200);
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
    assertProblem((await compare(bytes))!, 'invalid_json');
  assertProblem((await compare(''))!, 'invalid_request', '/body');
});

test('members that JavaScript has of its own are nothing special', async () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'a/b~c']) {
    const pointer = name.replace('~', '~0').replace('/', '~1');
    assertProblem((await compare(`{"rooms":[],"${name}":{}}`))!, 'invalid_request', `/body/${pointer}`);
    const query = `after=0&limit=1&${encodeURIComponent(name)}=1`;
    const answer = await get(`/rooms/${room.id}/events?${query}`);
    assertProblem(answer!, 'invalid_request', `/query/${pointer}`);
  }
  assertProblem((await compare('{"__proto__":{"rooms":[]}}'))!, 'invalid_request', '/body/rooms');
});

test('a query has each parameter once, its integers in digits, however it is encoded', async () => {
  const events = (query: string) => get(`/rooms/${room.id}/events?${query}`);
  for (const query of [
    'limit=1&after=0',
    'a%66ter=%30&limit=1',
    '&after=0&&limit=1&',
    'after=0000000000000000&limit=1',
  ])
    assert.equal((await events(query))?.status, 200, query);
  for (const [query, name] of [
    ['after=0&after=0&limit=1', 'after'],
    ['after=0&limit=1&limit=', 'limit'],
    ['after=%zz&limit=1', 'after'],
    ['after=+5&limit=1', 'after'],
    ['after=0x1&limit=1', 'after'],
    ['after=00000000000000001&limit=1', 'after'],
    ['after&limit=1', 'after'],
    ['', 'after'],
    ['after=0&limit=1&%zz=1', '%zz'],
  ] as const) {
    assertProblem((await events(query))!, 'invalid_request', `/query/${name}`);
  }
  assert.equal((await get('/jwks?'))?.status, 200);
});

test('a path is taken as it stands: its parameters are decoded, nothing else is', async () => {
  assert.equal((await get(`/rooms/%${room.id.charCodeAt(0).toString(16)}${room.id.slice(1)}`))?.status, 200);
  assertProblem((await get(`/rooms/${room.id}%2Fevents`))!, 'invalid_request', '/path/roomId');
  for (const broken of ['%', '%ff', '%c0%80'])
    assertProblem((await get(`/rooms/${broken}`))!, 'invalid_request', '/path');
  for (const path of ['//jwks', '/%6awks', '/jwks;x', '/rooms/', '/rooms//events', `/x/../jwks`, '/__proto__', ''])
    assertProblem((await get(path))!, 'not_found');
  for (const url of ['http://x/internal/jwks', '*', '/', '//internal/jwks'])
    assertProblem((await ask(`GET ${url} HTTP/1.1\r\n${SECRET}`))!, 'not_found');
});

test('HEAD is answered as GET would be, without a body; unknown methods are refused', async () => {
  for (const [path, status] of [
    [`/rooms/${room.id}`, 200],
    [`/rooms/${randomUUID()}`, 404],
    ['/rooms/x', 400],
    ['/messages', 405],
  ] as const) {
    const { socket, received } = open();
    socket.write(`HEAD /internal${path} HTTP/1.1\r\n${SECRET}Connection: close\r\n\r\n`);
    await eventually(() => socket.destroyed);
    const [head, body] = received().split('\r\n\r\n');
    const length = (await get(path))?.headers.get('content-length');
    assert.deepEqual([head?.slice(9, 12), body], [`${status}`, '']);
    if (status !== 405) assert.match(head!, new RegExp(`^content-length: ${length}\r?$`, 'im'));
  }
  for (const method of ['PROPFIND', 'TRACE', 'PURGE', 'QUERY', 'LOCK']) {
    const answer = await get('/jwks', method);
    assertProblem(answer!, 'method_not_allowed');
    assert.equal(answer?.headers.get('allow'), 'GET, HEAD');
  }
});

test('a body where none is taken is refused, and an empty one is none', async () => {
  const jwks = `GET /internal/jwks HTTP/1.1\r\n${SECRET}`;
  for (const type of [JSON_TYPE, 'Content-Type: text/plain\r\n', ''])
    assertProblem((await ask(jwks + type, '{'))!, 'invalid_request', '/body');
  const chunked = await raw(site.internalUrl, `${jwks}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`);
  assertProblem(chunked!, 'invalid_request', '/body');
  assert.equal((await ask(jwks, ''))?.status, 200);
});

test('a body with a million faults is refused at once, with the first of them', async () => {
  const began = performance.now();
  const answer = await internal(site, 'POST', '/messages', `{"messages":[${'0,'.repeat(1_000_000)}0],"wait":true}`);
  assertProblem(answer, 'invalid_request', '/body/messages');
  assert.equal(answer.body.errors.length, 1);
  assert.ok(performance.now() - began < 3_000);
  assertProblem((await compare('['.repeat(MIB)))!, 'invalid_json');
});
