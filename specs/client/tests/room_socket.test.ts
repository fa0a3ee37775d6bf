// The room socket against the real stack, through a TCP proxy that a test can interrupt.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { type Person, person } from '../../../tests/people.ts';
import { startTestStack, type TestStack } from '../../../tests/stack.ts';
import {
  applyEvents,
  createClient,
  type MessageCreated,
  newMessageId,
  type RoomEvents,
  type RoomSocket,
  SendError,
} from '../index.ts';
import { type Cable, layCable } from './cable.ts';

let stack: TestStack;
let cable: Cable;
let ann: Person;
let bob: Person;

before(async () => {
  stack = await startTestStack({ MESSAGES_PER_10S: '1000', SOCKETS_PER_USER: '4' });
  cable = await layCable(stack.url);
  [ann, bob] = await Promise.all([person(stack.url), person(stack.url)]);
});
after(async () => {
  await cable.close();
  await stack.stop();
});

const clientOf = ({ token }: Person, baseUrl = cable.url) => createClient({ baseUrl, accessToken: token });

/** The next event that matches. */
function next<E extends keyof RoomEvents>(room: RoomSocket, event: E, fits = (_: RoomEvents[E]): boolean => true) {
  return new Promise<RoomEvents[E]>((resolve) => {
    const off = room.on(event, (value) => {
      if (!fits(value)) return;
      off();
      resolve(value);
    });
  });
}

function record(room: RoomSocket): MessageCreated[] {
  const messages: MessageCreated[] = [];
  room.on('message', (message) => messages.push(message));
  return messages;
}

test('two users see each other join and type, and get messages in one order; each own message is acknowledged', async (t) => {
  const { name, id } = await ann.createRoom();
  const [here, there] = [clientOf(ann).joinRoom(name), clientOf(bob).joinRoom(name)];
  t.after(() => [here, there].forEach((room) => void room.close()));
  const heard = record(there);
  const joined = await next(here, 'joined');
  assert.deepEqual([joined.roomId, joined.username, joined.continuous], [id, ann.username, true]);
  if (here.memberCount < 2) await next(here, 'presence', ({ memberCount }) => memberCount === 2);
  assert.deepEqual([...here.members].sort(), [ann.username, bob.username].sort());
  here.typing();
  assert.deepEqual((await next(there, 'typing')).usernames, [ann.username]);
  const stored = await Promise.all(['one', 'two', 'three'].map((text) => here.send(text).stored));
  assert.deepEqual(
    stored.map(({ seq }) => seq),
    [1, 2, 3],
  );
  while (heard.length < 3) await next(there, 'message');
  assert.deepEqual(heard, stored);
  assert.deepEqual((await clientOf(bob).listEvents(name)).events, stored);
  assert.deepEqual((await clientOf(bob).listMessages(name)).messages, applyEvents([], stored));
  assert.deepEqual([there.roomId, there.lastSeq, there.state], [id, 3, 'open']);
  there.close();
  assert.deepEqual((await next(here, 'presence')).left, [bob.username]);
});

test('messages sent while the connection is cut repeatedly are stored once and received once each, in order', async (t) => {
  const { name } = await ann.createRoom();
  const [here, there] = [clientOf(ann).joinRoom(name), clientOf(bob, stack.url).joinRoom(name)];
  t.after(() => [here, there].forEach((room) => void room.close()));
  const [own, heard] = [record(here), record(there)];
  await Promise.all([next(here, 'joined'), next(there, 'joined')]);
  let joins = 0;
  here.on('joined', ({ continuous }) => {
    assert.equal(continuous, true);
    joins++;
  });
  const texts = Array.from({ length: 60 }, (_, n) => `message ${n}`);
  const promises: Promise<MessageCreated>[] = [];
  for (const [n, text] of texts.entries()) {
    promises.push(here.send(text).stored);
    await sleep(2);
    if (n % 20 === 10) cable.cut();
    here.reconnectNow();
  }
  const stored = await Promise.all(promises);
  assert.ok(joins >= 2, `the premise: it lost the connection; it joined again ${joins} times`);
  while (heard.length < texts.length) await next(there, 'message');
  assert.deepEqual(
    heard.map(({ content }) => content),
    texts,
  );
  assert.deepEqual(own, heard);
  assert.deepEqual(stored, heard);
});

