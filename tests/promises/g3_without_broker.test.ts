// Several chats without a broker, or with one that is down: the websites send hints, which tell each chat the last seq of
// a log, so that events arrive quickly. They send none when one chat is alone or a broker connects the chats.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, type TestContext, test } from 'node:test';
import { type House, startHouse, until } from '../house.ts';
import { call, type Socket, sleep } from '../people.ts';
import type { Member, RecordedRoom } from '../records.ts';
import { type Redis, redisIsMissing, startRedis } from '../redis.ts';

let redis: Redis | undefined;
after(() => redis?.stop());

type Options = Parameters<typeof startHouse>[0];

interface Scene {
  house: House;
  ann: Member;
  room: RecordedRoom;
  /** One socket at each chat. */
  sockets: Socket[];
  /** The rooms in the hints so far, one entry per notification. */
  hints: string[][];
}

/** A house whose comparisons with the log find nothing, so that events arrive only by broker or hint. */
async function scene(t: TestContext, options: Options): Promise<Scene> {
  const house = await startHouse(options);
  t.after(() => house.stop());
  for (const wire of house.wires) {
    wire.fault = async ({ path }, forward) =>
      path === '/rooms/compare' ? { status: 200, body: '{"ahead":[],"gone":[]}' } : forward();
  }
  const listener = await house.records.connection();
  t.after(() => listener.end());
  const hints: string[][] = [];
  listener.on('notification', ({ payload }) => {
    const change = JSON.parse(payload!);
    if (change.kind !== 'ahead') return;
    assert.ok(Buffer.byteLength(payload!) < 8_000);
    hints.push(change.rooms.map(([roomId]: [string]) => roomId));
  });
  await listener.query('listen parlance_changes');
  const [ann] = (await house.records.members(1)) as [Member];
  const room = await house.records.room(ann);
  const sockets = await Promise.all(house.chats.map(({ url }) => house.records.join(ann, room, url)));
  // By then each chat has reported itself and the state of its broker.
  await sleep(1_500);
  return { house, ann, room, sockets, hints };
}

const arrives = (socket: Socket, id: string) => until(() => socket.frames.some((frame) => frame.id === id), 5_000);

/** How long each of `times` messages took from one chat to the other, in ms, ascending. */
async function delays([one, two]: Socket[], times: number): Promise<number[]> {
  const took: number[] = [];
  for (let said = 0; said < times; said += 1) {
    const [from, to] = said % 2 ? [one!, two!] : [two!, one!];
    const id = from.say(`message ${said}`);
    await arrives(from, id);
    const began = performance.now();
    await arrives(to, id);
    took.push(performance.now() - began);
    await sleep(20);
  }
  return took.sort((a, b) => a - b);
}

test('without Redis the median event takes less than 100 ms from chat to chat, with one website and with two', async (t) => {
  for (const websites of [1, 2]) {
    const { sockets } = await scene(t, { chats: 2, websites, brokers: 'own' });
    let took = await delays(sockets, 31);
    // A busy machine may delay hints once, so the test retries; without hints every attempt would fail.
    for (let more = 0; more < 3 && (took[15]! >= 100 || took[30]! >= 1_500); more += 1)
      took = await delays(sockets, 31);
    t.diagnostic(`${websites} website(s): median ${Math.round(took[15]!)} ms, slowest ${Math.round(took[30]!)} ms`);
    assert.ok(took[15]! < 100, `median ${took[15]} ms`);
    assert.ok(took[30]! < 1_500, `slowest ${took[30]} ms`);
    assert.deepEqual(
      sockets[0]!.frames.filter(({ seq }) => seq),
      sockets[1]!.frames.filter(({ seq }) => seq),
    );
  }
});

