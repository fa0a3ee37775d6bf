// A reconnect storm: admission has its own connections, joins beyond the rate are refused early with Retry-After, /healthz
// reports it, and after a kill of chat every client is back.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { createClient, type RoomSocket } from '@parlance/client';
import WebSocket from 'ws';
import { rawUpgrade } from '../../chat/tests/raw_upgrade.ts';
import { freePort } from '../free_port.ts';
import { type House, startHouse, until, untilLetIn } from '../house.ts';
import { call, sleep } from '../people.ts';
import type { Member } from '../records.ts';
import { SECRETS } from '../stack.ts';

const MANY = { SOCKETS_PER_USER: '10000', SOCKETS_PER_ADDRESS: '10000', MESSAGES_PER_10S: '100000' };
const tokenPath = (name: string) => `/api/rooms/${encodeURIComponent(name)}/tokens`;
const health = async (house: House) => (await fetch(`${house.websites[0]!.url}/healthz`)).status;

test('with every general database connection busy, tokens are issued, sockets join and revocations close sockets', async (t) => {
  const house = await startHouse({ environment: MANY });
  t.after(() => house.stop());
  const { url, internalUrl } = house.websites[0]!;
  const [ann, bob] = (await house.records.members(2)) as [Member, Member];
  const room = await house.records.room(ann);
  const [token, bobs] = [await house.records.accessToken(ann), await house.records.accessToken(bob)];
  const live = await house.records.join(bob, room, house.chats[0]!.url);
  const path = `/api/rooms/${encodeURIComponent(room.name)}/messages`;
  // A read that waits for a connection is refused after 5 s, so it is repeated.
  let isHeld = true;
  const read = async () => {
    do await call(url, 'GET', path, { token });
    while (isHeld);
  };
  const waiting = async () => {
    const metrics = await (await fetch(`${internalUrl}/metrics`)).text();
    return Number(/^parlance_pool_waiting\{[^}]*pool="general"[^}]*\} (\d+)$/m.exec(metrics)?.[1]);
  };
  const holder = await house.records.connection();
  await holder.query('begin');
  await holder.query('lock table messages in access exclusive mode');
  const held = Array.from({ length: 30 }, read);
  await until(async () => (await waiting()) > 0, 10_000);
  const began = performance.now();
  const issued = await call(url, 'POST', tokenPath(room.name), { token });
  assert.equal(issued.status, 201);
  // After 5 s the lock of the reads times out, and their connections are free: a token must not wait for that.
  assert.ok(performance.now() - began < 4_000, 'the token waited for a connection');
  // The first attempt may fail, because on a busy machine chat may be waiting for an answer.
  await until(async () => {
    const answer = await rawUpgrade(house.chats[0]!.url, `/ws/${encodeURIComponent(room.name)}`, {
      headers: { Authorization: `Bearer ${issued.body.token}` },
    });
    answer.socket.destroy();
    return answer.status === 101;
  }, 4_000);
  await house.records.query('update sessions set ended_at = clock_timestamp() where handle = $1', [bob.sid]);
  assert.equal(await live.closed(3_000), 4501);
  assert.equal((await fetch(`${house.chats[0]!.internalUrl}/readyz`)).status, 200);
  assert.ok((await waiting()) > 0, 'the premise: no connection is free');
  isHeld = false;
  await holder.query('rollback');
  await holder.end();
  await Promise.all(held);
  assert.equal((await call(url, 'POST', tokenPath(room.name), { token: bobs })).status, 401);
});

