// A connection that dies silently: neither end gets a close, and a script receives no pings.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Person, person } from '../../../tests/people.ts';
import { startTestStack, type TestStack } from '../../../tests/stack.ts';
import { createClient, newMessageId, type RoomSocket } from '../index.ts';
import { type Cable, layCable } from './cable.ts';

const SILENCE_MS = 1_500;

let stack: TestStack;
let cable: Cable;
let ann: Person;

before(async () => {
  stack = await startTestStack();
  cable = await layCable(stack.url);
  ann = await person(stack.url);
});
after(async () => {
  await cable.close();
  await stack.stop();
});

/** The sockets go through the cable, HTTP does not. */
class CabledWebSocket extends WebSocket {
  constructor(url: string, protocols?: never) {
    super(url.replace(new URL(stack.url).host, new URL(cable.url).host), protocols);
  }
}

interface Watched {
  room: RoomSocket;
  heard: string[];
  states: string[];
  /** How often the room was requested over HTTP. */
  looks(): number;
}

/** Joins a new room; resolves once it is open. `http` answers those requests. */
async function joined(http: (request: Request) => Promise<Response> = fetch): Promise<Watched & { name: string }> {
  const { name } = await ann.createRoom();
  let looks = 0;
  const client = createClient({
    baseUrl: stack.url,
    accessToken: ann.token,
    WebSocket: CabledWebSocket,
    fetch: (input) => {
      const request = input as Request;
      if (request.method !== 'GET') return fetch(request);
      looks++;
      return http(request);
    },
  });
  const room = client.joinRoom(name, { silenceMs: SILENCE_MS });
  const [heard, states]: string[][] = [[], []];
  room.on('message', ({ content }) => heard!.push(content ?? ''));
  room.on('state', ({ state, cause }) => states!.push(cause ? `${state}: ${cause}` : state));
  await new Promise<void>((resolve) => room.on('joined', () => resolve()));
  // A server on a stalled machine refuses connections for a moment: ignore the states before the join.
  states!.splice(0, states!.length - 1);
  return { name, room, heard: heard!, states: states!, looks: () => looks };
}

const next = (room: RoomSocket, event: 'joined' | 'message') =>
  new Promise<void>((resolve) => {
    const off = room.on(event, () => {
      off();
      resolve();
    });
  });

test('a message without an answer is sent again on a new connection and stored once', async (t) => {
  const { room, heard, states, looks } = await joined();
  t.after(() => room.close());
  await room.send('before').stored;
  cable.freeze();
  assert.equal((await room.send('into the dark').stored).seq, 2);
  assert.deepEqual(states.slice(0, 3), ['open', 'waiting: no_answer', 'connecting']);
  assert.deepEqual([heard, looks()], [['before', 'into the dark'], 0]);
});

test('a client that only listens detects a missed event and receives it', async (t) => {
  const { room, name, heard, states } = await joined();
  t.after(() => room.close());
  cable.freeze();
  const message = next(room, 'message');
  await ann.call('POST', `/api/rooms/${encodeURIComponent(name)}/messages`, { id: newMessageId(), content: 'hello?' });
  await message;
  assert.deepEqual(heard, ['hello?']);
  assert.ok(states.includes('waiting: no_answer'), String(states));
});

test('a silent connection without missed events stays open, also while the website is down', async (t) => {
  const away = () => Promise.resolve(Response.json({ code: 'unavailable' }, { status: 503 }));
  const watched = await Promise.all([joined(), joined(away)]);
  t.after(() => watched.forEach(({ room }) => void room.close()));
  while (watched.some(({ looks }) => looks() < 2)) await new Promise((resolve) => setTimeout(resolve, 20));
  for (const { states } of watched) assert.deepEqual(states, ['open']);
});

test('silenceMs can be any number above 0, also Infinity', async (t) => {
  const client = createClient({ baseUrl: stack.url, accessToken: ann.token });
  const { name } = await ann.createRoom();
  for (const silenceMs of [0, -1, Number.NaN]) {
    assert.throws(() => client.joinRoom(name, { silenceMs }), RangeError);
  }
  const warned = t.mock.method(process, 'emitWarning');
  const room = client.joinRoom(name, { silenceMs: Number.POSITIVE_INFINITY });
  await next(room, 'joined');
  await room.send('still here').stored;
  assert.equal(room.state, 'open');
  assert.equal(warned.mock.callCount(), 0);
  room.close();
});

test('a dead connection to an unreachable server reconnects, one to a deleted room closes', async () => {
  const unreachable = await joined(() => Promise.reject(new TypeError('no network')));
  cable.freeze();
  await next(unreachable.room, 'joined');
  assert.ok(unreachable.states.includes('waiting: no_answer'), String(unreachable.states));
  unreachable.room.close();

  const { room, name } = await joined();
  cable.freeze();
  const closed = new Promise<string>((resolve) => room.on('closed', ({ cause }) => resolve(cause)));
  await ann.call('DELETE', `/api/rooms/${encodeURIComponent(name)}`);
  assert.equal(await closed, 'room_not_found');
});
