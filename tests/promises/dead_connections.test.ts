// Connections between chat and the website that die without being closed.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { databaseCable } from '../../website/tests/fixture.ts';
import { startHouse, untilLetIn } from '../house.ts';
import { type Person, person, type Socket, sleep } from '../people.ts';
import type { Member } from '../records.ts';
import { startChatPart, startWebsitePart, testDatabase, untilReady } from '../stack.ts';

const BACK_MS = 5_000;
/** The number of idle connections for opening rooms when the network dies. */
const IDLE = 8;

async function scene(t: TestContext) {
  const database = await testDatabase();
  t.after(() => database.drop());
  const site = await startWebsitePart(database.url);
  t.after(() => site.stop());
  const cable = await databaseCable(t, site.internalUrl);
  const chat = await startChatPart(cable.url.replace(/\/$/, ''), {
    MESSAGES_PER_10S: '1000',
    SOCKETS_PER_USER: '100',
  });
  t.after(() => chat.stop());
  await untilReady(site.url);
  const ann = await person(site.url, 'ann');
  await ann.createRoom('Tea room');
  const socket = await ann.join('Tea room', '', chat.url);
  await Promise.all(Array.from({ length: 8 }, () => say(socket)));
  // Opened at the same time, so that several connections for such calls are idle when the network dies.
  const rooms = await Promise.all(Array.from({ length: IDLE }, () => ann.createRoom()));
  await Promise.all(rooms.map(({ name }) => ann.join(name, '', chat.url)));
  return { cable, chat, socket, ann, unopened: (await ann.createRoom()).name };
}

/** Tries to join a room once per second; resolves when an attempt succeeds, or after 60 attempts. */
async function joinSoon(ann: Person, room: string, chatUrl: string): Promise<void> {
  let isIn = false;
  for (let attempts = 0; !isIn && attempts < 60; attempts += 1) {
    const attempt = ann.join(room, '', chatUrl).then(
      () => {
        isIn = true;
      },
      () => undefined,
    );
    await Promise.race([attempt, sleep(1_000)]);
    if (!isIn) await sleep(100);
  }
}

/** Sends with the same id until it is stored, as the SDK does. */
async function say(socket: Socket, id: string = randomUUID()): Promise<void> {
  for (;;) {
    socket.say('hello', id);
    const answer = await Promise.race([
      socket.next('message.created', (frame) => frame.id === id, 20_000),
      socket.next('error', (frame) => frame.refId === id, 20_000),
    ]);
    if (answer.type === 'message.created') return;
    assert.equal(answer.code, 'store_unavailable');
    await sleep(250);
  }
}

test('when the connections to the website are dead and new ones work, sends and joins are back within 5 s', async (t) => {
  const { cable, chat, socket, ann, unopened } = await scene(t);
  cable.freeze();
  const began = performance.now();
  await Promise.all([say(socket), say(socket)]);
  await untilLetIn(chat);
  await joinSoon(ann, unopened, chat.url);
  const ms = performance.now() - began;
  t.diagnostic(`${Math.round(ms)} ms`);
  assert.ok(ms < BACK_MS, `${Math.round(ms)} ms`);
});

test('when the network to the website is down for 8 s, sends and joins are back within 5 s of its end', async (t) => {
  const { cable, chat, socket, ann, unopened } = await scene(t);
  cable.darken();
  const sent = Promise.all([say(socket), say(socket)]);
  await sleep(8_000);
  cable.mend();
  const healed = performance.now();
  await sent;
  await untilLetIn(chat);
  await joinSoon(ann, unopened, chat.url);
  const ms = performance.now() - healed;
  t.diagnostic(`${Math.round(ms)} ms`);
  assert.ok(ms < BACK_MS, `${Math.round(ms)} ms`);
  assert.equal(socket.ws.readyState, socket.ws.OPEN);
});

test('a slow website that answers other calls is not taken for dead: its connections stay open', async (t) => {
  const house = await startHouse({ environment: { SOCKETS_PER_USER: '1000' } });
  t.after(() => house.stop());
  const [ann] = (await house.records.members(1)) as [Member];
  const room = await house.records.room(ann);
  const socket = await house.records.join(ann, room, house.chats[0]!.url);
  const [wire] = house.wires as [(typeof house.wires)[0]];
  await sleep(1_000);
  const before = wire.connections;
  wire.fault = async ({ path }, forward) => {
    if (path === '/messages') await sleep(4_000);
    return forward();
  };
  const id = socket.say('hello');
  await socket.next('error', (frame) => frame.refId === id && frame.code === 'store_unavailable', 8_000);
  wire.fault = undefined;
  // The slow connection is closed, and may be replaced.
  assert.ok(wire.connections - before <= 3, `${wire.connections - before} new connections`);
});
