// No acknowledged message is lost when chat, the website, the database connections or the whole stack restart.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient } from '@parlance/client';
import { type House, startHouse, until, untilLetIn } from '../house.ts';
import { call, openSocket, person } from '../people.ts';
import type { Member } from '../records.ts';
import { startChatPart, startTestStack, startWebsitePart, testDatabase } from '../stack.ts';
import { startWire } from '../wire.ts';

let house: House;
let ann: Member;

before(async () => {
  house = await startHouse({ chats: 2 });
  [ann] = (await house.records.members(1)) as [Member];
});
after(() => house.stop());

test('a website that restarts closes no socket; messages sent meanwhile get store_unavailable and can be sent again', async () => {
  const room = await house.records.room(ann);
  const socket = await house.records.join(ann, room, house.chats[0]!.url);
  const [old] = house.websites;
  await old!.stop();
  const id = socket.say('nobody stores this');
  const error = await socket.next('error');
  assert.deepEqual([error.code, error.refId], ['store_unavailable', id]);
  const fresh = await startWebsitePart(house.databaseUrl, { MESSAGES_PER_10S: '100000' });
  house.websites[0] = fresh;
  for (const wire of house.wires) wire.target = fresh.internalUrl;
  await Promise.all(house.chats.map(untilLetIn));
  socket.say('nobody stores this', id);
  assert.equal((await socket.next('message.created')).id, id);
  assert.equal(socket.ws.readyState, socket.ws.OPEN);
});

test('the website reconnects to a database that drops every connection', async () => {
  const room = await house.records.room(ann);
  const socket = await house.records.join(ann, room, house.chats[0]!.url);
  await house.records.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  let stored = false;
  for (let attempt = 0; attempt < 20 && !stored; attempt += 1) {
    const id = socket.say(`attempt ${attempt}`);
    const frame = await Promise.race([
      socket.next('message.created', (created) => created.id === id),
      socket.next('error', (error) => error.refId === id),
    ]);
    stored = frame.type === 'message.created';
    if (!stored) assert.equal(frame.code, 'store_unavailable');
  }
  assert.ok(stored);
  const seqs = (await house.records.log(room)).map(({ seq }) => seq);
  assert.deepEqual(
    seqs,
    Array.from({ length: seqs.length }, (_, index) => index + 1),
  );
});

test('a chat that stops answers pending messages, then closes with 1012; what it acknowledged is in the log', async () => {
  const room = await house.records.room(ann);
  const socket = await house.records.join(ann, room, house.chats[1]!.url);
  const stopped = Promise.withResolvers<void>();
  let held = false;
  house.wires[1]!.fault = async ({ path }, forward) => {
    if (path === '/messages') {
      held = true;
      await stopped.promise;
    }
    return forward();
  };
  const ids = Array.from({ length: 40 }, (_, index) => socket.say(`last ${index}`));
  await until(() => held);
  const stopping = house.chats[1]!.chat.stop();
  stopped.resolve();
  assert.equal(await socket.closed(), 1012);
  await stopping;
  const logged = new Set((await house.records.log(room)).map(({ id }) => id));
  const acknowledged = socket.frames.filter((frame) => frame.type === 'message.created').map((frame) => frame.id);
  for (const id of acknowledged) assert.ok(ids.includes(id) && logged.has(id), 'acknowledged means stored');
  assert.ok(acknowledged.length > 0, 'the premise: something was under way');
  const token = await house.records.roomToken(ann, room);
  await assert.rejects(
    openSocket(`${house.chats[1]!.url}/ws/${encodeURIComponent(room.name)}`, token),
    /unavailable|ECONN/,
  );
});

test('a message sent while a chat drains gets unavailable, then 1012; the SDK sends it to another chat without an error', async (t) => {
  const room = await house.records.room(ann);
  const wire = await startWire(house.websites[0]!.internalUrl);
  const drains = await startChatPart(wire.url);
  const released = Promise.withResolvers<void>();
  t.after(async () => {
    released.resolve();
    await drains.stop();
    await wire.stop();
  });
  await untilLetIn(drains);
  let chatUrl = drains.url;
  const client = createClient({
    baseUrl: house.websites[0]!.url,
    accessToken: await house.records.accessToken(ann),
    // Like nginx: each connection goes to a chat that accepts it.
    WebSocket: class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(`${chatUrl}${new URL(url).pathname}${new URL(url).search}`, protocols);
      }
    },
  });
  const live = client.joinRoom(room.name);
  t.after(() => live.close());
  const refusals: string[] = [];
  live.on('refused', ({ code }) => refusals.push(code));
  const joined = new Promise((resolve) => live.on('joined', resolve));
  const socket = await house.records.join(ann, room, drains.url);
  await joined;
  let held = false;
  wire.fault = async ({ path }, forward) => {
    if (path !== '/messages') return forward();
    held = true;
    await released.promise;
    return forward();
  };
  const first = socket.say('under way when the chat drains');
  await until(() => held);
  const stopping = drains.chat.stop();
  const { id, stored } = live.send('sent while the chat drains');
  const late = socket.say('refused while the chat drains');
  const { detail, ...error } = await socket.next('error');
  assert.deepEqual(error, { type: 'error', code: 'unavailable', refId: late });
  chatUrl = house.chats[0]!.url;
  await until(() => refusals.length > 0);
  assert.deepEqual(refusals, ['unavailable'], 'the premise');
  released.resolve();
  assert.equal(await socket.closed(), 1012);
  assert.ok(socket.frames.some((frame) => frame.type === 'message.created' && frame.id === first));
  assert.equal((await stored).id, id);
  assert.deepEqual(
    (await house.records.log(room)).map((message) => message.id),
    [first, id],
    'each once',
  );
  assert.deepEqual(refusals, ['unavailable']);
  await stopping;
});

test('the session and the history survive a restart of the whole stack', async () => {
  const database = await testDatabase();
  const first = await startTestStack({}, database);
  const bob = await person(first.url);
  const room = await bob.createRoom();
  const history = `/api/rooms/${encodeURIComponent(room.name)}/messages`;
  const socket = await bob.join(room.name);
  socket.say('before the night');
  await socket.next('message.created');
  const before = await bob.call('GET', history);
  await first.stop();
  assert.equal(await socket.closed(), 1012);
  const second = await startTestStack({}, database);
  const after = await call(second.url, 'GET', history, { token: bob.token });
  assert.equal(after.body.messages.length, 1);
  assert.deepEqual(after.body, before.body, 'the session and the history are unchanged');
  await second.stop();
  await database.drop();
});
