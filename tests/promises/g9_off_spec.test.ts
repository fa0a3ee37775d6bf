// G9: off-spec frames, off-spec upgrades and off-spec answers of a website are refused, change nothing and end no other
// connection.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { validateClientFrame } from '@parlance/specs/validators.js';
import { type House, startHouse, until, untilLetIn } from '../house.ts';
import { openSocket, type Person, person, Refused, type Socket, sleep } from '../people.ts';

let house: House;
let ann: Person;

before(async () => {
  house = await startHouse({ environment: { SOCKETS_PER_USER: '1000', SOCKETS_PER_ADDRESS: '10000' } });
  ann = await person(house.websites[0]!.url);
});
after(() => house.stop());

let seed = 7;
const random = (below: number) => {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
  return Math.floor((seed / 2 ** 31) * below);
};
const pick = <T>(values: readonly T[]): T => values[random(values.length)]!;

const ID = '0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21';
const VALUES: unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  '',
  ' ',
  '\u0000',
  '\ud800',
  'x'.repeat(4_001),
  [],
  {},
  [[]],
  ID.toUpperCase(),
  `urn:uuid:${ID}`,
];

/** An off-spec text: a mutation of a valid frame, or no frame at all. */
function offSpec(): string {
  for (;;) {
    const frame = mutation();
    if (!validateClientFrame(parsed(frame))) return frame;
  }
}

