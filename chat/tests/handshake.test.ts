// The upgrade request: path, method, headers, query and the header of the token, and the order of the refusals.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type House, startHouse } from '../../tests/house.ts';
import type { Member, RecordedRoom } from '../../tests/records.ts';
import { assertRefused, type RawRequest, rawUpgrade } from './raw_upgrade.ts';

let house: House;
let ann: Member;
let room: RecordedRoom;
let token: string;
let path: string;
before(async () => {
  house = await startHouse();
  [ann] = (await house.records.members(1)) as [Member];
  room = await house.records.room(ann, 'Café');
  token = await house.records.roomToken(ann, room);
  path = `/ws/${encodeURIComponent('Café')}`;
});
after(() => house.stop());

const ask = (where: string, request?: RawRequest) => rawUpgrade(house.chats[0]!.url, where, request);
const bearer = () => ({ Authorization: `Bearer ${token}` });
/** A valid request with the given headers replaced. */
const asking = (headers: NonNullable<RawRequest['headers']> = {}) => ({ headers: { ...bearer(), ...headers } });

test('a valid request is answered with 101 and the accept key of RFC 6455', async () => {
  const answer = await ask(path, asking());
  assert.equal(answer.status, 101);
  const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
  const accept = createHash('sha1').update(`dGhlIHNhbXBsZSBub25jZQ==${guid}`).digest('base64');
  assert.equal(answer.headers['sec-websocket-accept'], accept);
  assert.equal(answer.headers['sec-websocket-protocol'], undefined);
  answer.socket.destroy();
});

test('a path that is not /ws/{roomName} is not found, whatever else is wrong', async () => {
  for (const where of ['/ws', '/ws/', '/ws/a/b', '/ws//a', '/wss/a', '/ws/a/', '/', '/ws/?after=1']) {
    assertRefused(await ask(where, { method: 'POST', headers: { Upgrade: undefined } }), 'not_found');
  }
});

test('a room name that is not percent-encoded UTF-8 is refused before the method is checked', async () => {
  for (const name of ['%', '%E0%A4', '%FF', '%zz']) {
    assertRefused(await ask(`/ws/${name}`, { method: 'POST' }), 'invalid_request', '/path/roomName');
  }
});

test('a method other than GET is refused with Allow, before the upgrade is checked', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const plain = await ask(path, { method, headers: { Upgrade: undefined, 'Content-Length': '0' } });
    assertRefused(plain, 'method_not_allowed');
    assert.equal(plain.headers.allow, 'GET');
    assertRefused(await ask(path, { method, ...asking() }), 'method_not_allowed');
  }
});

test('the refusal of a HEAD request has no body, with and without an upgrade', async () => {
  for (const headers of [{ Upgrade: undefined }, asking().headers]) {
    const { status, text } = await ask(path, { method: 'HEAD', headers });
    assert.deepEqual({ status, text }, { status: 405, text: '' });
  }
});

test('a request without a WebSocket upgrade, or with another version, gets 426 with the required headers', async () => {
  const departures = [
    { Upgrade: undefined, Connection: 'close' },
    { Connection: 'close' },
    { Upgrade: 'h2c' },
    { 'Sec-WebSocket-Version': undefined },
    { 'Sec-WebSocket-Version': '8' },
    { 'Sec-WebSocket-Version': ['13', '8'] },
  ];
  for (const headers of departures) {
    // The key and the query are invalid too, but are checked later.
    const answer = await ask(`${path}?after=x`, asking({ 'Sec-WebSocket-Key': 'short', ...headers }));
    assertRefused(answer, 'upgrade_required');
    assert.equal(answer.headers['sec-websocket-version'], '13');
    assert.equal(answer.headers.upgrade, 'websocket');
  }
});

test('a request without a Host header, or with two, is refused', async () => {
  for (const Host of [undefined, ['a', 'b']]) {
    assertRefused(await ask(path, asking({ Host })), 'invalid_request', '/headers/host');
  }
});

test('a key that is not 16 bytes in base64 is refused', async () => {
  for (const key of [
    undefined,
    '',
    'short',
    'dGhlIHNhbXBsZSBub25jZQ=',
    'dGhlIHNhbXBsZSBub25jZQ==!',
    '=='.padStart(26, 'a'),
  ]) {
    const answer = await ask(`${path}?after=x`, asking({ 'Sec-WebSocket-Key': key }));
    assertRefused(answer, 'invalid_request', '/headers/sec-websocket-key');
  }
});

test('an invalid or too long room name is refused; its length is counted in characters after NFC', async () => {
  const long = (name: string) => ask(`/ws/${encodeURIComponent(name)}`, asking());
  assertRefused(await long('a'.repeat(65)), 'invalid_request', '/path/roomName');
  for (const name of [' a', 'a ', '-a', 'a!', 'a\u0000', '🫖', 'a/b']) {
    assertRefused(await long(name), 'invalid_request', '/path/roomName');
  }
  assertRefused(await long('a'.repeat(64)), 'wrong_room');
  assertRefused(await long('𝒜'.repeat(64)), 'wrong_room');
  assertRefused(await long('e\u0301'.repeat(64)), 'wrong_room');
});