test('events that are stored together are announced together, each room once', async (t) => {
  const { house, ann, hints } = await scene(t, { chats: 2, websites: 2, brokers: 'own' });
  const rooms = await Promise.all(Array.from({ length: 150 }, () => house.records.room(ann)));
  const messages = [...rooms, ...rooms].map(({ id: roomId }) => ({
    roomId,
    id: randomUUID(),
    username: ann.username,
    sid: ann.sid,
    content: 'x',
  }));
  const before = hints.length;
  const answer = await fetch(`${house.websites[0]!.internalUrl}/internal/messages`, {
    method: 'POST',
    headers: { authorization: 'Bearer internal-secret-of-the-tests', 'content-type': 'application/json' },
    body: JSON.stringify({ messages, wait: false }),
  });
  assert.equal(answer.status, 200);
  await until(() => hints.slice(before).flat().length >= rooms.length);
  await sleep(200);
  const since = hints.slice(before);
  assert.deepEqual(since.flat().sort(), rooms.map(({ id }) => id).sort());
  assert.ok(since.length <= 3, `${since.length} notifications`);
});

test('the websites send no hints to a single chat, or to chats that a broker connects', async (t) => {
  for (const options of [
    { chats: 1, brokers: 'own' },
    { chats: 2, websites: 2, brokers: 'shared' },
  ] satisfies Options[]) {
    const { house, ann, room, sockets, hints } = await scene(t, options);
    for (let said = 0; said < 5; said += 1) {
      const id = sockets[0]!.say(`message ${said}`);
      for (const socket of sockets) await arrives(socket, id);
      await sleep(50);
    }
    assert.deepEqual(hints, [], JSON.stringify(options));
    // Shows that the listener works: a message sent over HTTP is announced.
    const path = `/api/rooms/${encodeURIComponent(room.name)}/messages`;
    const body = { id: randomUUID(), content: 'by HTTP' };
    await call(house.websites[0]!.url, 'POST', path, { token: await house.records.accessToken(ann), body });
    await until(() => hints.length > 0);
  }
});

test('hints start when Redis dies, and stop when it is back', { skip: redisIsMissing }, async (t) => {
  redis = await startRedis();
  const { house, room, sockets, hints } = await scene(t, {
    chats: 2,
    websites: 2,
    brokers: 'own',
    redisUrls: [redis.url, redis.url],
  });
  const say = async (content: string) => {
    const id = sockets[0]!.say(content);
    for (const socket of sockets) await arrives(socket, id);
  };
  await say('by Redis');
  assert.deepEqual(hints, []);
  await redis.kill();
  await until(() => house.chats.every(({ text }) => text().includes('Redis is unreachable')));
  await sleep(1_500);
  await say('by a hint');
  assert.deepEqual(hints, [[room.id]]);
  await redis.start();
  await until(() => house.chats.every(({ text }) => text().includes('reconnected to Redis')));
  await sleep(1_500);
  await say('by Redis again');
  await sleep(100);
  assert.deepEqual(hints, [[room.id]]);
});

test('edits, deletions and reactions over HTTP reach both chats from either website', async (t) => {
  const { house, ann, room, sockets } = await scene(t, { chats: 2, websites: 2, brokers: 'own' });
  const token = await house.records.accessToken(ann);
  for (const { url } of house.websites) {
    const id = randomUUID();
    const path = `/api/rooms/${encodeURIComponent(room.name)}/messages`;
    await call(url, 'POST', path, { token, body: { id, content: 'x' } });
    await call(url, 'PATCH', `${path}/${id}`, { token, body: { content: 'y' } });
    await call(url, 'PUT', `${path}/${id}/reactions/${encodeURIComponent('👍')}`, { token });
    await call(url, 'DELETE', `${path}/${id}`, { token });
    for (const socket of sockets)
      await until(() =>
        socket.frames.filter(({ type }) => type === 'message.deleted').some(({ messageId }) => messageId === id),
      );
  }
  for (const socket of sockets) {
    assert.deepEqual(
      socket.frames.flatMap(({ seq }) => seq ?? []),
      [1, 2, 3, 4, 5, 6, 7, 8],
    );
  }
});
