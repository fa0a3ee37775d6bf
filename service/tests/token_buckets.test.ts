// Token buckets: burst, refill and bounded memory.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBuckets } from '../token_buckets.ts';

test('a key has its burst, then one token per refill interval', () => {
  const buckets = new TokenBuckets(10, 5, 100);
  for (let n = 0; n < 5; n++) {
    assert.equal(buckets.wait('a', 1_000), 0, `token ${n + 1}`);
    buckets.take('a', 1_000);
  }
  assert.equal(buckets.wait('a', 1_000), 100);
  assert.equal(buckets.used('a', 1_000), 1);
  assert.equal(buckets.wait('b', 1_000), 0, 'another key has its own');
  assert.equal(buckets.wait('a', 1_099), 1);
  assert.equal(buckets.wait('a', 1_100), 0);
  buckets.take('a', 1_100);
  assert.equal(buckets.wait('a', 1_100), 100);
  assert.equal(buckets.wait('a', 60_000), 0);
  assert.equal(buckets.used('a', 60_000), 0);
});

test('a full bucket is evicted, and of too many keys the least recently used one', () => {
  const buckets = new TokenBuckets(1, 10, 1_000);
  for (let n = 0; n < 5_000; n++) buckets.take(`key ${n}`, 0);
  assert.equal(buckets.size, 1_000);
  assert.equal(buckets.used('key 3999', 0), 0, 'evicted');
  assert.equal(buckets.used('key 4000', 0), 0.1, 'kept');
  for (let n = 0; n < 600; n++) buckets.take(`later ${n}`, 20_000);
  assert.equal(buckets.size, 600, 'two are evicted for each one added');
});