test('each fault of the query is refused with a pointer to it', async () => {
  const id = room.id;
  const faults = [
    ['token=abc', '/query'],
    ['constructor=1', '/query'],
    ['__proto__=1', '/query'],
    ['after', '/query/after'],
    ['after=', '/query/after'],
    ['after=1e3', '/query/after'],
    ['after=-1', '/query/after'],
    ['after=%2B1', '/query/after'],
    ['after=1.0', '/query/after'],
    ['after=0x10', '/query/after'],
    ['after=+1', '/query/after'],
    [`after=9007199254740992&roomId=${id}`, '/query/after'],
    [`after=99999999999999999999&roomId=${id}`, '/query/after'],
    [`after=1&after=2&roomId=${id}`, '/query/after'],
    [`after=1&roomId=${id}&roomId=${id}`, '/query/roomId'],
    ['after=1', '/query/after'],
    [`roomId=${id}`, '/query/roomId'],
    ['after=1&roomId=', '/query/roomId'],
    [`after=1&roomId=${id.toUpperCase()}`, '/query/roomId'],
    [`after=1&roomId=urn:uuid:${id}`, '/query/roomId'],
  ];
  for (const [query, pointer] of faults) {
    assertRefused(
      await ask(`${path}?${query}`, { headers: { Authorization: 'Bearer x' } }),
      'invalid_request',
      pointer,
    );
  }
});

test('every query that the contract allows is admitted', async () => {
  for (const query of [
    '',
    '?',
    '?after=0',
    '?after=00',
    `?after=0&roomId=${room.id}`,
    `?roomId=${room.id}&after=9007199254740991`,
  ]) {
    const answer = await ask(path + query, asking());
    assert.equal(answer.status, 101, query + answer.text);
    answer.socket.destroy();
  }
});

test('the token must be in exactly one of two headers', async () => {
  const both = '/headers/sec-websocket-protocol';
  const protocols = (value: string | string[], more = {}) =>
    ask(path, { headers: { 'Sec-WebSocket-Protocol': value, ...more } });
  assertRefused(await protocols(`chat.v1, bearer.${token}`, bearer()), 'invalid_request', both);
  assertRefused(await protocols(`chat.v1, bearer.${token}`, { Authorization: 'Basic eDp5' }), 'invalid_request', both);
  assertRefused(await protocols(`chat.v1, bearer.${token}, bearer.x`), 'invalid_request', both);
  assertRefused(await protocols(`bearer.${token}`), 'invalid_request', both);
  assertRefused(await protocols(`chat.v2, bearer.${token}`), 'invalid_request', both);
  // A browser fails a connection without a selected protocol. Refusing it tells the developer why.
  for (const unknown of ['soap', 'chat.v9', 'CHAT.V1', 'chat.v1.1, chat', ['a', 'b']]) {
    assertRefused(await protocols(unknown, bearer()), 'invalid_request', both);
    assertRefused(await protocols(unknown), 'invalid_request', both);
  }
  for (const malformed of [
    'chat.v1\u00a0',
    'chat.v1,',
    ',chat.v1',
    'chat.v1, chat.v1',
    'chat v1',
    'chat.v1, "x"',
    'chat.v1;q=1',
  ]) {
    assertRefused(await protocols(malformed, bearer()), 'invalid_request', both);
  }
  const twice = [`Bearer ${token}`, 'Bearer x'];
  assertRefused(await ask(path, { headers: { Authorization: twice } }), 'invalid_request', '/headers/authorization');
  assertRefused(await ask(path), 'invalid_token');
  for (const value of ['', 'Bearer', 'Bearer ', `Basic ${token}`, token, `Bearer ${token} x`, `Bearer "${token}"`]) {
    assertRefused(await ask(path, { headers: { Authorization: value } }), 'invalid_token');
  }
});

test('the server selects chat.v1 at any position of the offer, and no other protocol', async () => {
  const own = { Origin: house.chats[0]!.url.replace('ws', 'http') };
  const offers = [
    [{ 'Sec-WebSocket-Protocol': `chat.v1, bearer.${token}`, ...own }, 'chat.v1'],
    [{ 'Sec-WebSocket-Protocol': `bearer.${token}  ,${' '.repeat(5_000)}chat.v1`, ...own }, 'chat.v1'],
    [{ 'Sec-WebSocket-Protocol': ['chat.v9', 'chat.v1', `bearer.${token}`], ...own }, 'chat.v1'],
    [{ 'Sec-WebSocket-Protocol': 'chat.v1', ...bearer() }, 'chat.v1'],
    [{ 'Sec-WebSocket-Protocol': 'soap, chat.v1, x', ...bearer() }, 'chat.v1'],
    [{ Authorization: `bearer ${token}` }, undefined],
  ] as const;
  for (const [headers, selected] of offers) {
    const answer = await ask(path, { headers: headers as RawRequest['headers'] & object });
    assert.equal(answer.status, 101, answer.text);
    assert.equal(answer.headers['sec-websocket-protocol'], selected);
    answer.socket.destroy();
  }
});

test('a room is found by its name in any case and any Unicode normalization form', async () => {
  for (const name of ['CAFÉ', 'cafe\u0301', 'CAFE\u0301', 'café']) {
    const answer = await ask(`/ws/${encodeURIComponent(name)}`, asking());
    assert.equal(answer.status, 101, name + answer.text);
    answer.socket.destroy();
  }
  assertRefused(await ask('/ws/Cafe', asking()), 'wrong_room');
});
