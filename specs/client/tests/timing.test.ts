// The times of the client, with a clock that is set by hand: how long a token, a message, a typist and a connection wait.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { LIMITS } from '../../generated/limits.ts';
import { attempt } from '../attempt.ts';
import { backoff, LONGER, NORMAL } from '../backoff.ts';
import { createClient } from '../index.ts';
import { TokenKeeper } from '../room_token.ts';
import { SendPace } from '../send_pace.ts';
import { Watch } from '../watch.ts';
import { envelope } from './room_log.ts';
import { roomId, startScriptServer } from './script_server.ts';

const TOKEN = { token: 'x', url: 'ws://127.0.0.1:9/ws/tea', room: {} as never };
/** What timers and promises do in the next turns. */
const settle = async () => {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
};

function clock(t: TestContext, random = 0) {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1_000_000 });
  t.mock.method(Math, 'random', () => random);
  return t.mock.timers;
}

/** A keeper, and how often it asked for a token. Its tokens say that they live for `lifeMs` by the server's clock. */
function keeper(lifeMs: number) {
  let asked = 0;
  const tokens = new TokenKeeper(async () => {
    asked += 1;
    return { ...TOKEN, expiresAt: new Date(Date.now() + lifeMs).toISOString() };
  });
  const get = async () => {
    await tokens.get(new AbortController().signal);
    return asked;
  };
  return { tokens, get };
}

test('a token is used again until 10 s before its end', async (t) => {
  const timers = clock(t);
  const { get } = keeper(LIMITS.roomTokenSeconds * 1_000);
  assert.equal(await get(), 1);
  timers.tick(49_999);
  assert.equal(await get(), 1);
  timers.tick(1);
  assert.equal(await get(), 2);
});

test('a token is used for no longer than a token lives, whatever the clock of the server says', async (t) => {
  const timers = clock(t);
  const { get } = keeper(3_600_000);
  assert.equal(await get(), 1);
  timers.tick(LIMITS.roomTokenSeconds * 1_000 - 10_000);
  assert.equal(await get(), 2);
});

test('a new token is requested after the second failed upgrade, not after the first', async (t) => {
  clock(t);
  const { tokens, get } = keeper(60_000);
  await get();
  tokens.failed();
  assert.equal(await get(), 1);
  tokens.failed();
  assert.equal(await get(), 2);
  tokens.failed();
  assert.equal(await get(), 2, 'the count begins again with a new token');
});

/** A pace, and how often it went on. */
function paced() {
  let resumed = 0;
  const pace = new SendPace(() => {
    resumed += 1;
  });
  return { pace, resumed: () => resumed };
}

test('after a refusal with a time nothing is sent before it, plus up to a quarter of a second', (t) => {
  const timers = clock(t, 1);
  const { pace, resumed } = paced();
  pace.refused(4_000);
  assert.deepEqual([pace.paused, pace.window], [true, 1]);
  timers.tick(4_000 + NORMAL.baseMs - 1);
  assert.equal(resumed(), 0);
  timers.tick(1);
  assert.deepEqual([resumed(), pace.paused], [1, false]);
});

test('a refusal without a time waits with the backoff, in which refusals during a pause count once', (t) => {
  const timers = clock(t, 1);
  const { pace, resumed } = paced();
  for (let refusals = 1; refusals <= 3; refusals += 1) {
    pace.refused();
    pace.refused();
    const wait = backoff(refusals, NORMAL, () => 1);
    timers.tick(wait - 1);
    assert.equal(resumed(), refusals - 1);
    timers.tick(1);
    assert.equal(resumed(), refusals, `refusal ${refusals}: ${wait} ms`);
  }
});

test('a shorter time does not end a longer pause', (t) => {
  const timers = clock(t);
  const { pace, resumed } = paced();
  pace.refused(5_000);
  pace.refused(1_000);
  timers.tick(4_999);
  assert.equal(resumed(), 0);
  timers.tick(1);
  assert.equal(resumed(), 1);
});

test('after a refusal one message is under way, then two, four and so on, up to the limit of the contract', (t) => {
  const timers = clock(t);
  const { pace } = paced();
  assert.equal(pace.window, LIMITS.unansweredMax);
  pace.refused(0);
  timers.tick(1);
  const windows = Array.from({ length: 7 }, () => {
    pace.accepted();
    return pace.window;
  });
  assert.deepEqual(windows, [2, 4, 8, 16, 32, 64, 64]);
});

