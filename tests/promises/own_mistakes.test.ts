// An internal error is logged, answered without its reason, and closes at most the socket on which it happens.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Broker, RoomNews } from '@parlance/chat/broker.ts';
import { type House, startHouse, untilLetIn } from '../house.ts';
import { openSocket, Refused, sleep } from '../people.ts';
import type { Member } from '../records.ts';
import { type ChatPart, startChatPart } from '../stack.ts';

/** A faulty broker: `publish` can throw, and `hear` delivers any news, even off-spec. */
let throws = false;
let hear: (news: RoomNews) => void = () => undefined;
const broken: Broker = {
  connected: true,
  stats: { published: 0, received: 0, dropped: 0, refused: 0 },
  publish: () => {
    if (throws) throw new Error('the secret inside of the broker');
  },
  subscribe: (_roomId, listener) => {
    hear = listener;
    return () => undefined;
  },
  announce: () => undefined,
  listen: () => undefined,
  close: async () => undefined,
};

let house: House;
let chat: ChatPart;
let ann: Member;

before(async () => {
  house = await startHouse();
  chat = await startChatPart(house.wires[0]!.url, {}, broken);
  await untilLetIn(chat);
  [ann] = (await house.records.members(1)) as [Member];
});
after(async () => {
  await chat.stop();
  await house.stop();
});

test('a handler that throws is answered with internal_error, without the reason', async () => {
  const room = await house.records.room(ann);
  const socket = await house.records.join(ann, room, chat.url);
  throws = true;
  socket.send({ type: 'typing.start' });
  const error = await socket.next('error');
  throws = false;
  assert.equal(error.code, 'internal_error');
  assert.ok(!JSON.stringify(error).includes('secret'));
  assert.ok(chat.text().includes('the secret inside of the broker'), 'it is logged');
  socket.say('alive');
  await socket.next('message.created');
  socket.ws.terminate();
});

test('an off-spec frame of the server is never sent: the socket is closed with 1011, the others stay open', async () => {
  const room = await house.records.room(ann);
  const [bob] = (await house.records.members(1)) as [Member];
  const stays = await house.records.join(ann, room, chat.url);
  await sleep(300);
  hear({ kind: 'presence', replica: 'other', from: 0, version: 1, joined: [42 as unknown as string], left: [] });
  await sleep(300); // the tick that would broadcast it
  const url = `${chat.url}/ws/${encodeURIComponent(room.name)}`;
  const socket = await openSocket(url, await house.records.roomToken(bob, room));
  assert.equal(await socket.closed(), 1011);
  assert.deepEqual(socket.frames, []);
  stays.say('alive');
  await stays.next('message.created');
  assert.ok(stays.frames.every((frame) => !frame.joined?.includes(42)));
});

test('an upgrade that fails because of an internal error is refused with 500', async () => {
  house.wires[0]!.fault = async (call, forward) => {
    const answer = await forward();
    if (call.path !== '/jwks') return answer;
    const keys = JSON.parse(String(answer.body)).keys.map((key: object) => ({ ...key, x: 'AAAA', y: 'AAAA' }));
    return { status: 200, body: JSON.stringify({ keys }) };
  };
  const fresh = await startChatPart(house.wires[0]!.url);
  await untilLetIn(fresh);
  const room = await house.records.room(ann);
  const url = `${fresh.url}/ws/${encodeURIComponent(room.name)}`;
  await assert.rejects(openSocket(url, await house.records.roomToken(ann, room)), (error) => {
    assert.ok(error instanceof Refused);
    assert.deepEqual([error.status, error.problem.code], [500, 'internal_error']);
    return true;
  });
  house.wires[0]!.fault = undefined;
  await fresh.stop();
});