test('messages stored during a disconnect arrive after the reconnect, in order and once, with the same token', async (t) => {
  const { name, id: roomId } = await ann.createRoom();
  let tokens = 0;
  const counting: typeof fetch = (input, init) => {
    if (new URL((input as Request).url).pathname.endsWith('/tokens')) tokens++;
    return fetch(input, init);
  };
  const here = createClient({ baseUrl: cable.url, accessToken: ann.token, fetch: counting }).joinRoom(name);
  t.after(() => here.close());
  const heard = record(here);
  await next(here, 'joined');
  await here.send('before').stored;
  const waiting = next(here, 'state', ({ state }) => state === 'waiting');
  let waits = 0;
  here.on('state', ({ state }) => {
    if (state === 'waiting') waits++;
  });
  cable.pull();
  assert.equal((await waiting).cause, 'connection_lost');
  const held = here.send('held');
  const other = clientOf(bob, stack.url);
  for (const content of ['while', 'away']) await other.sendMessage(name, { id: newMessageId(), content, roomId });
  const again = next(here, 'joined');
  cable.putIn();
  here.reconnectNow();
  assert.equal((await again).resumed, true);
  assert.equal((await held.stored).seq, 4);
  assert.deepEqual(
    heard.map(({ content }) => content),
    ['before', 'while', 'away', 'held'],
  );
  // A long disconnect makes two upgrades fail, and after two a new token is right.
  if (waits <= 2) assert.equal(tokens, 1);
});

test('a deleted room closes the socket for good and rejects messages', async () => {
  const { name } = await ann.createRoom();
  const room = clientOf(bob).joinRoom(name);
  await next(room, 'joined');
  const closed = next(room, 'closed');
  await clientOf(ann).deleteRoom(name);
  assert.deepEqual(await closed, { code: 4502, cause: 'room_deleted', client: 'stop' });
  assert.equal(room.state, 'closed');
  await assert.rejects(room.send('anybody?').stored, (error) => error instanceof SendError && error.retry === 'never');
});

test('a room deleted and created again during a disconnect is another room: a gap, and no old message is sent to it', async (t) => {
  const { name, id } = await ann.createRoom();
  const room = clientOf(bob).joinRoom(name);
  t.after(() => room.close());
  await next(room, 'joined');
  const waiting = next(room, 'state', ({ state }) => state === 'waiting');
  cable.pull();
  await waiting;
  const old = room.send('for the old room');
  const owner = clientOf(ann, stack.url);
  await owner.deleteRoom(name);
  const made = await owner.createRoom({ name });
  assert.notEqual(made.id, id);
  const again = next(room, 'joined');
  let refused = 0;
  room.on('state', ({ cause }) => {
    if (cause === 'upgrade_failed') refused++;
  });
  cable.putIn();
  const hurry = setInterval(() => room.reconnectNow(), 50);
  const joined = await again.finally(() => clearInterval(hurry));
  assert.ok(refused <= 2, `the token of the old room was tried ${refused} times`);
  assert.deepEqual([joined.roomId, joined.continuous, joined.resumed], [made.id, false, false]);
  await assert.rejects(old.stored, (error) => error instanceof SendError && error.code === 'room_gone');
  assert.equal((await room.send('for the new one').stored).seq, 1);
});

