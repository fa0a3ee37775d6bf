// The outbox with a fake log that answers when the test says so: pacing, batch limits, slow batches and locked rooms.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Outbox, type OutboxItem } from '@parlance/chat/outbox.ts';
import type { Append, AppendOutcome } from '@parlance/chat/website.ts';
import { createLog } from '@parlance/service/log.ts';
import { LIMITS } from '@parlance/specs/limits.ts';

interface Batch {
  contents: string[];
  wait: boolean;
  at: number;
  answer(outcome?: (message: Append) => AppendOutcome): Promise<void>;
  fail(): Promise<void>;
}

const stored = (message: Append): AppendOutcome => ({
  outcome: 'stored',
  event: {
    type: 'message.created',
    seq: 1,
    roomId: message.roomId,
    room: 'r',
    username: 'ann',
    timestamp: '',
    id: message.id,
    content: message.content,
  },
});
const busy = (): AppendOutcome => ({ outcome: 'busy' });
const [A, B, C] = ['0000', '0001', '0002'].map((end) => `00000000-0000-4000-8000-00000000${end}`) as [
  string,
  string,
  string,
];

function bench() {
  const batches: Batch[] = [];
  /** Delivered batches and answered messages, in order. */
  const events: string[] = [];
  const turn = () => sleep(0);
  const outbox = new Outbox({
    log: createLog({ service: 'tests', level: 'silent' }),
    send: (messages, wait) =>
      new Promise((resolve, reject) => {
        batches.push({
          contents: messages.map(({ content }) => content),
          wait,
          at: performance.now(),
          answer: (outcome = stored) => {
            resolve(messages.map(outcome));
            return turn();
          },
          fail: () => {
            reject(new Error('the website did not answer'));
            return turn();
          },
        });
      }),
    stored: (batch) => void events.push(`batch ${batch.map(({ content }) => content).join(' ')}`),
  });
  const say = (roomId: string, content: string): boolean => {
    const item: Omit<OutboxItem, 'answer'> = { roomId, id: randomUUID(), username: 'ann', sid: randomUUID(), content };
    return outbox.add({ ...item, answer: ({ outcome }) => events.push(`${content} ${outcome}`) });
  };
  const nth = async (index: number): Promise<Batch> => {
    for (let waited = 0; !batches[index]; waited += 1) {
      assert.ok(waited < 500, `batch ${index} did not leave`);
      await sleep(1);
    }
    return batches[index];
  };
  return { outbox, batches, events, say, nth };
}

test('a message to an idle outbox is sent at once', () => {
  const { batches, say } = bench();
  say(A, 'a');
  assert.deepEqual(
    batches.map(({ contents, wait }) => [contents, wait]),
    [[['a'], false]],
  );
});

test('messages that arrive while a batch is in flight are sent with the next batch, in order', async () => {
  const { batches, say, nth } = bench();
  for (const content of ['a', 'b', 'c']) say(A, content);
  await sleep(20);
  assert.equal(batches.length, 1);
  await (await nth(0)).answer();
  assert.deepEqual((await nth(1)).contents, ['b', 'c']);
});

/** Returns the ms between the start of a batch of `count` messages, which is answered at once, and the next batch. */
async function pace(count: number, before: number): Promise<number> {
  const { say, nth } = bench();
  for (let index = 0; index <= before; index += 1) {
    for (let message = 0; message < count; message += 1) say(A, 'x');
    await (await nth(index)).answer();
  }
  say(A, 'last');
  const [one, two] = [await nth(before), await nth(before + 1)];
  return two.at - one.at;
}

test('small batches start at least 2 ms apart, however fast the answers are', async () => {
  const apart = await Promise.all(Array.from({ length: 20 }, () => pace(1, 1)));
  assert.ok(
    apart.every((ms) => ms >= 1),
    `${apart}`,
  );
  assert.ok(
    apart.some((ms) => ms < 5),
    `${apart}`,
  );
});

test('consecutive large batches start 6 ms apart', async () => {
  const apart = await Promise.all(Array.from({ length: 5 }, () => pace(100, 5)));
  assert.ok(
    apart.every((ms) => ms >= 5),
    `${apart}`,
  );
});