/** A watch over a connection of which nothing is heard. */
function watched(silenceMs: number, dueSince: number | undefined, isAt = true) {
  const seen = { looks: 0, dead: 0 };
  const watch = new Watch(silenceMs, {
    dueSince: () => dueSince,
    isAt: () => isAt,
    look: async () => {
      seen.looks += 1;
      return {} as never;
    },
    dead: () => {
      seen.dead += 1;
    },
  });
  return { watch, seen };
}

test('a connection that owes an answer is dead after the silence, without a look', (t) => {
  const timers = clock(t);
  const { seen } = watched(20_000, Date.now());
  timers.tick(19_999);
  assert.deepEqual(seen, { looks: 0, dead: 0 });
  timers.tick(1);
  assert.deepEqual(seen, { looks: 0, dead: 1 });
});

test('a connection that owes nothing is looked at after three times the silence, and stays if nothing was missed', async (t) => {
  const timers = clock(t);
  const { watch, seen } = watched(20_000, undefined);
  timers.tick(59_999);
  assert.equal(seen.looks, 0);
  timers.tick(1);
  await settle();
  assert.deepEqual(seen, { looks: 1, dead: 0 });
  watch.stop();
});

test('an event that HTTP knows has 3 s to arrive, then the connection is dead', async (t) => {
  const timers = clock(t);
  const { watch, seen } = watched(20_000, undefined, false);
  timers.tick(3_000);
  watch.look();
  await settle();
  assert.equal(seen.looks, 0, 'something was heard within 3 s');
  timers.tick(1);
  watch.look();
  await settle();
  timers.tick(2_999);
  await settle();
  assert.deepEqual(seen, { looks: 1, dead: 0 });
  timers.tick(1);
  await settle();
  assert.equal(seen.dead, 1);
});

test('an upgrade that does not end is given up after 15 s', async (t) => {
  const timers = clock(t);
  class Silent {
    addEventListener(): void {}
    send(): void {}
    close(): void {}
  }
  const { tokens } = keeper(60_000);
  const ended = attempt({
    tokens,
    WebSocket: Silent as never,
    query: {},
    signal: new AbortController().signal,
    frame: () => undefined,
  });
  let cause: string | undefined;
  void ended.then((ending) => {
    cause = ending.cause;
  });
  await settle();
  timers.tick(14_999);
  await settle();
  assert.equal(cause, undefined);
  timers.tick(1);
  assert.equal((await ended).cause, 'timeout');
});

test('the longer waits begin at 4 s and end at 60 s, the others at 250 ms and 15 s', () => {
  const most = (attempt: number, pace: typeof NORMAL) => backoff(attempt, pace, () => 1);
  assert.deepEqual([most(0, NORMAL), most(99, NORMAL)], [250, 15_000]);
  assert.deepEqual([most(0, LONGER), most(1, LONGER), most(99, LONGER)], [4_000, 8_000, 60_000]);
  assert.equal(
    backoff(3, LONGER, () => 0),
    0,
    'the whole range is used',
  );
});

test('typing is sent every 3 s at the most, and at once after a message', async (t) => {
  const sent: string[] = [];
  const joined = { type: 'room.joined', roomId, room: 'tea', username: 'ann', lastSeq: 0, resumed: false };
  const { room: name } = envelope('message.created', 1);
  const server = await startScriptServer([[{ ...joined, members: ['ann'], memberCount: 1 }]], (frame) => {
    sent.push((frame as unknown as { type: string }).type);
  });
  t.after(() => server.close());
  const room = createClient({ baseUrl: server.url, accessToken: 'x' }).joinRoom(name);
  t.after(() => room.close());
  await new Promise<void>((resolve) => room.on('joined', () => resolve()));
  let now = Date.now();
  t.mock.method(Date, 'now', () => now);
  for (const ms of [0, 2_999, 1, 2_999]) {
    now += ms;
    room.typing();
  }
  room.send('Milk?').stored.catch(() => undefined);
  room.typing();
  while (sent.length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(sent, ['typing.start', 'typing.start', 'message.send', 'typing.start']);
});
