// Which frames are events: every frame with a seq, of any type. A client that took an unknown type for a gap would
// reconnect with the same cursor forever.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createClient, isRoomEvent, type JoinOptions, newMessageId, type RoomSocket } from '../index.ts';
import { type AnyEvent, envelope, idOf } from './room_log.ts';
import { roomId, startScriptServer } from './script_server.ts';

const joined = (lastSeq: number, resumed: boolean) => ({
  type: 'room.joined',
  ...{ roomId, room: 'tea', username: 'ann', lastSeq, resumed, members: ['ann'], memberCount: 1 },
});
const message = (seq: number, id = idOf(seq)): AnyEvent => ({
  ...envelope('message.created', seq),
  ...{ id, content: `text ${seq}` },
});
const settings = (seq: number) => ({ ...envelope('settings.changed', seq), topic: 'tea' });

interface Heard {
  room: RoomSocket;
  dials: string[];
  events: number[];
  messages: number[];
  /** Resolves when the message with this seq arrives. */
  until(seq: number): Promise<void>;
}

/** Joins a room on a server that follows `scripts`; reconnects without backoff. */
async function follow(
  t: TestContext,
  scripts: object[][],
  options: JoinOptions = {},
  answer?: Parameters<typeof startScriptServer>[1],
): Promise<Heard> {
  const server = await startScriptServer(scripts, answer);
  const room = createClient({ baseUrl: server.url, accessToken: 'x' }).joinRoom('tea', options);
  t.after(() => {
    room.close();
    return server.close();
  });
  const [events, messages]: number[][] = [[], []];
  room.on('event', ({ seq }) => events!.push(seq));
  room.on('message', ({ seq }) => messages!.push(seq));
  room.on('state', ({ state }) => state === 'waiting' && room.reconnectNow());
  const until = (seq: number) =>
    new Promise<void>((resolve) => room.on('message', (event) => event.seq === seq && resolve()));
  return { room, dials: server.dials, events: events!, messages: messages!, until };
}

test('an event of an unknown type advances the cursor and is emitted, without a reconnect or a loss', async (t) => {
  const heard = await follow(t, [[joined(41, false), message(42), settings(43), settings(44), message(45)]]);
  const unknown: AnyEvent[] = [];
  heard.room.on('event', (event) => !isRoomEvent(event) && unknown.push(event));
  await heard.until(45);
  assert.deepEqual(unknown, [settings(43), settings(44)]);
  assert.deepEqual(
    [heard.events, heard.messages],
    [
      [42, 43, 44, 45],
      [42, 45],
    ],
  );
  assert.deepEqual([heard.dials, heard.room.lastSeq], [[''], 45]);
});

test('a reconnect resumes after the event of an unknown type', async (t) => {
  const heard = await follow(t, [
    [joined(41, false), settings(42), settings(44)],
    [joined(45, true), message(43), settings(44), message(45)],
  ]);
  await heard.until(45);
  assert.deepEqual(heard.dials, ['', `?after=42&roomId=${roomId}`]);
  assert.deepEqual(heard.events, [42, 43, 44, 45]);
});

for (const [what, frame] of [
  ['a message', message(44)],
  ['an event of an unknown type', settings(44)],
  ['an edit', { ...envelope('message.edited', 44), messageId: idOf(1), content: 'more tea' }],
] as const) {
  test(`${what} that skips a seq is a gap: the client reconnects, and each event is emitted once`, async (t) => {
    const heard = await follow(t, [
      [joined(41, false), message(42), frame],
      [joined(45, true), message(43), frame, message(45)],
    ]);
    const causes: (string | undefined)[] = [];
    heard.room.on('state', ({ state, cause }) => state === 'waiting' && causes.push(cause));
    await heard.until(45);
    assert.deepEqual(causes, ['gap']);
    assert.deepEqual(heard.dials, ['', `?after=42&roomId=${roomId}`]);
    assert.deepEqual(heard.events, [42, 43, 44, 45]);
  });
}

test('each known type is emitted as a typed event; only message.created is also emitted as a message', async (t) => {
  const about = { messageId: idOf(42) };
  const log = [
    message(42),
    { ...envelope('message.edited', 43), ...about, content: 'more tea' },
    { ...envelope('reaction.added', 44), ...about, emoji: '👍' },
    { ...envelope('reaction.removed', 45), ...about, emoji: '👍' },
    { ...envelope('message.deleted', 46), ...about },
    message(47),
  ];
  const heard = await follow(t, [[joined(41, false), ...log]]);
  const events: AnyEvent[] = [];
  const contents: unknown[] = [];
  heard.room.on('event', (event) => {
    events.push(event);
    if (isRoomEvent(event) && event.type === 'message.edited') contents.push(event.content);
  });
  await heard.until(47);
  assert.deepEqual(events, log);
  assert.deepEqual([contents, heard.messages], [['more tea'], [42, 47]]);
});

test('frames without a seq whose type is unknown are ignored', async (t) => {
  const heard = await follow(t, [[joined(41, false), { type: 'poll.opened', id: idOf(1) }, {}, message(42)]]);
  await heard.until(42);
  assert.deepEqual([heard.events, heard.dials.length], [[42], 1]);
});

test('an event is not emitted twice', async (t) => {
  const heard = await follow(t, [[joined(43, true), message(42), settings(42), message(43), message(44)]], {
    after: 42,
    roomId,
  });
  await heard.until(44);
  assert.deepEqual([heard.events, heard.dials.length], [[43, 44], 1]);
});

test('the answer to a repeat resolves its promise; out of order it is emitted as a message at most, never as an event', async (t) => {
  const old = { ...envelope('message.created', 7), supersededBy: 9 };
  const [oldId, newId] = [newMessageId(), newMessageId()];
  const heard = await follow(t, [[joined(41, false)]], {}, ({ id }, socket) => {
    const frames = id === oldId ? [{ ...old, id }] : [message(43, id), message(42), message(43, id)];
    for (const frame of frames) socket.send(JSON.stringify(frame));
  });
  assert.deepEqual(await heard.room.send('withdrawn', { id: oldId }).stored, { ...old, id: oldId });
  assert.deepEqual(await heard.room.send('text 43', { id: newId }).stored, message(43, newId));
  if (heard.room.lastSeq !== 43) await heard.until(43);
  assert.deepEqual(
    [heard.events, heard.messages],
    [
      [42, 43],
      [7, 42, 43],
    ],
  );
  assert.deepEqual(heard.dials, ['']);
});