test('after a pause a message is sent at once', async () => {
  const { batches, say, nth } = bench();
  say(A, 'a');
  await (await nth(0)).answer();
  await sleep(10);
  say(A, 'b');
  assert.equal(batches.length, 2);
});

test('a batch has at most 500 messages and 8 MiB', async () => {
  const { say, nth } = bench();
  say(A, 'first');
  for (let index = 0; index < 700; index += 1) say(A, `${index}`);
  for (let index = 0; index < 1_200; index += 1) say(A, 'x'.repeat(4_000));
  await (await nth(0)).answer();
  assert.equal((await nth(1)).contents.length, LIMITS.appendMax);
  await (await nth(1)).answer();
  for (let index = 2; index < 5; index += 1) {
    const { contents, answer } = await nth(index);
    assert.ok(contents.length <= LIMITS.appendMax);
    assert.ok(contents.reduce((sum, { length }) => sum + 2 * length, 0) <= 8 * 1024 * 1024);
    await answer();
  }
});

test('a slow batch delays only its own rooms, and no batch starts in parallel with a fast one', async () => {
  const { batches, say, nth } = bench();
  say(A, 'slow');
  say(B, 'a');
  say(A, 'waits');
  await sleep(10);
  assert.equal(batches.length, 1);
  const second = await nth(1);
  assert.deepEqual(second.contents, ['a']);
  assert.ok(second.at - batches[0]!.at >= 19, `${second.at - batches[0]!.at} ms`);
  await second.answer();
  say(C, 'b');
  assert.deepEqual((await nth(2)).contents, ['b']);
  await (await nth(0)).answer();
  await (await nth(2)).answer();
  assert.deepEqual((await nth(3)).contents, ['waits']);
});

test('a long queue starts a second batch at once; a third batch waits until one has ended', async () => {
  const { batches, say, nth } = bench();
  say(A, 'a');
  for (let index = 0; index < 2 * LIMITS.appendMax; index += 1) say(B, `${index}`);
  const second = await nth(1);
  assert.equal(second.contents.length, LIMITS.appendMax);
  assert.ok(second.at - batches[0]!.at < 19);
  for (let index = 0; index < LIMITS.appendMax; index += 1) say(C, `${index}`);
  await sleep(50);
  assert.equal(batches.length, 2);
  await (await nth(0)).answer();
  assert.equal((await nth(2)).contents.length, LIMITS.appendMax);
});

