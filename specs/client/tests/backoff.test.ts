import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoff, LONGER, NORMAL } from '../backoff.ts';

const most = () => 1;

test('a wait doubles with each failure, up to the cap, for any number of failures', () => {
  assert.deepEqual(
    [0, 1, 2, 6, 7, 5000].map((n) => backoff(n, NORMAL, most)),
    [250, 500, 1000, 15_000, 15_000, 15_000],
  );
});

test('a wait is spread over its whole range, so that many clients do not reconnect at once', () => {
  const waits = Array.from({ length: 2000 }, () => backoff(3));
  const quarters = [0, 1, 2, 3].map((q) => waits.filter((ms) => ms >= q * 500 && ms <= (q + 1) * 500).length);
  for (const count of quarters) assert.ok(count > 400, `of 2000 waits the quarters of the range have ${quarters}`);
});

test('the waits are longer when the server is full', () => {
  assert.ok(backoff(0, LONGER, most) > 10 * backoff(0, NORMAL, most));
  assert.equal(backoff(50, LONGER, most), 60_000);
});