function mutation(): string {
  const good: Record<string, unknown> = { type: 'message.send', id: ID, content: 'fine' };
  switch (random(6)) {
    case 0:
      return JSON.stringify(good).slice(0, 1 + random(60));
    case 1:
      return JSON.stringify({ ...good, [pick(['type', 'id', 'content'])]: pick(VALUES) });
    case 2:
      return JSON.stringify({ ...good, [pick(['extra', '__proto__x', 'seq', 'room', 'username'])]: pick(VALUES) });
    case 3: {
      delete good[pick(['type', 'id', 'content'])];
      return JSON.stringify(good);
    }
    case 4:
      return JSON.stringify(pick(VALUES));
    default:
      return JSON.stringify({
        type: pick(['message.created', 'room.joined', 'typing', 'TYPING.START', 'constructor']),
      });
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

test('each of a thousand off-spec frames is answered, and every sixth within a minute closes its socket with 4500', async () => {
  const room = await ann.createRoom();
  const witness = await ann.join(room.name, '', house.chats[0]!.url);
  const token = await ann.roomToken(room.name);
  let sent = 0;
  while (sent < 1_000) {
    const sockets = await Promise.all(
      Array.from({ length: 20 }, () => openSocket(`${house.chats[0]!.url}/ws/${encodeURIComponent(room.name)}`, token)),
    );
    for (const socket of sockets) for (let count = 0; count < 6; count += 1, sent += 1) socket.send(offSpec());
    for (const socket of sockets) {
      assert.equal(await socket.closed(), 4500);
      const errors = socket.frames.filter((frame) => frame.type === 'error');
      assert.equal(errors.length, 5);
      for (const { code } of errors) assert.ok(['invalid_json', 'invalid_frame'].includes(code), code);
    }
  }
  witness.say('still here');
  assert.equal((await witness.next('message.created')).seq, 1);
  assert.deepEqual(
    house.chats[0]!.lines.filter((line) => line.level === 'error'),
    [],
  );
});

test('each of five hundred off-spec upgrades is refused with a problem and a 4xx status', async () => {
  const room = await ann.createRoom();
  const token = await ann.roomToken(room.name);
  const path = `/ws/${encodeURIComponent(room.name)}`;
  const queries = [
    '?after=-1',
    '?after=1e3',
    '?after=1',
    '?x=1',
    '?after=1&after=2',
    '?roomId=1',
    '?after=99999999999999999',
    '?after=',
  ];
  const paths = ['/ws', '/ws/', '/ws/%ff', '/ws/a/b', `${path}/`, '/ws/%00', `/ws/${'x'.repeat(65)}`, '/ws/other'];
  const tokens = ['', 'x', token.slice(0, -3), `${token}x`, token.replace(/\./g, ''), 'e30.e30.e30', 'null.null.null'];
  for (let count = 0; count < 500; count += 25) {
    const attempts = Array.from({ length: 25 }, () => {
      // 3: only the origin is wrong, or the tokens that are offered beside the right one.
      const [where, bearer] = [random(4), random(2)];
      const url = house.chats[0]!.url + (where === 0 ? pick(paths) : where === 1 ? path + pick(queries) : path);
      const odd = [[`bearer.${token}`], ['chat.v1', 'bearer.x', 'bearer.y'], ...(where === 3 ? [] : [[], ['chat.v2']])];
      const protocols = bearer ? pick(odd) : [];
      return openSocket(url, where === 2 ? pick(tokens) : token, {
        protocols,
        headers: bearer ? {} : { origin: 'http://evil' },
      });
    });
    for (const attempt of await Promise.allSettled(attempts)) {
      assert.equal(attempt.status, 'rejected', 'each upgrade is off-spec');
      assert.ok(attempt.reason instanceof Refused, attempt.reason);
      assert.ok(attempt.reason.status >= 400 && attempt.reason.status < 500, attempt.reason.message);
    }
  }
  assert.deepEqual(
    house.chats[0]!.lines.filter((line) => line.level === 'error'),
    [],
  );
});

test('peers that vanish in the middle of a frame or of the upgrade leave nothing behind', async () => {
  const room = await ann.createRoom();
  const token = await ann.roomToken(room.name);
  const { port } = new URL(house.chats[0]!.url);
  const request = `GET /ws/${encodeURIComponent(room.name)} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  for (let count = 0; count < 60; count += 1) {
    const peer = connect(Number(port), '127.0.0.1');
    peer.on('error', () => undefined);
    const bytes = count % 3 === 0 ? request.slice(0, random(request.length)) : request;
    peer.write(bytes);
    if (count % 3 === 1) peer.write(Buffer.from([0x81, 0xfe, 0x01])); // a header cut short
    setTimeout(() => (count % 2 ? peer.resetAndDestroy() : peer.destroy()), random(15));
  }
  await sleep(300);
  const gauge = async () =>
    /parlance_sockets\{[^}]*\} (\d+)/.exec(await (await fetch(`${house.chats[0]!.internalUrl}/metrics`)).text())?.[1];
  await until(async () => (await gauge()) === '0' || (await gauge()) === '1', 3_000);
  const socket: Socket = await ann.join(room.name, '', house.chats[0]!.url);
  socket.say('alive');
  await socket.next('message.created');
});

test('an off-spec answer of the website is rejected: the sender gets store_unavailable, and chat goes on', async () => {
  const room = await ann.createRoom();
  const socket = await ann.join(room.name, '', house.chats[0]!.url);
  const wire = house.wires[0]!;
  const answers = [
    '{}',
    'null',
    'not json',
    '{"results":[]}',
    '{"results":[{"outcome":"stored"}]}',
    `{"results":[{"outcome":"stored","message":{"id":"${ID}","seq":"1"}}]}`,
  ];
  for (const body of answers) {
    wire.fault = async (wireCall, forward) => (wireCall.path === '/messages' ? { status: 200, body } : forward());
    const id = socket.say('doubtful');
    const error = await socket.next('error', (frame) => frame.refId === id);
    assert.equal(error.code, 'store_unavailable');
  }
  for (const path of ['/changes', '/rooms/compare', '/jwks']) {
    wire.fault = async (wireCall, forward) => (wireCall.path === path ? { status: 500, body: '[]' } : forward());
    await sleep(400);
  }
  wire.fault = undefined;
  await untilLetIn(house.chats[0]!);
  socket.say('believed again');
  await socket.next('message.created', (frame) => frame.content === 'believed again');
});
