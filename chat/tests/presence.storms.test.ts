// A join storm in one room: the number of presence frames per member does not grow with the number of members.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { bench, connect } from './room_bench.ts';

/** Joins per millisecond. */
const RATE = 5;

/** Returns the mean number of presence.changed frames per member while `members` join. */
function toldWhile(t: TestContext, members: number): number {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { room } = bench();
  const all = Array.from({ length: members }, (_, index) => {
    if (index % RATE === 0) t.mock.timers.tick(1);
    return connect(room, undefined, false, `user-${index}`);
  });
  t.mock.timers.tick(10_000);
  const counts = all.map(({ writes }) => writes.flat().filter(({ memberCount }) => memberCount !== undefined));
  for (const frames of counts) assert.equal(frames.at(-1)?.memberCount, members, 'every member has the final count');
  const told = counts.map((frames) => frames.filter(({ type }) => type === 'presence.changed'));
  room.close();
  t.mock.timers.reset();
  return told.reduce((sum, frames) => sum + frames.length, 0) / members;
}

test('during a join storm a member of a large room receives about as few frames as one of a small room', (t) => {
  const [small, large] = [toldWhile(t, 1_000), toldWhile(t, 10_000)];
  assert.ok(small > 0.9, 'the premise: changes are sent');
  assert.ok(large <= 3 * small, `${small} of 1,000, ${large} of 10,000`);
});

test('a socket receives no presence.changed for changes that its room.joined included', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { room } = bench();
  const [ann, bob] = [connect(room, undefined, false, 'ann'), connect(room, undefined, false, 'bob')];
  t.mock.timers.tick(200);
  const changes = ({ writes }: typeof ann) => writes.flat().filter(({ type }) => type === 'presence.changed');
  assert.deepEqual([changes(ann).length, changes(bob).length], [1, 0]);
  connect(room, undefined, false, 'cid');
  t.mock.timers.tick(200);
  assert.deepEqual([changes(ann).length, changes(bob).length], [2, 1]);
  room.close();
});