test('while every call for rooms hangs, chat closes the sockets of an ended session, stays ready and stores messages', async (t) => {
  const house = await startHouse({ environment: MANY });
  t.after(() => house.stop());
  const [chat] = house.chats as [(typeof house.chats)[0]];
  const [ann, ...leavers] = (await house.records.members(3)) as [Member, Member, Member];
  const room = await house.records.room(ann);
  const stays = await house.records.join(ann, room, chat.url);
  const leave = await Promise.all(
    leavers.map(async (member) => ({ sid: member.sid, socket: await house.records.join(member, room, chat.url) })),
  );
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  t.after(() => release());
  let holding = 0;
  house.wires[0]!.fault = async ({ path }, forward) => {
    if (!/^\/rooms\/[^/]+$/.test(path)) return forward();
    holding += 1;
    await held;
    return forward();
  };
  // Each room is opened by a call of its own.
  const asked = Array.from({ length: 40 }, async () => {
    const other = await house.records.room(ann);
    const token = await house.records.roomToken(ann, other);
    const headers = { Authorization: `Bearer ${token}` };
    return rawUpgrade(chat.url, `/ws/${encodeURIComponent(other.name)}`, { headers }).catch(() => undefined);
  });
  await until(() => holding >= 8);
  await sleep(300); // the other concurrent calls of chat
  for (const { sid, socket } of leave) {
    await house.records.query('update sessions set ended_at = clock_timestamp() where handle = $1', [sid]);
    assert.equal(await socket.closed(3_000), 4501);
    // The call for changes that is under way ends within a second, so the next session is reported by a later call.
    await sleep(1_500);
  }
  assert.equal((await fetch(`${chat.internalUrl}/readyz`)).status, 200);
  const id = stays.say('is anybody there?');
  await stays.next('message.created', (frame) => frame.id === id, 2_000);
  release();
  for (const answer of await Promise.all(asked)) answer?.socket.destroy();
});

test('chat refuses no join because of one late answer to the call for changes', async (t) => {
  const house = await startHouse({ environment: MANY });
  t.after(() => house.stop());
  const [ann] = (await house.records.members(1)) as [Member];
  const room = await house.records.room(ann);
  // The next call must be answered before the last answer expires, which a busy machine may not do in the first round.
  let refused = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5 && refused > 0; round += 1) {
    refused = 0;
    let hung = 0;
    let answered = false;
    house.wires[0]!.fault = async ({ path }, forward) => {
      if (path !== '/changes') return forward();
      if (hung++ === 0) await sleep(4_000);
      const answer = await forward();
      answered ||= hung > 1;
      return answer;
    };
    await until(() => hung === 1);
    const token = await house.records.roomToken(ann, room);
    for (const deadline = performance.now() + 6_000; !answered && performance.now() < deadline; await sleep(50)) {
      const answer = await rawUpgrade(house.chats[0]!.url, `/ws/${encodeURIComponent(room.name)}`, {
        headers: { Authorization: `Bearer ${token}` },
      });
      answer.socket.destroy();
      if (answer.status !== 101) refused += 1;
    }
    house.wires[0]!.fault = undefined;
    await untilLetIn(house.chats[0]!);
  }
  assert.equal(refused, 0);
});

