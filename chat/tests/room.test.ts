// A room's door and its catching up, with a log that answers when the test says so: every order in which messages can
// come, and every moment at which a connection can come.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalHub } from '@parlance/chat/broker.ts';
import { Room } from '@parlance/chat/room.ts';
import type { Message, Website } from '@parlance/chat/website.ts';
import type { Connection } from '@parlance/chat/websocket/connection.ts';
import { until } from '../../tests/house.ts';
import type { Json } from '../../tests/people.ts';
import { recordLog } from '../../tests/stack.ts';
import { framesIn } from './frames_in.ts';

const ID = '0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10';
const message = (seq: number): Message => ({
  id: `00000000-0000-4000-8000-${String(seq).padStart(12, '0')}`,
  seq,
  room: 'Room',
  username: 'bob',
  content: `message ${seq}`,
  timestamp: '2026-11-21T09:30:00.000Z',
});
const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
const messages = (from: number, to: number) => range(from, to).map(message);

/** A room at `lastSeq` over a log that goes to `bench.end`; reads answer at once, or when `answers` are called. */
function bench(lastSeq = 0) {
  const recorded = recordLog();
  const self = {
    ...recorded,
    end: lastSeq,
    held: false,
    reads: [] as number[],
    answers: [] as ((fail?: Error) => void)[],
    room: undefined as unknown as Room,
  };
  const website = {
    read: (_roomId: string, after: number, limit: number) =>
      new Promise((resolve, reject) => {
        self.reads.push(after);
        const { end } = self;
        const answer = (fail?: Error) => {
          const page = messages(after + 1, Math.min(end, after + limit));
          if (fail) reject(fail);
          else resolve({ roomId: ID, messages: page, hasMore: after + limit < end });
        };
        if (self.held) self.answers.push(answer);
        else setImmediate(answer);
      }),
  } as unknown as Website;
  const parts = { website, broker: new LocalHub().connect(), replica: 'one', log: recorded.log };
  self.room = new Room({ roomId: ID, room: 'Room', lastSeq }, parts);
  return self;
}

/** A connection that remembers what was written, each write with its frames; a page drains when `drain` is called. */
function connect(room: Room, cursor?: number, slow = false, username = 'ann') {
  const writes: Json[][] = [];
  const record = (bytes: Buffer) => void writes.push(framesIn(bytes));
  const self = {
    pass: { username },
    cursor: 0,
    live: false,
    isOpen: true,
    drain: (): void => undefined,
    send: (frame: Json) => void writes.push([frame]),
    write: record,
    deliver: (bytes: Buffer, lastSeq: number) => {
      self.cursor = lastSeq;
      record(bytes);
    },
    deliverPage: (bytes: Buffer, lastSeq: number) => {
      self.deliver(bytes, lastSeq);
      if (!slow) return Promise.resolve();
      return new Promise<void>((resolve) => {
        self.drain = resolve;
      });
    },
    close: () => {
      self.isOpen = false;
    },
  };
  room.join(self as unknown as Connection, cursor);
  const created = () => writes.flat().filter(({ type }) => type === 'message.created');
  return Object.assign(self, { writes, seqs: () => created().map(({ seq }) => seq as number) });
}

test('messages that are the next ones are delivered at once, what came together in one write', () => {
  const { room } = bench(10);
  const connection = connect(room);
  room.accept([message(11)]);
  room.accept(messages(12, 14));
  assert.deepEqual(
    connection.writes.slice(1).map((write) => write.map(({ seq }) => seq)),
    [[11], [12, 13, 14]],
  );
  assert.equal(room.lastSeq, 14);
});

test('what was delivered before is ignored, alone, in a run and in front of new ones', () => {
  const { room } = bench(10);
  const connection = connect(room);
  room.accept(messages(11, 13));
  room.accept([message(12)]);
  room.accept(messages(9, 13));
  room.accept(messages(11, 15));
  room.accept([message(15), message(15), message(16), message(16)]);
  assert.deepEqual(connection.seqs(), range(11, 16));
});

test('an answer that overtakes another waits for it, and the log is not asked', async () => {
  const { room, reads } = bench();
  const connection = connect(room);
  room.accept(messages(4, 6));
  room.accept([message(3)]);
  assert.deepEqual(connection.seqs(), []);
  room.accept(messages(1, 2));
  assert.deepEqual(
    connection.writes.slice(1).map((write) => write.map(({ seq }) => seq)),
    [range(1, 6)],
  );
  await sleep(80);
  assert.deepEqual(reads, []);
});

test('a gap that is not filled within 50 ms is read from the log', async () => {
  const self = bench();
  const connection = connect(self.room);
  self.end = 9;
  self.room.accept(messages(5, 7));
  await sleep(30);
  assert.deepEqual([connection.seqs(), self.reads], [[], []]);
  await until(() => connection.seqs().length > 0, 500);
  assert.deepEqual(connection.seqs(), range(1, 9));
});

test('in whatever order, pieces and repetitions messages come, each is delivered once and in order', async () => {
  let seed = 20261121;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let round = 0; round < 200; round += 1) {
    const self = bench();
    const total = 1 + random(40);
    self.end = total;
    const early = connect(self.room);
    const pieces: Message[][] = [];
    for (let from = 1; from <= total; ) {
      const to = Math.min(total, from + random(5));
      for (let copies = random(4); copies > 0; copies -= 1) pieces.push(messages(from, to));
      from = to + 1;
    }
    const others: ReturnType<typeof connect>[] = [];
    for (let left = pieces.length; left > 0; left -= 1) {
      const [piece] = pieces.splice(random(left), 1) as [Message[]];
      self.room.accept(random(2) ? piece : piece.toReversed());
      if (random(4) === 0) others.push(connect(self.room, random(self.room.lastSeq + 1)));
      if (random(8) === 0) await sleep(0);
    }
    self.room.behind();
    await until(() => [early, ...others].every(({ cursor }) => cursor === total));
    assert.deepEqual(early.seqs(), range(1, total));
    for (const { seqs, writes } of others) {
      assert.deepEqual(seqs(), range(total - seqs().length + 1, total));
      assert.equal(writes[0]?.[0].resumed, true);
    }
    self.room.close();
  }
});

