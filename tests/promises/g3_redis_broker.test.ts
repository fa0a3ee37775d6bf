// G3, presence and typing at two chats with a real Redis and two websites, while Redis is killed, stalled, cut off or
// loses bytes: events may be late, but none is lost.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { freePort } from '../free_port.ts';
import { type House, startHouse, until, untilLetIn } from '../house.ts';
import { call, type Json, openSocket, type Socket, sleep } from '../people.ts';
import type { Member, RecordedRoom } from '../records.ts';
import { type Link, type Redis, redisIsMissing, startLink, startRedis } from '../redis.ts';
import { SECRETS, startChatPart } from '../stack.ts';

const skip = redisIsMissing;
/** The promised time, and a margin for a busy machine. */
const PRESENCE_MS = 5_000;

let redis: Redis;
/** Each chat has a link of its own to Redis. */
let links: Link[];
let house: House;
let members: Member[];
before(async () => {
  if (skip) return;
  redis = await startRedis();
  links = [await startLink(redis.port), await startLink(redis.port)];
  house = await startHouse({ chats: 2, websites: 2, brokers: 'own', redisUrls: links.map(({ url }) => url) });
  members = await house.records.members(8);
  await connected();
});
after(async () => {
  await house?.stop();
  for (const link of links ?? []) await link.stop();
  await redis?.stop();
});

const ROOMS = 'parlance:replicas';
/** Resolves when the chats have subscribed at Redis. */
const connected = (chats = 2) =>
  until(async () => (await redis.command('PUBSUB', 'SHARDNUMSUB', ROOMS)).endsWith(`:${chats}\r\n`), 15_000);

const join = (member: Member, room: RecordedRoom, chat: number, query = '') =>
  house.records.join(member, room, house.chats[chat]!.url, query);
const count = (socket: Socket): number =>
  socket.frames.findLast(({ memberCount }) => memberCount !== undefined).memberCount;
const isEvent = ({ seq }: Json) => seq !== undefined;
const pathOf = (room: RecordedRoom, more = '') => `/api/rooms/${encodeURIComponent(room.name)}${more}`;

/** Suppresses the hints and comparisons of the websites, so that events can only arrive through Redis. */
function onlyRedisTells(): () => void {
  for (const wire of house.wires) {
    wire.fault = async (asked, forward) => {
      const answer = await forward();
      if (asked.path === '/rooms/compare') return { status: 200, body: '{"ahead":[],"gone":[]}' };
      if (asked.path !== '/changes') return answer;
      return { ...answer, body: JSON.stringify({ ...JSON.parse(String(answer.body)), appended: [] }) };
    };
  }
  return () => {
    for (const wire of house.wires) wire.fault = undefined;
  };
}

test('Redis alone carries messages, presence and typing from chat to chat', { skip }, async () => {
  const [ann, bob] = members as [Member, Member];
  const room = await house.records.room(ann);
  const restore = onlyRedisTells();
  try {
    const one = await join(ann, room, 0);
    const two = await join(bob, room, 1);
    await until(() => count(one) === 2 && count(two) === 2, PRESENCE_MS);
    one.send({ type: 'typing.start' });
    assert.deepEqual((await two.next('typing.changed')).usernames, [ann.username]);
    for (let said = 0; said < 20; said += 1) (said % 2 ? one : two).say(`message ${said}`);
    await until(() => [one, two].every((socket) => socket.seqs().length === 20));
    assert.deepEqual(one.frames.filter(isEvent), two.frames.filter(isEvent));
    assert.deepEqual((await two.next('typing.changed')).usernames, [], 'a message ends typing, also at the other chat');
    await one.close();
    await until(() => count(two) === 1, PRESENCE_MS);
  } finally {
    restore();
  }
});

test('edits, reactions, deletions, the end of a session and of a room reach both chats from either website', {
  skip,
}, async () => {
  const [ann, bob] = (await house.records.members(2)) as [Member, Member];
  const room = await house.records.room(ann);
  const witnesses = [await join(bob, room, 0), await join(bob, room, 1)];
  const token = await house.records.accessToken(ann);
  for (const [index, website] of house.websites.entries()) {
    const ask = (method: string, more: string, body?: unknown) =>
      call(website.url, method, pathOf(room, more), { token, ...(body ? { body } : {}) });
    const id = randomUUID();
    const statuses = [
      (await ask('POST', '/messages', { id, content: 'x' })).status,
      (await ask('PATCH', `/messages/${id}`, { content: 'y' })).status,
      (await ask('PUT', `/messages/${id}/reactions/${encodeURIComponent('👍')}`)).status,
      (await ask('DELETE', `/messages/${id}`)).status,
    ];
    assert.deepEqual(statuses, [201, 200, 204, 204]);
    const types = ['message.created', 'message.edited', 'reaction.added', 'message.deleted'];
    for (const socket of witnesses) {
      await until(() => socket.frames.filter(isEvent).length === 4 * (index + 1), 1_000);
      assert.deepEqual(
        socket.frames
          .filter(isEvent)
          .slice(-4)
          .map(({ type }) => type),
        types,
      );
    }
  }
  const sockets = [await join(ann, room, 0), await join(ann, room, 1)];
  await call(house.websites[0]!.url, 'DELETE', '/api/session', { token });
  for (const socket of sockets) assert.equal(await socket.closed(2_000), 4501);
  const cid = (await house.records.members(1))[0]!;
  await house.records.query('update chat_rooms set owner_id = $1 where id = $2', [cid.userId, room.id]);
  const owner = await house.records.accessToken(cid);
  assert.equal((await call(house.websites[1]!.url, 'DELETE', pathOf(room), { token: owner })).status, 204);
  for (const socket of witnesses) assert.equal(await socket.closed(2_000), 4502);
});

