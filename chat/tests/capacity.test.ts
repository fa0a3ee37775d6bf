// When chat refuses upgrades: limits per user and address, and a website that does not answer. Also that aborted
// handshakes leave nothing open.
import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket as TcpSocket } from 'node:net';
import { Duplex } from 'node:stream';
import { after, before, type TestContext, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { type House, metric, startHouse, until, untilLetIn } from '../../tests/house.ts';
import { call, openSocket, Refused, type Socket, sleep } from '../../tests/people.ts';
import type { Member, RecordedRoom } from '../../tests/records.ts';
import { type ChatPart, startChatPart } from '../../tests/stack.ts';
import { startWire, type Wire } from '../../tests/wire.ts';
import { assertRefused, type RawAnswer, rawUpgrade } from './raw_upgrade.ts';

let house: House;
let ann: Member;
let bob: Member;
before(async () => {
  house = await startHouse();
  [ann, bob] = (await house.records.members(2)) as [Member, Member];
});
after(() => house.stop());

/** Raw sockets, which do not answer a close frame. */
const opened: RawAnswer['socket'][] = [];

/** Starts a replica with its own wire for one test. */
async function replica(t: TestContext, environment: Record<string, string> = {}) {
  const wire = await startWire(house.websites[0]!.internalUrl);
  const chat = await startChatPart(wire.url, environment);
  t.after(async () => {
    for (const socket of opened.splice(0)) socket.destroy();
    await chat.stop();
    await wire.stop();
  });
  return { wire, chat };
}

const pathOf = ({ name }: RecordedRoom) => `/ws/${encodeURIComponent(name)}`;
/** Connects as a program; from the address `from` when the replica trusts its proxy. */
const ask = async (chat: ChatPart, member: Member, room: RecordedRoom, query = '', from?: string) => {
  const authorization = `Bearer ${await house.records.roomToken(member, room)}`;
  const answer = await rawUpgrade(chat.url, pathOf(room) + query, {
    headers: { Authorization: authorization, 'X-Forwarded-For': from ?? [] },
  });
  opened.push(answer.socket);
  return answer;
};
/** Connects as a browser, which learns of a refusal by a close code. */
const browse = async (chat: ChatPart, member: Member, room: RecordedRoom) =>
  openSocket(chat.url + pathOf(room), undefined, {
    protocols: ['chat.v1', `bearer.${await house.records.roomToken(member, room)}`],
    headers: { origin: chat.url.replace('ws:', 'http:') },
  });
/** Delays every call that `fits` until release(). */
function hold(wire: Wire, fits: (path: string) => boolean) {
  const { promise, resolve: release } = Promise.withResolvers<void>();
  const held: string[] = [];
  wire.fault = async ({ path }, forward) => {
    if (fits(path)) {
      held.push(path);
      await promise;
    }
    return forward();
  };
  return { held, release };
}

test('SOCKETS_PER_USER limits the sockets of a user over all rooms; a closed socket frees a place', async (t) => {
  const { chat } = await replica(t, { SOCKETS_PER_USER: '3' });
  await untilLetIn(chat);
  const rooms = [await house.records.room(ann), await house.records.room(ann)] as const;
  const sockets: Socket[] = [];
  for (const index of [0, 1, 0]) sockets.push(await house.records.join(ann, rooms[index]!, chat.url));
  assertRefused(await ask(chat, ann, rooms[1]), 'too_many_sockets');
  const browser = await browse(chat, ann, rooms[1]);
  assert.equal(browser.ws.protocol, 'chat.v1');
  assert.equal(await browser.closed(), 4003);
  assert.deepEqual(browser.frames, []);
  await house.records.join(bob, rooms[0], chat.url);
  await sockets[1]!.close();
  await until(async () => (await ask(chat, ann, rooms[1])).status === 101);
});

test('SOCKETS_PER_ADDRESS limits the sockets of an address over all users; the address is the one a trusted proxy reports', async (t) => {
  const { chat } = await replica(t, { SOCKETS_PER_ADDRESS: '2', TRUSTED_PROXIES: '127.0.0.0/8' });
  await untilLetIn(chat);
  const room = await house.records.room(ann);
  const [one, two] = ['203.0.113.1', '2001:db8::2'];
  assert.equal((await ask(chat, ann, room, '', one)).status, 101);
  assert.equal((await ask(chat, bob, room, '', one)).status, 101);
  assertRefused(await ask(chat, ann, room, '', one), 'too_many_sockets');
  // Addresses further left were written by the client and are not trusted.
  assertRefused(await ask(chat, ann, room, '', `198.51.100.7, ${one}`), 'too_many_sockets');
  assert.equal((await ask(chat, ann, room, '', two)).status, 101);
});

test('without a trusted proxy X-Forwarded-For is ignored', async (t) => {
  const { chat } = await replica(t, { SOCKETS_PER_ADDRESS: '1' });
  await untilLetIn(chat);
  const room = await house.records.room(ann);
  assert.equal((await ask(chat, ann, room, '', '203.0.113.1')).status, 101);
  assertRefused(await ask(chat, bob, room, '', '203.0.113.2'), 'too_many_sockets');
});

test('concurrent upgrades cannot exceed the limit', async (t) => {
  const { chat, wire } = await replica(t, { SOCKETS_PER_USER: '5' });
  await untilLetIn(chat);
  const room = await house.records.room(ann);
  const { held, release } = hold(wire, (path) => path === `/rooms/${room.id}`);
  const asked = Array.from({ length: 12 }, () => ask(chat, ann, room));
  await until(() => held.length > 0);
  await sleep(100);
  release();
  const answers = (await Promise.all(asked)).map(({ status }) => status);
  assert.deepEqual(held.length, 1, 'the premise: all of them waited for the same answer');
  assert.deepEqual(
    [answers.filter((status) => status === 101).length, answers.filter((status) => status === 429).length],
    [5, 7],
  );
  assert.equal(await metric(chat, 'parlance_sockets'), 5);
});

test('upgrades are refused before the first changes from the website; a browser is closed with 1013', async (t) => {
  const { chat, wire } = await replica(t);
  const { held, release } = hold(wire, (path) => path === '/changes');
  const room = await house.records.room(ann);
  await until(() => held.length === 1);
  assertRefused(await ask(chat, ann, room), 'unavailable');
  assert.equal(await (await browse(chat, ann, room)).closed(), 1013);
  assert.equal((await fetch(`${chat.internalUrl}/readyz`)).status, 503);
  release();
  await untilLetIn(chat);
  assert.equal((await ask(chat, ann, room)).status, 101);
});

test('while the website is down upgrades are refused and open sockets stay', async (t) => {
  const { chat, wire } = await replica(t);
  await untilLetIn(chat);
  const room = await house.records.room(ann);
  const inside = await house.records.join(ann, room, chat.url);
  wire.down();
  // The last answer stays fresh for 3 s.
  await until(async () => {
    const answer = await ask(chat, bob, room);
    answer.socket.destroy();
    return answer.status === 503;
  }, 10_000);
  assertRefused(await ask(chat, bob, room), 'unavailable');
  assert.equal(await (await browse(chat, bob, room)).closed(), 1013);
  assert.equal(inside.ws.readyState, inside.ws.OPEN);
  wire.up();
  await untilLetIn(chat);
  await house.records.join(bob, room, chat.url);
  await inside.next('presence.changed', ({ joined }) => joined.includes(bob.username));
});

test('when the website fails or answers off-spec, upgrades are refused and chat keeps working', async (t) => {
  const { chat, wire } = await replica(t);
  await untilLetIn(chat);
  const bodies = [
    '',
    'null',
    '[]',
    '{',
    '{"roomId":7}',
    '{"roomId":"x","room":"y","lastSeq":-1}',
    '{"keys":[{"kty":"RSA"}]}',
  ];
  const paths = ['/jwks', ...bodies.map(() => '/rooms/')];
  for (const [index, faulty] of paths.entries()) {
    const room = await house.records.room(ann);
    for (const status of [200, 500]) {
      wire.fault = async ({ path }, forward) =>
        path.startsWith(faulty) ? { status, body: bodies[index % bodies.length]! } : forward();
      assertRefused(await ask(chat, ann, room), 'unavailable');
    }
    wire.fault = undefined;
  }
  assert.equal((await ask(chat, ann, await house.records.room(ann))).status, 101);
});

test('aborted handshakes leave no room open', async (t) => {
  const { chat, wire } = await replica(t);
  await untilLetIn(chat);
  for (const how of ['reset', 'end'] as const) {
    const room = await house.records.room(ann);
    const { held, release } = hold(wire, (path) => path === `/rooms/${room.id}`);
    const headers = { Authorization: `Bearer ${await house.records.roomToken(ann, room)}` };
    const underWay = until(() => held.length > 0);
    await assert.rejects(rawUpgrade(chat.url, pathOf(room), { headers, leave: { how, when: underWay } }));
    assert.equal(held.length, 1, 'the premise: the handshake was in progress');
    release();
    await until(() => wire.calls.includes(`GET /rooms/${room.id}`));
    await sleep(50);
    await until(async () => (await metric(chat, 'parlance_rooms')) === 0);
    await until(async () => (await metric(chat, 'parlance_sockets')) === 0);
  }
});

test('a refusal after the room was opened leaves no room open', async (t) => {
  const { chat, wire } = await replica(t);
  await untilLetIn(chat);
  const room = await house.records.room(ann);
  let asked = 0;
  wire.fault = async ({ path }, forward) => {
    if (path !== `/rooms/${room.id}`) return forward();
    asked += 1;
    return asked === 1 ? forward() : 'cut';
  };
  assertRefused(await ask(chat, ann, room, `?after=7&roomId=${room.id}`), 'unavailable');
  assert.equal(asked, 2, 'the premise: the room was opened, and the end of the log was requested');
  assert.equal(await metric(chat, 'parlance_rooms'), 0);
});

test('a handshake in progress keeps the room open when the last socket closes', async (t) => {
  const { chat, wire } = await replica(t);
  await untilLetIn(chat);
  const room = await house.records.room(ann);
  const last = await house.records.join(ann, room, chat.url);
  const { held, release } = hold(wire, (path) => path === `/rooms/${room.id}`);
  const coming = ask(chat, bob, room, `?after=7&roomId=${room.id}`);
  await until(() => held.length === 1);
  await last.close();
  await until(async () => (await metric(chat, 'parlance_sockets')) === 0);
  release();
  assert.equal((await coming).status, 101);
  assert.equal(await metric(chat, 'parlance_rooms'), 1);
});

test('a session that ends during the upgrade keeps no socket', async (t) => {
  const { chat, wire } = await replica(t);
  await untilLetIn(chat);
  const members = await house.records.members(10);
  const { held, release } = hold(wire, (path) => path.startsWith('/rooms/') || path === '/changes');
  const coming = members.map(async (member) => {
    const room = await house.records.room(ann);
    const token = await house.records.roomToken(member, room);
    return openSocket(chat.url + pathOf(room), token).catch((error) => error);
  });
  await until(() => held.length === 11, 2_000);
  for (const member of members) {
    const token = await house.records.accessToken(member);
    assert.equal((await call(house.websites[0]!.url, 'DELETE', '/api/session', { token })).status, 204);
  }
  release();
  for (const result of await Promise.all(coming)) {
    if (result instanceof Refused) assert.equal(result.problem.code, 'invalid_token');
    else assert.equal(await result.closed(1_000), 4501);
  }
  await until(async () => (await metric(chat, 'parlance_rooms')) === 0);
});

test('a replica queues joinsAtOnce upgrades and refuses one more', async (t) => {
  const { wire, chat } = await replica(t);
  await untilLetIn(chat);
  const room = await house.records.room(ann);
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  t.after(() => release());
  wire.fault = async ({ path }, forward) => {
    if (path === `/rooms/${room.id}`) await held;
    return forward();
  };
  const headers = {
    ...{ host: '127.0.0.1', connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    authorization: `Bearer ${await house.records.roomToken(ann, room)}`,
  };
  // Calls the upgrade handler directly: over the network too few arrive within one turn of the event loop.
  const answers: string[] = [];
  const sockets: Duplex[] = [];
  const askInHand = () => {
    const index = sockets.length;
    answers.push('');
    const request = Object.assign(new IncomingMessage(new TcpSocket()), {
      ...{ method: 'GET', url: pathOf(room), httpVersion: '1.1', headers },
      headersDistinct: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    });
    const write = (chunk: Buffer, _encoding: string, done: () => void) => {
      answers[index] += chunk.toString();
      done();
    };
    sockets.push(new Duplex({ read: () => undefined, write }));
    void chat.chat.upgrade(request, sockets[index]!, Buffer.alloc(0));
  };
  for (let count = 0; count <= LIMITS.joinsAtOnce; count += 1) askInHand();
  await until(() => answers.some((answer) => answer !== ''));
  assert.match(answers.at(-1)!, /^HTTP\/1\.1 503 .*"code":"unavailable"/s);
  assert.equal(answers.filter((answer) => answer !== '').length, 1);
  for (const socket of sockets) socket.destroy();
});
