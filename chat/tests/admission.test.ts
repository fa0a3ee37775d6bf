// Which upgrades are admitted: tokens, rooms, origins, ended sessions, deleted rooms. handshake.test.ts covers the
// request format.
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { KeyEncryption } from '@parlance/website/key_encryption.ts';
import jwt from 'jsonwebtoken';
import { type House, startHouse, until, untilLetIn } from '../../tests/house.ts';
import { call } from '../../tests/people.ts';
import type { Member, RecordedRoom } from '../../tests/records.ts';
import { SECRETS, startChatPart } from '../../tests/stack.ts';
import { assertRefused, rawUpgrade } from './raw_upgrade.ts';

const ENCRYPTION = new KeyEncryption(SECRETS.SESSION_SECRET);
const ALLOWED = 'https://app.example.org';
let house: House;
let ann: Member;
let bob: Member;
let room: RecordedRoom;
let other: RecordedRoom;
before(async () => {
  house = await startHouse({ environment: { ALLOWED_ORIGINS: ALLOWED } });
  [ann, bob] = (await house.records.members(2)) as [Member, Member];
  [room, other] = [await house.records.room(ann), await house.records.room(ann)];
});
after(() => house.stop());

const pathOf = ({ name }: RecordedRoom) => `/ws/${encodeURIComponent(name)}`;
const ask = (where: RecordedRoom, headers: Record<string, string>, chat = house.chats[0]!) =>
  rawUpgrade(chat.url, pathOf(where), { headers });
const program = (token: string) => ({ Authorization: `Bearer ${token}` });
const browser = (token: string, origin: string) => ({
  'Sec-WebSocket-Protocol': `chat.v1, bearer.${token}`,
  Origin: origin,
});
const ownOrigin = () => house.chats[0]!.url.replace('ws:', 'http:');
/** Sends the token both ways: a browser must not be admitted where a program is refused. */
async function assertBothRefused(token: string, code: Parameters<typeof assertRefused>[1], why: string) {
  for (const headers of [program(token), browser(token, ownOrigin())]) {
    const answer = await ask(room, headers);
    assert.notEqual(answer.status, 101, why);
    assertRefused(answer, code);
  }
}
async function assertLetIn(where: RecordedRoom, headers: Record<string, string>, chat = house.chats[0]!) {
  const answer = await ask(where, headers, chat);
  assert.equal(answer.status, 101, answer.text);
  answer.socket.destroy();
}

test('a valid token is admitted in either header', async () => {
  const token = await house.records.roomToken(ann, room);
  await assertLetIn(room, program(token));
  await assertLetIn(room, browser(token, ownOrigin()));
});

