// Path, query, method and headers of requests to the internal API, and the headers of its answers.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type Json, person } from '../../tests/people.ts';
import { assertProblem, eventually, startTestWebsite, type TestWebsite } from './fixture.ts';
import { ask, compare, get, open, SECRET } from './internal_wire.ts';

let site: TestWebsite;
let room: Json;
before(async () => {
  site = await startTestWebsite();
  const ann = await person(site.url, 'ann');
  room = await ann.createRoom('Tea room');
});
after(() => site.stop());

test('a successful answer has these headers and no others', async () => {
  const answer = await get(site, `/rooms/${room.id}`);
  assert.deepEqual([answer.status, answer.body.roomId], [200, room.id]);
  const headers = Object.fromEntries(answer.headers);
  assert.match(headers['x-request-id'] ?? '', /^[0-9a-f-]{36}$/);
  for (const name of ['x-request-id', 'date', 'content-length']) delete headers[name];
  const own = { 'cache-control': 'no-store', 'content-type': 'application/json; charset=utf-8' };
  assert.deepEqual(headers, { ...own, connection: 'keep-alive', 'keep-alive': 'timeout=5' });
  const named = await ask(site, `GET /internal/jwks HTTP/1.1\r\n${SECRET}X-Request-Id: from.chat-1\r\n`);
  assert.equal(named.headers.get('x-request-id'), 'from.chat-1');
});

test('names of built-in JavaScript members have no special meaning', async () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'a/b~c']) {
    const pointer = name.replace('~', '~0').replace('/', '~1');
    assertProblem(await compare(site, `{"rooms":[],"${name}":{}}`), 'invalid_request', `/body/${pointer}`);
    const query = `after=0&limit=1&${encodeURIComponent(name)}=1`;
    const answer = await get(site, `/rooms/${room.id}/events?${query}`);
    assertProblem(answer, 'invalid_request', `/query/${pointer}`);
  }
  assertProblem(await compare(site, '{"__proto__":{"rooms":[]}}'), 'invalid_request', '/body/rooms');
});

test('a query has each parameter once and its integers in digits, in any percent-encoding', async () => {
  const events = (query: string) => get(site, `/rooms/${room.id}/events?${query}`);
  for (const query of [
    'limit=1&after=0',
    'a%66ter=%30&limit=1',
    '&after=0&&limit=1&',
    'after=0000000000000000&limit=1',
  ])
    assert.equal((await events(query)).status, 200, query);
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
    assertProblem(await events(query), 'invalid_request', `/query/${name}`);
  }
  assert.equal((await get(site, '/jwks?')).status, 200);
});

test('only the parameters of a path are decoded', async () => {
  assert.equal((await get(site, `/rooms/%${room.id.charCodeAt(0).toString(16)}${room.id.slice(1)}`)).status, 200);
  assertProblem(await get(site, `/rooms/${room.id}%2Fevents`), 'invalid_request', '/path/roomId');
  for (const broken of ['%', '%ff', '%c0%80'])
    assertProblem(await get(site, `/rooms/${broken}`), 'invalid_request', '/path');
  for (const path of ['//jwks', '/%6awks', '/jwks;x', '/rooms/', '/rooms//events', `/x/../jwks`, '/__proto__', ''])
    assertProblem(await get(site, path), 'not_found');
  for (const url of ['http://x/internal/jwks', '*', '/', '//internal/jwks'])
    assertProblem(await ask(site, `GET ${url} HTTP/1.1\r\n${SECRET}`), 'not_found');
});

test('HEAD is answered as GET without a body, and unknown methods are refused', async () => {
  for (const [path, status] of [
    [`/rooms/${room.id}`, 200],
    [`/rooms/${randomUUID()}`, 404],
    ['/rooms/x', 400],
    ['/messages', 405],
  ] as const) {
    const { socket, received } = open(site);
    socket.write(`HEAD /internal${path} HTTP/1.1\r\n${SECRET}Connection: close\r\n\r\n`);
    await eventually(() => socket.destroyed);
    const [head, body] = received().split('\r\n\r\n');
    const length = (await get(site, path)).headers.get('content-length');
    assert.deepEqual([head?.slice(9, 12), body], [`${status}`, '']);
    if (status !== 405) assert.match(head!, new RegExp(`^content-length: ${length}\r?$`, 'im'));
  }
  for (const method of ['PROPFIND', 'TRACE', 'PURGE', 'QUERY', 'LOCK']) {
    const answer = await get(site, '/jwks', method);
    assertProblem(answer, 'method_not_allowed');
    assert.equal(answer.headers.get('allow'), 'GET, HEAD');
  }
});