test('when not all messages fit into a batch, those of a room are grouped, and no room fills more than a quarter', async () => {
  const { say, nth } = bench();
  const rooms = Array.from({ length: 300 }, (_, index) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`);
  say(A, 'first');
  for (let index = 0; index < LIMITS.appendMax; index += 1) say(C, 'second');
  await nth(1);
  for (let index = 0; index < 400; index += 1) say(B, `b ${index}`);
  for (const round of [1, 2]) for (const room of rooms) say(room, `${room} ${round}`);
  await (await nth(0)).answer();
  const { contents } = await nth(2);
  assert.equal(contents.length, LIMITS.appendMax);
  assert.equal(contents.filter((content) => content.startsWith('b ')).length, LIMITS.appendMax / 4);
  const others = contents.filter((content) => !content.startsWith('b '));
  for (let index = 0; index + 1 < others.length; index += 2) {
    assert.deepEqual(
      [others[index]!.slice(0, 36), 1],
      [others[index + 1]!.slice(0, 36), Number(others[index]!.at(-1))],
    );
  }
});

test('many messages of a room in flight do not delay another room', async () => {
  const { say, nth } = bench();
  say(A, 'slow');
  say(B, 'other');
  for (let index = 0; index < LIMITS.appendMax; index += 1) say(A, `${index}`);
  assert.deepEqual((await nth(1)).contents, ['other']);
});

test('the messages of a room are sent in order, in one batch at a time', async () => {
  const { batches, say, nth } = bench();
  say(A, '1');
  await nth(0);
  for (let index = 2; index < 20; index += 1) say(A, String(index));
  say(B, 'x');
  await (await nth(1)).answer();
  assert.deepEqual(batches[1]!.contents, ['x']);
  await (await nth(0)).answer();
  await (await nth(2)).answer();
  assert.deepEqual(
    [...batches[0]!.contents, ...batches[2]!.contents],
    Array.from({ length: 19 }, (_, index) => String(index + 1)),
  );
});

test('a batch is delivered before its messages are answered, each with its own outcome', async () => {
  const { events, say, nth } = bench();
  say(A, 'a');
  for (const content of ['b', 'c', 'd']) say(A, content);
  await (await nth(0)).answer();
  const outcomes: Record<string, AppendOutcome> = { b: { outcome: 'id_conflict' }, c: { outcome: 'room_gone' } };
  await (await nth(1)).answer((message) => outcomes[message.content] ?? stored(message));
  assert.deepEqual(events.slice(2), ['batch b c d', 'b id_conflict', 'c room_gone', 'd stored']);
});

test('when an append fails, its messages are answered with store_unavailable and not retried, and the next batch is sent', async () => {
  const { batches, events, say, nth } = bench();
  say(A, 'a');
  say(A, 'b');
  await (await nth(0)).fail();
  assert.deepEqual(events, ['batch a', 'a store_unavailable']);
  await (await nth(1)).answer();
  assert.deepEqual(
    batches.map(({ contents }) => contents),
    [['a'], ['b']],
  );
});

test('a room whose row is locked gets its own waiting lane and keeps its order, and the shared lane continues', async () => {
  const { batches, events, say, nth } = bench();
  say(A, 'held 1');
  say(C, 'free 1');
  say(A, 'held 2');
  say(C, 'free 2');
  await (await nth(0)).answer(busy);
  const solo = batches.findIndex(({ wait }) => wait);
  assert.deepEqual(batches[solo]?.contents, ['held 1', 'held 2']);
  say(A, 'held 3');
  const lane = await nth(2 - (solo - 1));
  assert.deepEqual([lane.contents, lane.wait], [['free 1', 'free 2'], false]);
  await lane.answer();
  say(C, 'free 3');
  await (await nth(3)).answer();
  assert.deepEqual(
    events.filter((event) => event.endsWith(' stored')),
    ['free 1 stored', 'free 2 stored', 'free 3 stored'],
  );
  await batches[solo]!.answer();
  const last = await nth(4);
  assert.deepEqual([last.contents, last.wait], [['held 3'], true]);
  await last.answer();
  await sleep(10);
  say(A, 'free again');
  assert.deepEqual([(await nth(5)).contents, (await nth(5)).wait], [['free again'], false]);
  assert.equal(events.filter((event) => event.endsWith('busy')).length, 0);
});

test('several locked rooms wait in parallel', async () => {
  const { say, nth, batches } = bench();
  say(A, 'x');
  say(A, 'held');
  say(C, 'held too');
  await (await nth(0)).answer();
  await (await nth(1)).answer(busy);
  await nth(3);
  assert.deepEqual(
    batches.slice(2).map(({ contents, wait }) => [contents, wait]),
    [
      [['held'], true],
      [['held too'], true],
    ],
  );
});

test('a process holds up to 16 MiB of messages and refuses more until some are answered', async () => {
  const { outbox, say, nth } = bench();
  let taken = 0;
  while (say(A, 'x'.repeat(4_000))) taken += 1;
  assert.ok(outbox.bytes <= LIMITS.outboxMax && outbox.bytes > LIMITS.outboxMax - 10_000);
  assert.ok(taken > 1_900, `${taken} messages`);
  assert.equal(say(B, 'y'.repeat(4_000)), false);
  await (await nth(0)).fail();
  assert.equal(say(B, 'y'.repeat(4_000)), true);
});

test('close() refuses new messages and waits for all others, also those of locked rooms', async () => {
  const { outbox, say, nth } = bench();
  say(A, 'a');
  say(B, 'b');
  let settled = false;
  const waiting = outbox.close().then(() => {
    settled = true;
  });
  assert.equal(say(A, 'late'), false);
  await (await nth(0)).answer(busy);
  await (await nth(1)).answer();
  assert.equal(settled, false);
  await (await nth(2)).answer();
  await waiting;
  assert.equal(outbox.bytes, 0);
});
