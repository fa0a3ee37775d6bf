// Sequence: committed messages may arrive in any order, any runs and any number of times; each is delivered once, in
// order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogEvent } from '@parlance/chat/website.ts';
import { until } from '../../tests/house.ts';
import { bench, connect, message, messages, range } from './room_bench.ts';

test('messages with the next seqs are delivered at once, a run of them in one write', () => {
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

test('duplicates are ignored, alone, within a run and before new messages', () => {
  const { room } = bench(10);
  const connection = connect(room);
  room.accept(messages(11, 13));
  room.accept([message(12)]);
  room.accept(messages(9, 13));
  room.accept(messages(11, 15));
  room.accept([message(15), message(15), message(16), message(16)]);
  assert.deepEqual(connection.seqs(), range(11, 16));
});

test('messages that arrive early wait for the missing ones, and the log is not read', async () => {
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

test('a gap that is not closed in time is read from the log', async () => {
  const self = bench();
  const connection = connect(self.room);
  self.end = 9;
  self.room.accept(messages(5, 7));
  assert.deepEqual([connection.seqs(), self.reads], [[], []]);
  await until(() => connection.seqs().length > 0, 500);
  assert.deepEqual(connection.seqs(), range(1, 9));
});

test('messages in random order, runs and repetitions are each delivered once and in order', async () => {
  let seed = 20261121;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let round = 0; round < 100; round += 1) {
    const self = bench();
    const total = 1 + random(40);
    self.end = total;
    const early = connect(self.room);
    const pieces: LogEvent[][] = [];
    for (let from = 1; from <= total; ) {
      const to = Math.min(total, from + random(5));
      for (let copies = random(4); copies > 0; copies -= 1) pieces.push(messages(from, to));
      from = to + 1;
    }
    const others: ReturnType<typeof connect>[] = [];
    for (let left = pieces.length; left > 0; left -= 1) {
      const [piece] = pieces.splice(random(left), 1) as [LogEvent[]];
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

test('a hint during a read of the log causes another read', async () => {
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

test('a failed read of the log is retried, and meanwhile the room delivers messages', async () => {
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

test('early messages beyond the limit are dropped and read from the log', async () => {
  const self = bench();
  const connection = connect(self.room);
  self.end = 2_500;
  self.room.accept(messages(2, 2_500));
  await until(() => connection.cursor === 2_500, 1_000);
  assert.deepEqual(connection.seqs(), range(1, 2_500));
});

test('an off-spec message is logged and not sent; its neighbours are delivered', () => {
  const { room, lines } = bench();
  const connection = connect(room);
  room.accept([message(1), { ...message(2), content: 7 }, message(3)]);
  room.accept([message(4)]);
  assert.deepEqual(connection.seqs(), [1, 3, 4]);
  assert.deepEqual(
    lines.map(({ level }) => level),
    ['error'],
  );
  assert.ok(!JSON.stringify(lines).includes('message 1'), 'no message text is logged');
});

test('an event of an unknown type is delivered unchanged and in order', async () => {
  const { room, lines } = bench();
  const connection = connect(room);
  const { id: _, content: __, ...base } = message(2);
  const later = { ...base, type: 'members.changed', added: ['cid'] };
  room.accept([message(1), later, message(3)]);
  assert.deepEqual(
    connection.writes
      .flat()
      .filter(({ seq }) => seq !== undefined)
      .map(({ type, seq }) => [type, seq]),
    [
      ['message.created', 1],
      ['members.changed', 2],
      ['message.created', 3],
    ],
  );
  assert.deepEqual(
    connection.writes.flat().find(({ seq }) => seq === 2),
    later,
  );
  assert.deepEqual(lines, []);
});

test('a deleted room notifies and closes all connections and delivers no more', () => {
  const { room } = bench();
  const [live, late] = [connect(room), connect(room, 0)];
  room.delete();
  room.accept([message(1)]);
  for (const { writes, isOpen, seqs } of [live, late]) {
    assert.deepEqual(writes.at(-1), [{ type: 'room.deleted' }]);
    assert.deepEqual([isOpen, seqs()], [false, []]);
  }
});
