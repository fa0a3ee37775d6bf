// Why chat closes sockets: protocol errors, floods, too many off-spec frames. Also that a closed socket leaves nothing
// behind.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { type House, metric, startHouse, until, untilLetIn } from '../../tests/house.ts';
import { type Socket, sleep } from '../../tests/people.ts';
import type { Member, RecordedRoom } from '../../tests/records.ts';
import { type ChatPart, startChatPart } from '../../tests/stack.ts';
import { rawUpgrade } from './raw_upgrade.ts';

let house: House;
/** A chat with the default limits; house.chats[0] has higher message limits. */
let strict: ChatPart;
let ann: Member;
let bob: Member;
let room: RecordedRoom;
before(async () => {
  house = await startHouse();
  strict = await startChatPart(house.wires[0]!.url);
  await untilLetIn(strict);
});
after(async () => {
  await strict.stop();
  await house.stop();
});
beforeEach(async () => {
  [ann, bob] = (await house.records.members(2)) as [Member, Member];
  room = await house.records.room(ann);
});

const join = (member: Member, where = room, chat = strict) => house.records.join(member, where, chat.url);
/** A frame as bytes on the wire, masked with zeros (RFC 6455 §5.2). */
function frame(
  opcode: number,
  payload: Uint8Array,
  { fin = true, masked = true, length = payload.length } = {},
): Buffer {
  const [first, mask] = [(fin ? 0x80 : 0) | opcode, masked ? 0x80 : 0];
  const head = length < 126 ? Buffer.from([first, mask | length]) : Buffer.alloc(length < 65_536 ? 4 : 10);
  if (length >= 126 && length < 65_536) head.writeUInt16BE(length, head.writeUInt8(mask | 126, head.writeUInt8(first)));
  if (length >= 65_536) head.writeBigUInt64BE(BigInt(length), head.writeUInt8(mask | 127, head.writeUInt8(first)));
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0), payload]);
}
const raw = (socket: Socket) => (socket.ws as unknown as { _socket: import('node:net').Socket })._socket;

test('a binary frame closes with 1003', async () => {
  const socket = await join(ann);
  socket.ws.send(Buffer.from('{"type":"typing.start"}'));
  assert.equal(await socket.closed(), 1003);
});

test('a close by the client is echoed with its code', async () => {
  for (const [code, reason] of [
    [1000, ''],
    [1008, ''],
    [1008, 'policy'],
    [4999, 'done'],
  ] as const) {
    const socket = await join(ann);
    socket.ws.close(code, reason);
    assert.equal(await socket.closed(), code);
  }
});

test('text that is not UTF-8 closes with 1007', async () => {
  for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc0, 0xaf]]) {
    const socket = await join(ann);
    raw(socket).write(frame(1, Buffer.from([0x22, ...bytes, 0x22])));
    assert.equal(await socket.closed(), 1007, String(bytes));
  }
});

test('a message over 64 KiB closes with 1009, in one frame, in fragments or only announced, and so do endless fragments', async () => {
  const large = Buffer.alloc(LIMITS.bodyMax + 1, ' ');
  const ways: ((socket: Socket) => void)[] = [
    (socket) => socket.ws.send(large.toString()),
    (socket) => raw(socket).write(frame(1, Buffer.alloc(0), { length: 2 ** 40 })),
    (socket) => {
      raw(socket).write(frame(1, large.subarray(0, 40_000), { fin: false }));
      raw(socket).write(frame(0, large.subarray(40_000)));
    },
    (socket) => {
      raw(socket).write(frame(1, Buffer.alloc(0), { fin: false }));
      raw(socket).write(Buffer.concat(Array.from({ length: 2_000 }, () => frame(0, Buffer.alloc(0), { fin: false }))));
    },
  ];
  for (const way of ways) {
    const socket = await join(ann);
    way(socket);
    assert.equal(await socket.closed(), 1009);
  }
});

test('protocol errors close with 1002', async () => {
  const faults = [
    frame(3, Buffer.alloc(0)),
    frame(1, Buffer.from('{}'), { masked: false }),
    frame(0, Buffer.from('{}')),
    frame(9, Buffer.alloc(126)),
    frame(9, Buffer.alloc(1), { fin: false }),
    frame(8, Buffer.alloc(1)),
    Buffer.from([0xc1, 0x80, 0, 0, 0, 0]),
    Buffer.concat([frame(1, Buffer.from('{'), { fin: false }), frame(1, Buffer.from('}'))]),
  ];
  for (const bytes of faults) {
    const socket = await join(ann);
    raw(socket).write(bytes);
    assert.equal(await socket.closed(), 1002, bytes.toString('hex'));
  }
});

test('a close is answered with the same code; a reserved code closes with 1002', async () => {
  const polite = await join(ann);
  polite.ws.close(1000, 'bye');
  assert.equal(await polite.closed(), 1000);
  const rude = await join(ann);
  raw(rude).write(frame(8, Buffer.from([0x03, 0xed])));
  assert.equal(await rude.closed(), 1002);
});

