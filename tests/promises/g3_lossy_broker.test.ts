// G3 with a broker that loses, repeats, delays and reorders what it carries between replicas, while users send at both
// replicas and over HTTP.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Broker } from '@parlance/chat/broker.ts';
import { LocalHub } from '@parlance/chat/broker.ts';
import { applyEvent, type RoomEvent } from '@parlance/client';
import { type House, startHouse, until, untilLetIn } from '../house.ts';
import { call, type Json, type Socket, sleep } from '../people.ts';
import type { Member, RecordedRoom } from '../records.ts';
import { type ChatPart, startChatPart } from '../stack.ts';

let seed = 20261121;
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};
const met = { lost: 0, repeated: 0, delayed: 0, passed: 0 };

/** A third is lost, a third is delayed and so out of order, a sixth is repeated, a sixth passes unchanged. */
function lossy(broker: Broker): Broker {
  const fates: [keyof typeof met, (publish: () => void) => void][] = [
    ['lost', () => undefined],
    ['delayed', (publish) => void setTimeout(publish, random() * 120)],
    ['passed', (publish) => publish()],
    ['lost', () => undefined],
    ['delayed', (publish) => void setTimeout(publish, random() * 120)],
    [
      'repeated',
      (publish) => {
        publish();
        publish();
      },
    ],
  ];
  let turn = 0;
  return {
    ...broker,
    publish: (roomId, event) => {
      turn += 1;
      const [fate, act] = fates[turn % fates.length]!;
      met[fate] += 1;
      act(() => broker.publish(roomId, event));
    },
  };
}

let house: House;
let chats: ChatPart[];
let members: Member[];
before(async () => {
  house = await startHouse({ chats: 0, websites: 2 });
  const hub = new LocalHub();
  chats = await Promise.all(
    house.websites.map(({ internalUrl }) =>
      startChatPart(internalUrl, { MESSAGES_PER_10S: '100000' }, lossy(hub.connect())),
    ),
  );
  await Promise.all(chats.map(untilLetIn));
  members = await house.records.members(6);
});
after(async () => {
  await Promise.all(chats.map((chat) => chat.stop()));
  await house.stop();
});

const join = (member: Member, room: RecordedRoom, chat: number, query = '') =>
  house.records.join(member, room, chats[chat]!.url, query);
const created = (socket: Socket): Json[] => socket.frames.filter(({ type }) => type === 'message.created');

/** How many of its own messages the socket with this index has received. */
const own = (socket: Socket, index: number) =>
  created(socket).filter(({ content }) => content.startsWith(`${index}: `)).length;

test('every socket at every replica gets every message once and in the order of the log', async () => {
  const rooms = [await house.records.room(members[0]!), await house.records.room(members[0]!)];
  const each = 80;
  const talking = rooms.map(async (room) => {
    const sockets = await Promise.all(members.map((member, index) => join(member, room, index % 2)));
    const late: Socket[] = [];
    await Promise.all([
      ...sockets.map(async (socket, index) => {
        for (let said = 0; said < each; said += 1) {
          await until(() => said - own(socket, index) < 40, 10_000);
          socket.say(`${index}: ${said}`);
          if (random() < 0.3) await sleep(random() * 20);
        }
      }),
      ...members.slice(0, 3).map(async (member, index) => {
        await sleep(50 + 100 * index);
        const seen = sockets[index]!.seqs().at(-1) ?? 0;
        late.push(await join(member, room, (index + 1) % 2, `?after=${seen}&roomId=${room.id}`));
      }),
    ]);
    const total = each * members.length;
    for (const socket of [...sockets, ...late]) await until(() => socket.seqs().at(-1) === total, 10_000);
    const log = (await house.records.log(room)).map(({ seq, id, username, content }) => ({
      seq,
      id,
      username,
      content,
    }));
    assert.deepEqual(
      log.map(({ seq }) => seq),
      Array.from({ length: total }, (_, index) => index + 1),
    );
    for (const socket of [...sockets, ...late]) {
      const got = created(socket).map(({ seq, id, username, content }) => ({ seq, id, username, content }));
      assert.deepEqual(got, log.slice(got[0]!.seq - 1));
    }
    for (const socket of sockets) assert.ok(socket.frames.every(({ type }) => type !== 'error'));
    for (const socket of late) assert.equal(socket.frames[0].resumed, true);
  });
  await Promise.all(talking);
  for (const [fate, times] of Object.entries(met)) assert.ok(times > 3, `the premise: ${fate} ${times} times`);
});

test('messages sent over HTTP reach the sockets at every replica at once, without the broker', async () => {
  const room = await house.records.room(members[0]!);
  const sockets = [await join(members[1]!, room, 0), await join(members[1]!, room, 1)];
  const token = await house.records.accessToken(members[0]!);
  let slowest = 0;
  for (let said = 0; said < 15; said += 1) {
    const message = { id: randomUUID(), content: `by HTTP ${said}` };
    const path = `/api/rooms/${encodeURIComponent(room.name)}/messages`;
    const answer = await call(house.websites[said % 2]!.url, 'POST', path, { body: message, token });
    assert.equal(answer.status, 201);
    const began = performance.now();
    for (const socket of sockets) {
      const frame = await socket.next('message.created', ({ id }) => id === message.id);
      assert.deepEqual(applyEvent([], frame as RoomEvent), [answer.body]);
    }
    slowest = Math.max(slowest, performance.now() - began);
  }
  assert.ok(slowest < 500, `the slowest took ${slowest} ms: found by comparison with the log, not announced`);
});