test('a token that is malformed, expired, of another type or signed with a foreign key is refused', async () => {
  const now = Math.floor(Date.now() / 1_000);
  const { roomToken } = house.records;
  const [{ private_key, kid }] = (await house.records.query(`select * from signing_keys where purpose = 'room'`)) as [
    { private_key: string; kid: string },
  ];
  const privateKey = ENCRYPTION.decrypt({ kid, purpose: 'room' }, private_key)!;
  const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const good = await roomToken(ann, room);
  const claims = jwt.decode(good) as object;
  const [header, payload, signature] = good.split('.') as [string, string, string];
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const publicPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
  const hmac = jwt.sign(claims, Buffer.from(publicPem), { header: { alg: 'HS256', typ: 'room+jwt', kid } });
  const tokens: Record<string, string> = {
    'one word': 'x',
    dots: '..',
    'three words': 'a.b.c',
    'no signature': `${header}.${payload}.`,
    'another signature': `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
    'a payload that is not JSON': `${header}.${Buffer.from('{').toString('base64url')}.${signature}`,
    'a payload that is not JSON, of typ JWT': `${part({ alg: 'ES256', typ: 'JWT', kid })}.e30x.${signature}`,
    'a header that is null': `${part(null)}.${payload}.${signature}`,
    'a kid that is not a string': `${part({ alg: 'ES256', typ: 'room+jwt', kid: { a: 1 } })}.${payload}.${signature}`,
    'alg none': `${part({ alg: 'none', typ: 'room+jwt', kid })}.${payload}.`,
    'HS256 with the public key': hmac,
    'a foreign key under our kid': jwt.sign(claims, foreign, {
      algorithm: 'ES256',
      header: { alg: 'ES256', typ: 'room+jwt', kid },
    }),
    'no kid': await roomToken(ann, room, {}, { kid: undefined }),
    'an unknown kid': await roomToken(ann, room, {}, { kid: 'room-unknown' }),
    'typ JWT': await roomToken(ann, room, {}, { typ: 'JWT' }),
    'typ of an access token': await roomToken(ann, room, {}, { typ: 'at+jwt' }),
    'an access token': await house.records.accessToken(ann),
    expired: await roomToken(ann, room, { iat: now - 90, exp: now - 1 }),
    'older than the maximum age': await roomToken(ann, room, { iat: now - 130, exp: now + 60 }),
    'never expiring': await roomToken(ann, room, { exp: undefined }),
    'another issuer': await roomToken(ann, room, { iss: 'else' }),
    'another audience': await roomToken(ann, room, { aud: 'parlance-api' }),
    'no audience': await roomToken(ann, room, { aud: undefined }),
    'a critical extension (RFC 7515, 4.1.11)': await roomToken(ann, room, {}, { crit: ['b64'], b64: true }),
    'an empty list of critical extensions': await roomToken(ann, room, {}, { crit: [] }),
    'a session that is not a string': await roomToken(ann, room, { sid: 7 }),
  };
  for (const name of ['sub', 'email', 'username', 'room', 'roomId', 'sid', 'iat']) {
    tokens[`without ${name}`] = await roomToken(ann, room, { [name]: undefined });
  }
  for (const [why, token] of Object.entries(tokens)) await assertBothRefused(token, 'invalid_token', why);
});

test('unknown key ids make chat fetch the keys at most once per 5 s; a new key is found after that', async (t) => {
  const asked = () => house.wires[0]!.calls.filter((one) => one === 'GET /jwks').length;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const chat = await startChatPart(house.wires[0]!.url);
  t.after(() => chat.stop());
  const before = asked();
  await untilLetIn(chat);
  await assertLetIn(room, program(await house.records.roomToken(ann, room)), chat);
  const firstAt = performance.now();
  assert.equal(asked(), before + 1);
  const stored = ENCRYPTION.encrypt({ kid: 'room-new', purpose: 'room' }, privateKey);
  await house.records.query(`insert into signing_keys (kid, purpose, private_key) values ('room-new', 'room', $1)`, [
    stored,
  ]);
  const claims = jwt.decode(await house.records.roomToken(ann, room)) as object;
  const header = { alg: 'ES256' as const, typ: 'room+jwt', kid: 'room-new' };
  const rotated = jwt.sign(claims, privateKey, { algorithm: 'ES256', header });
  for (let stranger = 0; stranger < 20; stranger += 1) {
    const token = await house.records.roomToken(ann, room, {}, { kid: `room-${stranger}` });
    assertRefused(await ask(room, program(token), chat), 'invalid_token');
  }
  assert.equal(asked(), before + 1);
  await sleep(5_050 - (performance.now() - firstAt));
  await assertLetIn(room, program(rotated), chat);
  assert.equal(asked(), before + 2);
  await assertLetIn(room, program(await house.records.roomToken(ann, room)), chat);
});

test('a token is valid for its own room only', async () => {
  const token = await house.records.roomToken(ann, room);
  assertRefused(await ask(other, program(token)), 'wrong_room');
  assertRefused(await ask(other, browser(token, ownOrigin())), 'wrong_room');
});

test('own and allowed origins are admitted with the token in either header, foreign origins are refused', async () => {
  const token = await house.records.roomToken(ann, room);
  const foreign = [
    'https://evil.example',
    'null',
    `${ALLOWED}/`,
    `${ALLOWED}:444`,
    ownOrigin().replace('http', 'https'),
    '',
  ];
  for (const origin of [ownOrigin(), ALLOWED]) {
    await assertLetIn(room, browser(token, origin));
    await assertLetIn(room, { ...program(token), Origin: origin });
  }
  for (const origin of foreign) {
    // The origin is checked before the token.
    assertRefused(await ask(room, browser('x', origin)), 'bad_origin');
    assertRefused(await ask(room, { ...program('x'), Origin: origin }), 'bad_origin');
  }
});

test('without an Origin only a token in Authorization is admitted', async () => {
  const token = await house.records.roomToken(ann, room);
  await assertLetIn(room, program(token));
  assertRefused(await ask(room, { 'Sec-WebSocket-Protocol': `chat.v1, bearer.${token}` }), 'bad_origin');
});

test('behind a proxy the own origin is the one of PUBLIC_URL', async (t) => {
  const chat = await startChatPart(house.wires[0]!.url, { PUBLIC_URL: 'https://chat.example.org' });
  t.after(() => chat.stop());
  const token = await house.records.roomToken(ann, room);
  await untilLetIn(chat);
  await assertLetIn(room, browser(token, 'https://chat.example.org'), chat);
  assertRefused(await ask(room, browser(token, chat.url.replace('ws:', 'http:')), chat), 'bad_origin');
});

test('a deleted room and a room that never existed are not found', async () => {
  const doomed = await house.records.room(ann);
  const token = await house.records.roomToken(bob, doomed);
  const never = await house.records.roomToken(bob, { ...doomed, id: '00000000-0000-4000-8000-000000000000' });
  assertRefused(await ask(doomed, program(never)), 'room_not_found');
  await assertLetIn(doomed, program(token));
  const { status } = await call(house.websites[0]!.url, 'DELETE', `/api/rooms/${encodeURIComponent(doomed.name)}`, {
    token: await house.records.accessToken(ann),
  });
  assert.equal(status, 204);
  assertRefused(await ask(doomed, program(token)), 'room_not_found');
  assertRefused(await ask(doomed, browser(token, ownOrigin())), 'room_not_found');
});

test('an unexpired token of an ended session is refused', async () => {
  const [gone] = (await house.records.members(1)) as [Member];
  const token = await house.records.roomToken(gone, room);
  await assertLetIn(room, program(token));
  const { status } = await call(house.websites[0]!.url, 'DELETE', '/api/session', {
    token: await house.records.accessToken(gone),
  });
  assert.equal(status, 204);
  await until(async () => (await ask(room, program(token))).status === 401, 1_000);
  await assertBothRefused(token, 'invalid_token', 'ended');
});