test('five off-spec frames in a minute are answered with an error, the sixth closes with 4500', async () => {
  const socket = await join(ann);
  for (let sent = 0; sent < LIMITS.offSpecPerMinute + 1; sent += 1) socket.send(sent % 2 ? '{' : '{"type":"nope"}');
  socket.say('too late');
  assert.equal(await socket.closed(), 4500);
  assert.equal(socket.frames.filter(({ type }) => type === 'error').length, LIMITS.offSpecPerMinute);
  assert.deepEqual(await house.records.log(room), []);
});

test('more than framesPer10s frames close with 4002, pings included', async () => {
  const kinds: ((socket: Socket) => void)[] = [
    (socket) => socket.send({ type: 'typing.start' }),
    (socket) => socket.ws.ping(),
  ];
  for (const send of kinds) {
    const socket = await join(ann);
    for (let sent = 0; sent < LIMITS.framesPer10s; sent += 1) send(socket);
    await sleep(50);
    assert.equal(socket.ws.readyState, socket.ws.OPEN, 'the premise: the limit itself is allowed');
    send(socket);
    assert.equal(await socket.closed(), 4002);
  }
});

test('messages are rate limited per user and room, over all sockets; the error says when to retry', async () => {
  const [one, two] = [await join(ann), await join(ann)];
  for (let said = 0; said < LIMITS.messagesPer10s; said += 1) (said % 2 ? one : two).say(`message ${said}`);
  await until(() => one.seqs().length === LIMITS.messagesPer10s);
  const id = two.say('one too many');
  const { detail, ...error } = await two.next('error');
  assert.ok(error.retryAfterMs > 0 && error.retryAfterMs <= 10_000);
  assert.deepEqual(error, { type: 'error', code: 'rate_limited', refId: id, retryAfterMs: error.retryAfterMs });
  const elsewhere = await join(ann, await house.records.room(ann));
  elsewhere.say('another room');
  await elsewhere.next('message.created');
  const other = await join(bob);
  other.say('another user');
  await other.next('message.created', ({ username }) => username === bob.username);
  const log = (await house.records.log(room)).map(({ content }) => content);
  assert.equal(log.length, LIMITS.messagesPer10s + 1);
  assert.ok(!log.includes('one too many'));
});

test('a socket may have unansweredMax messages in flight; one more is refused and can be retried', async () => {
  const chat = house.chats[0]!;
  const [own, other] = [await join(ann, room, chat), await join(ann, room, chat)];
  const { promise, resolve } = Promise.withResolvers<void>();
  house.wires[0]!.fault = async ({ path }, forward) => {
    if (path === '/messages') await promise;
    return forward();
  };
  for (let said = 0; said < LIMITS.unansweredMax; said += 1) own.say(`message ${said}`);
  const id = own.say('one too many');
  const error = await own.next('error');
  assert.deepEqual([error.code, error.refId, error.retryAfterMs], ['outbox_full', id, 1_000]);
  other.say('another socket');
  resolve();
  await own.next('message.created', ({ content }) => content === 'another socket');
  own.say('one too many', id);
  assert.equal((await own.next('message.created', (one) => one.id === id)).seq, LIMITS.unansweredMax + 2);
  house.wires[0]!.fault = undefined;
});

test('however a socket ends, its connection, room and presence are removed', async () => {
  const [sockets, rooms] = [await metric(strict, 'parlance_sockets'), await metric(strict, 'parlance_rooms')];
  const witness = await join(bob);
  const ends: ((socket: Socket) => void)[] = [
    (socket) => socket.ws.close(),
    (socket) => socket.ws.terminate(),
    (socket) => raw(socket).resetAndDestroy(),
    (socket) => raw(socket).end(),
    (socket) => socket.ws.send(Buffer.alloc(1)),
    (socket) => {
      raw(socket).write(frame(1, Buffer.alloc(100), { length: 60_000 }), () => raw(socket).resetAndDestroy());
    },
    (socket) => {
      socket.say('and gone');
      socket.ws.terminate();
    },
  ];
  const members = await house.records.members(ends.length);
  const named = (list: 'joined' | 'left') => witness.frames.flatMap((one) => one[list] ?? []).toSorted();
  const usernames = members.map(({ username }) => username).toSorted();
  const open = await Promise.all(members.map((member) => join(member)));
  await until(() => usernames.every((username) => named('joined').includes(username)));
  for (const [index, end] of ends.entries()) end(open[index]!);
  await until(() => named('left').length >= ends.length);
  assert.deepEqual(named('left'), usernames);
  assert.equal(witness.frames.findLast(({ type }) => type === 'presence.changed').memberCount, 1);
  await witness.close();
  await until(async () => (await metric(strict, 'parlance_sockets')) === sockets);
  await until(async () => (await metric(strict, 'parlance_rooms')) === rooms);
});

test('a frame sent together with the upgrade request is handled', async () => {
  const token = await house.records.roomToken(ann, room);
  const { socket } = await rawUpgrade(strict.url, `/ws/${encodeURIComponent(room.name)}`, {
    headers: { Authorization: `Bearer ${token}` },
    rest: frame(1, Buffer.from('{"type":"typing.start"}')),
  });
  let heard = '';
  socket.on('data', (chunk) => {
    heard += chunk;
  });
  await until(() => heard.includes(`"usernames":["${ann.username}"]`));
  socket.destroy();
});
