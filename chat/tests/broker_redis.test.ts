// The broker over a real Redis: which replica receives which notification, and what happens when Redis is down, stalled
// or hostile, or the link loses bytes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ReplicaNews, RoomNews } from '@parlance/chat/broker.ts';
import { RedisBroker } from '@parlance/chat/broker_redis.ts';
import { until } from '../../tests/house.ts';
import { sleep } from '../../tests/people.ts';
import { type Link, type Redis, redisIsMissing, startLink, startRedis } from '../../tests/redis.ts';
import { type LogLines, recordLog } from '../../tests/stack.ts';

const SECRET = 'the secret that replicas share';
const ROOM = randomUUID();
const typing = (username: string): RoomNews => ({ kind: 'typing', username });
const skip = redisIsMissing;

let redis: Redis;
let link: Link;
before(async () => {
  if (skip) return;
  redis = await startRedis();
  link = await startLink(redis.port);
});
after(async () => {
  await link?.stop();
  await redis?.stop();
});

interface Replica {
  broker: RedisBroker;
  heard: string[];
  announced: ReplicaNews[];
  connections: number;
  recorded: LogLines;
}

const open: RedisBroker[] = [];
after(() => Promise.all(open.map((broker) => broker.close())));

function replica(options: { url?: string; secret?: string; rooms?: string[] } = {}): Replica {
  const recorded = recordLog();
  const { url = redis.url, secret = SECRET, rooms = [ROOM] } = options;
  const broker = new RedisBroker({ url, secret, replica: randomUUID(), log: recorded.log });
  open.push(broker);
  const self: Replica = { broker, heard: [], announced: [], connections: 0, recorded };
  broker.listen({ announced: (news) => self.announced.push(news), connected: () => (self.connections += 1) });
  for (const roomId of rooms)
    broker.subscribe(roomId, (news) => self.heard.push((news as { username: string }).username));
  return self;
}

/** Resolves when `one` and `other` are connected. */
async function inTouch(one: Replica, other: Replica): Promise<void> {
  await until(() => one.broker.connected && other.broker.connected, 10_000);
}

test('a notification reaches every other replica that subscribed to the room, an announcement every other replica', {
  skip,
}, async () => {
  const other = randomUUID();
  const [a, b, c, d] = [replica(), replica(), replica(), replica({ rooms: [other] })] as const;
  for (const peer of [b, c, d]) await inTouch(a, peer);
  a.broker.publish(ROOM, typing('ann'));
  a.broker.publish(other, typing('bob'));
  a.broker.announce({ replica: randomUUID(), rooms: [] });
  for (const peer of [b, c, d]) await until(() => peer.announced.length === 1);
  assert.deepEqual([a.heard, b.heard, c.heard, d.heard], [[], ['ann'], ['ann'], ['bob']]);
  assert.deepEqual(a.announced, []);
});

test('an ended subscription receives nothing; a new one for the same room receives at once', { skip }, async () => {
  const [a, b] = [replica(), replica({ rooms: [] })];
  await inTouch(a, b);
  const heard: string[] = [];
  const subscribe = () => b.broker.subscribe(ROOM, (news) => heard.push((news as { username: string }).username));
  const end = subscribe();
  end();
  const endAgain = subscribe();
  end();
  await until(() => {
    a.broker.publish(ROOM, typing('ann'));
    return heard.length > 0;
  });
  endAgain();
  const before = heard.length;
  a.broker.publish(ROOM, typing('bob'));
  await sleep(50);
  assert.equal(heard.slice(before).filter((name) => name === 'bob').length, 0);
});

test('notifications are dropped while Redis is down; when it is back, all rooms are subscribed, new ones included', {
  skip,
}, async () => {
  const [a, b] = [replica(), replica()];
  await inTouch(a, b);
  await redis.kill();
  await until(() => !a.broker.connected && !b.broker.connected);
  const late = randomUUID();
  b.broker.subscribe(late, (news) => b.heard.push((news as { username: string }).username));
  for (let index = 0; index < 1_000; index += 1) a.broker.publish(ROOM, typing(`lost-${index}`));
  await redis.start();
  await inTouch(a, b);
  a.broker.publish(ROOM, typing('ann'));
  a.broker.publish(late, typing('bob'));
  await until(() => b.heard.length === 2);
  assert.deepEqual(b.heard.sort(), ['ann', 'bob']);
  assert.deepEqual([a.connections, b.connections], [2, 2]);
  assert.deepEqual(
    a.recorded.lines.map(({ msg }) => msg),
    ['Redis is unreachable; events of other replicas arrive late', 'reconnected to Redis'],
  );
});

test('the connection to a stalled Redis is dropped within seconds; until then publish does not block and the backlog is bounded', {
  skip,
}, async () => {
  const [a, b] = [replica(), replica()];
  await inTouch(a, b);
  redis.stall();
  try {
    const text = 'x'.repeat(100_000);
    const began = performance.now();
    for (let index = 0; index < 1_000; index += 1) a.broker.publish(ROOM, typing(text));
    assert.ok(performance.now() - began < 5_000);
    assert.equal(a.broker.connected, true, 'the premise: the stall is not noticed yet');
    await until(() => !a.broker.connected && !b.broker.connected, 10_000);
    const cause = (replica: Replica) => (replica.recorded.lines[0] as { err: { message: string } }).err.message;
    assert.equal(cause(a), 'the backlog of Redis is full', '100 MB were published, 16 MiB were kept');
    assert.equal(cause(b), 'Redis does not answer');
  } finally {
    redis.resume();
  }
  await inTouch(a, b);
  a.broker.publish(ROOM, typing('ann'));
  await until(() => b.heard.includes('ann'));
});

