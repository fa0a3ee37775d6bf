// Sliding windows: at most n events in any window.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlidingWindows } from '../sliding_window.ts';

test('no window of ten seconds contains more events than allowed, wherever it begins', () => {
  const window = new SlidingWindows(3, 10_000);
  assert.deepEqual(
    [0, 9_000, 9_500].map((now) => window.take('ann', now)),
    [0, 0, 0],
  );
  assert.equal(window.take('ann', 9_900), 100, 'until the first event is ten seconds old');
  assert.equal(window.take('ann', 10_000), 0);
  assert.equal(window.take('ann', 10_001), 8_999, 'a fixed window would have been reset');
  assert.equal(window.take('bob', 10_001), 0, 'each key has its own');
});

test('a refused event is not counted', () => {
  const window = new SlidingWindows(1, 10_000);
  assert.equal(window.take('ann', 0), 0);
  for (let now = 1_000; now < 10_000; now += 1_000) assert.equal(window.take('ann', now), 10_000 - now);
  assert.equal(window.take('ann', 10_000), 0);
});