/** Users send at both chats and over HTTP during `faults`. Asserts that every socket gets the whole log, once and in order. */
async function talkThrough(faults: () => Promise<void>): Promise<void> {
  const rooms = [await house.records.room(members[0]!), await house.records.room(members[0]!)];
  const sockets = await Promise.all(
    rooms.map((room) => Promise.all(members.slice(0, 4).map((member, index) => join(member, room, index % 2)))),
  );
  const token = await house.records.accessToken(members[4]!);
  let over = false;
  const talking = rooms.flatMap((room, index) => [
    ...sockets[index]!.map(async (socket, chat) => {
      for (let said = 0; !over; said += 1) {
        socket.say(`${chat}: ${said}`);
        await sleep(20);
      }
    }),
    (async () => {
      for (let said = 0; !over; said += 1) {
        const body = { id: randomUUID(), content: `by HTTP ${said}` };
        const { status } = await call(house.websites[said % 2]!.url, 'POST', pathOf(room, '/messages'), {
          body,
          token,
        });
        assert.equal(status, 201);
        await sleep(100);
      }
    })(),
  ]);
  await sleep(300);
  await faults();
  await sleep(300);
  over = true;
  await Promise.all(talking);
  for (const [index, room] of rooms.entries()) {
    await until(async () => {
      const { length } = await house.records.log(room);
      await sleep(100);
      return (await house.records.log(room)).length === length;
    });
    const log = await house.records.log(room);
    assert.ok(log.length > 40, `the premise: ${log.length} messages`);
    for (const socket of sockets[index]!) {
      await until(() => socket.seqs().at(-1) === log.at(-1)!.seq, 5_000);
      const got = socket.frames
        .filter(isEvent)
        .map(({ seq, id, username, content }) => ({ seq, id, username, content }));
      assert.deepEqual(got, log);
      assert.deepEqual(
        socket.frames.filter(({ type }) => type === 'error'),
        [],
      );
      await socket.close();
    }
  }
}

test('no message is lost or repeated while Redis is killed and started again', { skip }, () =>
  talkThrough(async () => {
    await redis.kill();
    await sleep(1_500);
    await redis.start();
    await connected();
  }),
);

test('no message is lost or repeated while Redis stalls', { skip }, () =>
  talkThrough(async () => {
    redis.stall();
    await sleep(3_500);
    redis.resume();
    await connected();
  }),
);

test('no message is lost or repeated while the links to Redis are cut and lose bytes', { skip }, () =>
  talkThrough(async () => {
    for (let times = 0; times < 5; times += 1) {
      links[times % 2]!.cut();
      await sleep(150);
    }
    let chunks = 0;
    const lossy = (chunk: Buffer) => {
      chunks += 1;
      if (chunks % 5 !== 0 || chunk.length < 4) return chunk;
      const at = chunks % (chunk.length - 2);
      return Buffer.concat([chunk.subarray(0, at), chunk.subarray(at + 1 + (chunks % 2))]);
    };
    for (const link of links) link.tamper = lossy;
    await sleep(2_000);
    for (const link of links) link.tamper = undefined;
    await connected();
  }),
);

test('presence is right within 5 s after Redis returns, including joins and leaves meanwhile', { skip }, async () => {
  const room = await house.records.room(members[0]!);
  const [one, two] = [await join(members[0]!, room, 0), await join(members[1]!, room, 1)];
  const leaver = await join(members[2]!, room, 1);
  await until(() => count(one) === 3 && count(two) === 3, PRESENCE_MS);
  const elsewhere = await house.records.room(members[0]!);
  const stays = await join(members[0]!, elsewhere, 0);
  const lastOfHisRoom = await join(members[1]!, elsewhere, 1);
  await until(() => count(stays) === 2, PRESENCE_MS);

  await redis.kill();
  await until(async () =>
    house.chats.every(({ lines }) => String(lines.at(-1)?.msg).startsWith('Redis is unreachable')),
  );
  await leaver.close();
  await lastOfHisRoom.close();
  const comers = [await join(members[3]!, room, 0), await join(members[4]!, room, 1)];
  await until(() => count(one) === 4 && count(two) === 3);
  await sleep(500);
  assert.deepEqual([count(one), count(two)], [4, 3], 'the premise: neither chat knows the changes of the other');
  await redis.start();
  await until(() => [one, two, ...comers].every((socket) => count(socket) === 4) && count(stays) === 1, PRESENCE_MS);
  const late = await join(members[5]!, room, 0);
  assert.deepEqual([...late.frames[0].members].sort(), [0, 1, 3, 4, 5].map((index) => members[index]!.username).sort());
});