test('payloads that no replica signed are dropped without effect and logged at most once a second', {
  skip,
}, async () => {
  const [a, b, stranger] = [replica(), replica(), replica({ secret: 'another secret than theirs' })];
  await inTouch(a, b);
  await inTouch(a, stranger);
  const channel = `parlance:room:${ROOM}`;
  const sender = randomUUID();
  const garbage = [
    '',
    'garbage',
    `${sender}${'A'.repeat(22)}{"kind":"typing","username":"mallory"}`,
    '\u0000'.repeat(100),
  ];
  const began = performance.now();
  for (let index = 0; index < 50; index += 1) await redis.command('SPUBLISH', channel, garbage[index % 4]!);
  await redis.command('SPUBLISH', 'parlance:replicas', '{}');
  stranger.broker.publish(ROOM, typing('mallory'));
  a.broker.publish(ROOM, { kind: 'unknown' } as unknown as RoomNews);
  a.broker.publish(ROOM, { kind: 'events', events: [{ type: 'message.created', seq: 1 }] } as unknown as RoomNews);
  a.broker.announce({ replica: 'nobody', rooms: 7 } as unknown as ReplicaNews);
  a.broker.publish(ROOM, typing('ann'));
  await until(() => b.heard.includes('ann'));
  assert.deepEqual([b.heard, b.announced, stranger.heard], [['ann'], [], []]);
  const dropped = b.recorded.lines.filter(({ msg }) => String(msg).includes('dropped'));
  const seconds = (performance.now() - began) / 1_000;
  assert.ok(dropped.length >= 1 && dropped.length <= seconds + 2, `${dropped.length} lines in ${seconds} s`);
  assert.equal(b.connections, 1);
});

test('a chat that was never connected to Redis counts no publication as dropped', async () => {
  const { log, lines } = recordLog('debug');
  const broker = new RedisBroker({ url: 'unix:///nowhere/redis.sock', secret: SECRET, replica: randomUUID(), log });
  open.push(broker);
  await until(() => lines.some(({ msg }) => msg === 'the socket of Redis does not exist'));
  broker.publish(ROOM, typing('ann'));
  assert.equal(broker.stats.dropped, 0);
});

test('a payload signed for one room is dropped in another', { skip }, async () => {
  const other = randomUUID();
  const [a, b] = [replica({ rooms: [] }), replica({ rooms: [ROOM, other] })];
  const spy = replica({ rooms: [] });
  await inTouch(a, b);
  await inTouch(a, spy);
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  // biome-ignore lint/suspicious/noExplicitAny: a raw subscription receives payloads as they were sent
  const { createClient } = (await import('@redis/client')) as any;
  const client = await createClient({ url: redis.url }).connect();
  await client.sSubscribe(`parlance:room:${ROOM}`, resolve, true);
  a.broker.publish(ROOM, typing('ann'));
  const payload = await promise;
  await client.sPublish(`parlance:room:${other}`, payload);
  await client.sPublish(`parlance:room:${ROOM}`, payload);
  a.broker.publish(ROOM, typing('bob'));
  await until(() => b.heard.includes('bob'));
  assert.deepEqual(b.heard, ['ann', 'ann', 'bob'], 'repeated only in its own room');
  client.destroy();
});

test('a link that loses bytes drops connections, and never delivers a corrupted notification', { skip }, async () => {
  const a = replica();
  const b = replica({ url: link.url });
  await inTouch(a, b);
  let chunks = 0;
  link.tamper = (chunk) => {
    chunks += 1;
    if (chunks % 7 !== 0 || chunk.length < 3) return chunk;
    const at = 1 + (chunks % (chunk.length - 2));
    return Buffer.concat([chunk.subarray(0, at), chunk.subarray(at + 1 + (chunks % 3))]);
  };
  const wrote = new Set<string>();
  for (let index = 0; index < 300; index += 1) {
    const name = `user-${index}`;
    wrote.add(name);
    a.broker.publish(ROOM, typing(name));
    await sleep(10);
  }
  link.tamper = undefined;
  assert.ok(b.heard.length > 10, `the premise: ${b.heard.length} came through`);
  assert.ok(b.connections > 1 || b.recorded.text().includes('dropped'), 'the premise: some did not');
  for (const name of b.heard) assert.ok(wrote.has(name), name);
  await inTouch(a, b);
  await until(() => {
    a.broker.publish(ROOM, typing('last'));
    return b.heard.includes('last');
  }, 10_000);
});

test('a malformed URL of Redis is a StartError that does not repeat the URL', { skip: false }, () => {
  const log = recordLog().log;
  for (const url of ['redis://user:%zz-hidden@127.0.0.1:1', 'redis://:hidden@127.0.0.1:1/name']) {
    assert.throws(
      () => new RedisBroker({ url, secret: SECRET, replica: randomUUID(), log }),
      (error: Error) => error.name === 'StartError' && !error.message.includes('hidden'),
    );
  }
});

test('a missing Unix socket logs no warning, and a socket that appears is used', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'parlance-redis-'));
  const path = join(folder, 'redis.sock');
  const one = replica({ url: `unix://${path}` });
  await sleep(1_000);
  assert.equal(one.broker.connected, false);
  assert.equal(one.recorded.text(), '');
  const server = spawn('redis-server', ['--port', '0', '--unixsocket', path, '--save', ''], { stdio: 'ignore' });
  t.after(() => {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });
  const other = replica({ url: `unix://${path}` });
  await inTouch(one, other);
  other.broker.publish(ROOM, typing('ann'));
  await until(() => one.heard.includes('ann'));
  server.kill('SIGKILL');
  await until(() => one.recorded.text().includes('Redis is unreachable'));
});
