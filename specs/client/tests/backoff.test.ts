import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoff, LONGER, NORMAL } from '../backoff.ts';

const most = () => 1;

test('a wait doubles with each failure, up to the cap, however many there were', () => {
  assert.deepEqual(
    [0, 1, 2, 6, 7, 5000].map((n) => backoff(n, NORMAL, most)),
    [250, 500, 1000, 15_000, 15_000, 15_000],
  );
});

test('a wait is spread over its whole range, so that a crowd does not come back at once', () => {
  const waits = Array.from({ length: 2000 }, () => backoff(3));
  const quarters = [0, 1, 2, 3].map((q) => waits.filter((ms) => ms >= q * 500 && ms <= (q + 1) * 500).length);
  for (const count of quarters) assert.ok(count > 400, `of 2000 waits the quarters of the range have ${quarters}`);
});

test('where the server is full the waits are longer', () => {
  assert.ok(backoff(0, LONGER, most) > 10 * backoff(0, NORMAL, most));
  assert.equal(backoff(50, LONGER, most), 60_000);
});
