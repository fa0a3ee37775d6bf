// Replay of missed events: page by page, without gaps or duplicates, whatever happens in between.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '@parlance/specs/limits.ts';
import { until } from '../../tests/house.ts';
import { bench, connect, message, messages, range } from './room_bench.ts';

test('a connection that resumes receives all pages and then live events, without gaps or duplicates', async () => {
  const self = bench(450);
  const live = connect(self.room);
  self.held = true;
  const late = connect(self.room, 0);
  assert.equal(late.writes[0]?.[0].resumed, true);
  for (const [index, read] of [0, 200, 400].entries()) {
    await until(() => self.answers.length > 0, 500);
    // Messages arrive while the page is in flight: before it was read, and after.
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

test('the next page is read after the previous one has drained; events that arrive meanwhile are not buffered', async () => {
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

test('a page has at most 256 KiB, however long the messages; after short messages it grows again', async () => {
  const self = bench(100);
  self.content = '\u0001'.repeat(LIMITS.contentMax); // six bytes each, escaped
  const sizes: number[] = [];
  const late = connect(self.room, 0);
  const deliver = late.deliver;
  late.deliver = (bytes, lastSeq) => {
    sizes.push(bytes.length);
    if (lastSeq > 60) self.content = 'short';
    deliver(bytes, lastSeq);
  };
  await until(() => late.live);
  assert.deepEqual(late.seqs(), range(1, 100));
  assert.ok(Math.max(...sizes) <= 256 * 1024 && sizes[0]! > 200 * 1024, String(sizes));
  const [first, ...others] = self.limits;
  assert.deepEqual(
    [first, Math.min(...others), self.limits.at(-1)! > others[0]!],
    [200, 10, true],
    String(self.limits),
  );
});

test('a connection ahead of this replica receives no gap and no duplicate when the replica catches up', async () => {
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

test('a failed read of a page is retried; a connection that closed meanwhile receives nothing', async () => {
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