test('the end of the session closes the room, and so do an invalid session and a missing room', async () => {
  const { name } = await ann.createRoom();
  const cid = await person(stack.url);
  const client = clientOf(cid);
  const room = client.joinRoom(name);
  await next(room, 'joined');
  const closed = next(room, 'closed');
  await client.logOut();
  assert.deepEqual(await closed, { code: 4501, cause: 'session_ended', client: 'stop' });
  const nobody = await next(client.joinRoom(name), 'closed');
  assert.deepEqual(nobody, { code: 401, cause: 'not_authenticated', client: 'stop' });
  const nowhere = await next(clientOf(ann).joinRoom('no such room'), 'closed');
  assert.deepEqual(nowhere, { code: 404, cause: 'room_not_found', client: 'stop' });
});

test('a repeated id resolves with the stored message, which is emitted once if it was not received before', async (t) => {
  const { name, id: roomId } = await ann.createRoom();
  const client = clientOf(ann);
  const id = newMessageId();
  await client.sendMessage(name, { id, content: 'once', roomId });
  const [message] = (await client.listEvents(name)).events;
  const room = client.joinRoom(name);
  t.after(() => room.close());
  const heard = record(room);
  await next(room, 'joined');
  assert.deepEqual(await room.send('once', { id }).stored, message);
  assert.deepEqual(await room.send('once', { id }).stored, message);
  await assert.rejects(room.send('twice', { id }).stored, (e) => e instanceof SendError && e.code === 'id_conflict');
  assert.deepEqual(heard, [message]);
});

test('a cursor of 0 delivers the whole log, a later one the rest', async (t) => {
  const { name, id: roomId } = await ann.createRoom();
  const client = clientOf(ann);
  for (const content of ['1', '2', '3']) await client.sendMessage(name, { id: newMessageId(), content, roomId });
  for (const [options, expected] of [
    [{ after: 0 }, [1, 2, 3]],
    [{ after: 2, roomId }, [3]],
  ] as const) {
    const room = client.joinRoom(name, options);
    t.after(() => room.close());
    const heard = record(room);
    while (heard.length < expected.length) await next(room, 'message');
    assert.deepEqual(
      heard.map(({ seq }) => seq),
      expected,
    );
  }
});

test('a user with too many sockets in a room is retried, and joins once there is a place', async (t) => {
  const dan = await person(stack.url);
  const { name } = await dan.createRoom();
  const client = clientOf(dan);
  const rooms = Array.from({ length: 4 }, () => client.joinRoom(name));
  t.after(() => rooms.forEach((room) => void room.close()));
  await Promise.all(rooms.map((room) => next(room, 'joined')));
  const fifth = client.joinRoom(name);
  rooms.push(fifth);
  const { cause } = await next(fifth, 'state', ({ state }) => state === 'waiting');
  assert.equal(cause, 'too_many_sockets');
  const joined = next(fifth, 'joined');
  rooms[0]?.close();
  const hurry = setInterval(() => fifth.reconnectNow(), 50);
  await joined.finally(() => clearInterval(hurry));
});

test('a signal closes the room; the WebSocket of another package works too', async () => {
  const { name } = await ann.createRoom();
  const abort = new AbortController();
  const client = createClient({ baseUrl: stack.url, accessToken: () => ann.token, WebSocket });
  const room = client.joinRoom(name, { signal: abort.signal });
  await next(room, 'joined');
  assert.equal((await room.send('tea?').stored).content, 'tea?');
  const closed = next(room, 'closed');
  abort.abort();
  assert.deepEqual(await closed, { code: 1000, cause: 'closed_by_user', client: 'stop' });
  const late = client.joinRoom(name, { signal: abort.signal });
  assert.equal((await next(late, 'closed')).cause, 'closed_by_user');
});

test('a room reconnects to a server that restarts', async (t) => {
  const { name } = await ann.createRoom();
  const room = clientOf(ann).joinRoom(name);
  t.after(() => room.close());
  await next(room, 'joined');
  const waiting = next(room, 'state', ({ state }) => state === 'waiting');
  await stack.stop();
  const { cause, retryInMs } = await waiting;
  assert.equal(cause, 'service_restart');
  assert.ok(retryInMs !== undefined && retryInMs <= 250);
});