test('a presence update that was lost is repaired within seconds, without a new connection', { skip }, async () => {
  const room = await house.records.room(members[0]!);
  const one = await join(members[0]!, room, 0);
  const two = await join(members[1]!, room, 1);
  await until(() => count(one) === 2 && count(two) === 2, PRESENCE_MS);
  const aboutRedis = () =>
    house.chats.map(({ lines }) => lines.filter(({ msg }) => String(msg).includes('Redis')).length);
  const before = aboutRedis();
  // Every publication of chat 1 about this room is lost as a whole command; those about itself arrive.
  const lost: number[] = [];
  links[1]!.tamper = (chunk, to) => {
    if (to !== 'server' || !chunk.includes(`parlance:room:${room.id}`)) return chunk;
    const kept = withoutCommandsOf(chunk, `parlance:room:${room.id}`);
    lost.push(chunk.length - kept.length);
    return kept;
  };
  const comer = await join(members[2]!, room, 1);
  await sleep(300);
  links[1]!.tamper = undefined;
  assert.ok(
    lost.some((bytes) => bytes > 0),
    'the premise: something was lost',
  );
  await until(() => count(one) === 3, PRESENCE_MS);
  await comer.close();
  await until(() => count(one) === 2, PRESENCE_MS);
  assert.deepEqual(aboutRedis(), before, 'no chat has reconnected');
});

/** The bytes without the commands (RESP arrays of bulk strings) that publish to the channel. */
function withoutCommandsOf(chunk: Buffer, channel: string): Buffer {
  const text = chunk.toString('latin1');
  const commands = text.split(/(?=\*3\r\n\$8\r\nSPUBLISH\r\n)/);
  // Redis must answer each command, so each is replaced by a publication to a channel without subscribers.
  const other = '*3\r\n$8\r\nSPUBLISH\r\n$7\r\nnowhere\r\n$1\r\nx\r\n';
  return Buffer.from(
    commands
      .map((command) => (command.includes(`\r\n${channel}\r\n`) && command.includes('SPUBLISH') ? other : command))
      .join(''),
    'latin1',
  );
}

test('the users of a killed or stopped chat leave within 5 s, and return when it continues', { skip }, async (t) => {
  const room = await house.records.room(members[0]!);
  const one = await join(members[0]!, room, 0);
  const [port, internalPort] = [await freePort(), await freePort()];
  const environment = {
    PATH: process.env.PATH,
    ...SECRETS,
    WEBSITE_URL: house.websites[1]!.internalUrl,
    REDIS_URL: redis.url,
    HOST: '127.0.0.1',
    PORT: String(port),
    INTERNAL_PORT: String(internalPort),
  };
  const chat = spawn(process.execPath, [new URL('../../chat/app/main.ts', import.meta.url).pathname], {
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  t.after(() => chat.kill('SIGKILL'));
  const ready = () =>
    fetch(`http://127.0.0.1:${internalPort}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(ready, 60_000);
  const enter = async (member: Member) => {
    const url = `ws://127.0.0.1:${port}/ws/${encodeURIComponent(room.name)}`;
    for (;;) {
      const socket = await openSocket(url, await house.records.roomToken(member, room)).catch(() => sleep(50));
      if (socket) return socket;
    }
  };
  await enter(members[1]!);
  await enter(members[2]!);
  await until(() => count(one) === 3, 10_000);

  chat.kill('SIGSTOP');
  await until(() => count(one) === 1, PRESENCE_MS + 1_000);
  chat.kill('SIGCONT');
  await until(() => count(one) === 3, PRESENCE_MS);

  const began = performance.now();
  chat.kill('SIGKILL');
  await once(chat, 'exit');
  await until(() => count(one) === 1, PRESENCE_MS + 1_000);
  t.diagnostic(`left after ${Math.round(performance.now() - began)} ms`);
});

test('a chat that shuts down announces it: its users are gone at once', { skip }, async () => {
  const [ann, bob] = members as [Member, Member];
  const room = await house.records.room(ann);
  const one = await join(ann, room, 0);
  const stops = await startChatPart(house.websites[0]!.internalUrl, { REDIS_URL: redis.url });
  await untilLetIn(stops);
  await connected(3);
  await house.records.join(bob, room, stops.url);
  await until(() => count(one) === 2, PRESENCE_MS);
  await stops.stop();
  // Without the announcement it would take 3.5 s.
  await until(() => count(one) === 1, 3_000);
});