test('chat refuses no join because of one failed call for changes', async (t) => {
  const house = await startHouse({ environment: MANY });
  t.after(() => house.stop());
  const [chat] = house.chats as [(typeof house.chats)[0]];
  const [ann] = (await house.records.members(1)) as [Member];
  const room = await house.records.room(ann);
  const socket = await house.records.join(ann, room, chat.url);
  const token = await house.records.roomToken(ann, room);
  let failed = 0;
  house.wires[0]!.fault = async ({ path }, forward) => {
    if (path !== '/changes') return forward();
    failed += 1;
    return 'cut';
  };
  await until(() => failed > 0);
  const answer = await rawUpgrade(chat.url, `/ws/${encodeURIComponent(room.name)}`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  answer.socket.destroy();
  assert.equal(answer.status, 101);
  house.wires[0]!.fault = undefined;
  await socket.close();
});

test('chat opens no room for a client that leaves while its upgrade waits', async (t) => {
  const house = await startHouse({ environment: MANY });
  t.after(() => house.stop());
  const [chat] = house.chats as [(typeof house.chats)[0]];
  const [ann] = (await house.records.members(1)) as [Member];
  const rooms = await Promise.all([house.records.room(ann), house.records.room(ann)]);
  const [slow, wanted] = rooms as [(typeof rooms)[0], (typeof rooms)[0]];
  const tokens = await Promise.all(rooms.map((room) => house.records.roomToken(ann, room)));
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const opened: string[] = [];
  house.wires[0]!.fault = async ({ path }, forward) => {
    opened.push(path);
    if (path === `/rooms/${slow.id}`) await held;
    return forward();
  };
  const ask = (room: typeof slow, token: string, leave?: Parameters<typeof rawUpgrade>[2]) =>
    rawUpgrade(chat.url, `/ws/${encodeURIComponent(room.name)}`, {
      headers: { Authorization: `Bearer ${token}` },
      ...leave,
    }).catch(() => undefined);
  // More than chat admits at once, so that the next upgrade waits.
  const before = Array.from({ length: 48 }, () => ask(slow, tokens[0]!));
  await until(() => opened.includes(`/rooms/${slow.id}`));
  await ask(wanted, tokens[1]!, { leave: { how: 'end', when: sleep(100) } });
  release();
  for (const answer of await Promise.all(before)) answer?.socket.destroy();
  await sleep(300);
  assert.ok(!opened.includes(`/rooms/${wanted.id}`), 'that room is not opened');
});

test('upgrades beyond the rate get 503 with Retry-After, /readyz and /healthz answer 503 meanwhile, and messages are stored', async (t) => {
  const house = await startHouse({ environment: MANY });
  t.after(() => house.stop());
  const [chat] = house.chats as [(typeof house.chats)[0]];
  const [ann] = (await house.records.members(1)) as [Member];
  const [crowded, other] = [await house.records.room(ann), await house.records.room(ann)];
  const live = await house.records.join(ann, other, chat.url);
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  house.wires[0]!.fault = async ({ path }, forward) => {
    if (path === `/rooms/${crowded.id}`) await held;
    return forward();
  };
  const token = await house.records.roomToken(ann, crowded);
  const answers: Awaited<ReturnType<typeof rawUpgrade>>[] = [];
  const flood = async () => {
    const answer = await rawUpgrade(chat.url, `/ws/${encodeURIComponent(crowded.name)}`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    answers.push(answer);
  };
  const asked = Array.from({ length: 600 }, flood);
  const refused = () => answers.filter(({ status }) => status === 503);
  await until(() => refused().length > 20, 8_000);
  assert.ok(Number(refused()[0]!.headers['retry-after']) >= 1);
  assert.match(refused()[0]!.text, /"code":"unavailable"/);
  const offSpec = await rawUpgrade(chat.url, `/ws/${encodeURIComponent(crowded.name)}`, {
    headers: { 'Sec-WebSocket-Protocol': 'chat.v1', 'Sec-WebSocket-Key': 'short' },
  });
  assert.equal(offSpec.headers['content-type'], 'application/problem+json', offSpec.text);
  assert.equal((await fetch(`${chat.internalUrl}/readyz`)).status, 503);
  const id = live.say('is anybody there?');
  await live.next('message.created', (frame) => frame.id === id, 2_000);
  await until(async () => (await health(house)) === 503, 8_000);
  release();
  await Promise.all(asked);
  assert.ok(
    answers.some(({ status }) => status === 101),
    'the upgrades that waited are accepted',
  );
  for (const { socket } of answers) socket.destroy();
  await untilLetIn(chat);
  await until(async () => (await health(house)) === 200);
});

test('requests for tokens beyond the rate get 503 with Retry-After, /healthz answers 503 meanwhile, and others are answered', async (t) => {
  const house = await startHouse({ environment: MANY });
  t.after(() => house.stop());
  const { url } = house.websites[0]!;
  const [ann] = (await house.records.members(1)) as [Member];
  const room = await house.records.room(ann);
  const token = await house.records.accessToken(ann);
  const holder = await house.records.connection();
  await holder.query('begin');
  await holder.query('lock table users in access exclusive mode');
  const asked = Array.from({ length: 400 }, () => call(url, 'POST', tokenPath(room.name), { token }));
  const refused = await Promise.any(
    asked.map(async (answer) => {
      const { status, body, headers } = await answer;
      if (status === 503 && body.detail.startsWith('Too many room tokens')) return { body, headers };
      throw new Error('answered');
    }),
  );
  assert.equal(refused.body.code, 'unavailable');
  assert.ok(Number(refused.headers.get('retry-after')) >= 1);
  assert.equal(await health(house), 503);
  assert.equal((await call(url, 'GET', '/api/limits')).status, 200);
  await untilLetIn(house.chats[0]!);
  await holder.query('rollback');
  await holder.end();
  await Promise.all(asked);
  assert.equal((await call(url, 'POST', tokenPath(room.name), { token })).status, 201);
  await until(async () => (await health(house)) === 200, 10_000);
});

test('after chat is killed under 300 sockets all are back, and the new process refuses no join for lack of answers', async (t) => {
  const house = await startHouse({ chats: 0, environment: MANY });
  const { url, internalUrl } = house.websites[0]!;
  const [port, internalPort] = [await freePort(), await freePort()];
  const startChat = () =>
    spawn(process.execPath, [new URL('../../chat/app/main.ts', import.meta.url).pathname], {
      env: {
        ...process.env,
        ...MANY,
        ...SECRETS,
        HOST: '127.0.0.1',
        PORT: String(port),
        INTERNAL_PORT: String(internalPort),
        WEBSITE_URL: internalUrl,
        LOG_LEVEL: 'error',
        REQUESTS_AT_ONCE_PER_ADDRESS: '10000',
        REQUESTS_PER_ADDRESS: '100000',
        CONNECTIONS_PER_ADDRESS: '100000',
      },
      stdio: 'ignore',
    });
  let chat: ChildProcess = startChat();
  const sockets: RoomSocket[] = [];
  t.after(async () => {
    for (const socket of sockets) socket.close();
    chat.kill('SIGKILL');
    await house.stop();
  });
  const [ann] = (await house.records.members(1)) as [Member];
  const rooms = await Promise.all(Array.from({ length: 20 }, () => house.records.room(ann)));
  const codes: string[] = [];
  const client = createClient({
    baseUrl: url,
    accessToken: await house.records.accessToken(ann),
    // Without a proxy in front, website and chat have two ports.
    WebSocket: function open(address: string, options: { protocols: string[]; headers: Record<string, string> }) {
      const { pathname, search } = new URL(address);
      return new WebSocket(`ws://127.0.0.1:${port}${pathname}${search}`, options.protocols, options);
    } as never,
  });
  for (let index = 0; index < 300; index += 1) {
    const socket = client.joinRoom(rooms[index % rooms.length]!.name);
    socket.on('state', ({ cause }) => cause && codes.push(cause));
    sockets.push(socket);
  }
  const allOpen = () => sockets.every(({ state }) => state === 'open');
  await until(allOpen, 60_000);
  codes.length = 0;
  const dead = once(chat, 'exit');
  chat.kill('SIGKILL');
  await dead;
  await until(() => !sockets.some(({ state }) => state === 'open'), 10_000);
  chat = startChat();
  await until(allOpen, 60_000);
  assert.ok(codes.length >= 300, 'the premise: all were disconnected');
  const metrics = await (await fetch(`http://127.0.0.1:${internalPort}/metrics`)).text();
  // A busy chat may refuse joins beyond its rate, but none for these reasons.
  for (const reason of ['stale', 'no_answer']) {
    assert.match(metrics, new RegExp(`joins_refused_total\\{[^}]*reason="${reason}"[^}]*\\} 0$`, 'm'));
  }
});