test('a hint that comes while the log is read makes it be read again', async () => {
  const self = bench();
  const connection = connect(self.room);
  self.held = true;
  self.end = 1;
  self.room.behind();
  self.end = 2;
  self.room.behind();
  self.answers.shift()!();
  await until(() => self.answers.length > 0, 500);
  self.answers.shift()!();
  await until(() => self.room.lastSeq === 2, 500);
  assert.deepEqual(connection.seqs(), [1, 2]);
});

test('a log that cannot be read is read again, and meanwhile the room goes on', async () => {
  const self = bench();
  const connection = connect(self.room);
  self.held = true;
  self.end = 3;
  self.room.behind();
  self.answers.shift()!(new Error('the website did not answer'));
  self.held = false;
  self.room.accept([message(1)]);
  assert.deepEqual(connection.seqs(), [1]);
  await until(() => connection.seqs().length === 3, 1_000);
  assert.deepEqual(connection.seqs(), [1, 2, 3]);
});

test('more that came early than is held is found in the log all the same', async () => {
  const self = bench();
  const connection = connect(self.room);
  self.end = 2_500;
  self.room.accept(messages(2, 2_500));
  await until(() => connection.cursor === 2_500, 1_000);
  assert.deepEqual(connection.seqs(), range(1, 2_500));
});

test('who resumes gets page after page, then joins the live ones without a gap or a double', async () => {
  const self = bench(450);
  const live = connect(self.room);
  self.held = true;
  const late = connect(self.room, 0);
  assert.equal(late.writes[0]?.[0].resumed, true);
  for (const [index, read] of [0, 200, 400].entries()) {
    await until(() => self.answers.length > 0, 500);
    // Messages arrive while the page is on its way: before it was read, and after.
    self.room.accept(messages(451 + 2 * index, 452 + 2 * index));
    self.end = self.room.lastSeq;
    assert.equal(self.reads.at(-1), read);
    assert.equal(late.live, false);
    self.answers.shift()!();
    await sleep(0);
  }
  for (; late.cursor < 456; await sleep(0)) self.answers.shift()?.();
  assert.equal(late.live, true);
  self.room.accept([message(457)]);
  assert.deepEqual(late.seqs(), range(1, 457));
  assert.deepEqual(live.seqs(), range(451, 457));
});

test('the next page is read only when the one before has drained; what comes meanwhile is not held', async () => {
  const self = bench(500);
  const slow = connect(self.room, 0, true);
  await until(() => slow.cursor === 200, 500);
  self.room.accept(messages(501, 510));
  self.end = 510;
  await sleep(20);
  assert.deepEqual([self.reads, slow.live, slow.seqs().length], [[0], false, 200]);
  for (const cursor of [400, 510]) {
    slow.drain();
    await until(() => slow.cursor === cursor, 500);
  }
  assert.equal(slow.live, false, 'the last page has not drained');
  slow.drain();
  await until(() => slow.live, 500);
  assert.deepEqual(slow.seqs(), range(1, 510));
});

test('who was ahead of this replica gets neither a gap nor a double when the replica catches up', async () => {
  const self = bench(10);
  self.held = true;
  self.end = 14;
  const ahead = connect(self.room, 13);
  assert.deepEqual([ahead.writes[0]?.[0].resumed, ahead.writes[0]?.[0].lastSeq], [true, 13]);
  await until(() => self.answers.length > 0, 500);
  self.room.accept(messages(11, 12));
  assert.deepEqual(ahead.seqs(), []);
  self.answers.shift()!();
  await until(() => self.room.lastSeq === 14, 500);
  self.room.accept([message(15)]);
  assert.deepEqual(ahead.seqs(), [14, 15]);
});

test('a page that cannot be read is asked for again; who has gone meanwhile gets nothing', async () => {
  const self = bench(3);
  self.held = true;
  const [stays, goes] = [connect(self.room, 0), connect(self.room, 1)];
  for (const answer of self.answers.splice(0)) answer(new Error('the website did not answer'));
  self.held = false;
  goes.close();
  await until(() => stays.live, 1_500);
  await sleep(50);
  assert.deepEqual([stays.seqs(), goes.seqs()], [[1, 2, 3], []]);
});

test('an off-spec message is logged and sent to nobody; those beside it arrive', () => {
  const { room, lines } = bench();
  const connection = connect(room);
  room.accept([message(1), { ...message(2), content: 7 as unknown as string }, message(3)]);
  room.accept([message(4)]);
  assert.deepEqual(connection.seqs(), [1, 3, 4]);
  assert.deepEqual(
    lines.map(({ level }) => level),
    ['error'],
  );
  assert.ok(!JSON.stringify(lines).includes('message 1'), 'no text of a message is logged');
});

test('a deleted room tells everybody, then closes them, and delivers no more', () => {
  const { room } = bench();
  const [live, late] = [connect(room), connect(room, 0)];
  room.delete();
  room.accept([message(1)]);
  for (const { writes, isOpen, seqs } of [live, late]) {
    assert.deepEqual(writes.at(-1), [{ type: 'room.deleted' }]);
    assert.deepEqual([isOpen, seqs()], [false, []]);
  }
});
