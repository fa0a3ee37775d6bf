// The histogram for hot paths reports exactly what the histogram of the library reports.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from 'prom-client';
import { createMetrics, PlainHistogram, Tally } from '../metrics.ts';

test('a plain histogram reports the same as the one of the library, for every observation', async () => {
  const described = { name: 'seconds', help: 'Seconds', buckets: [0.1, 0.5, 2] };
  const [own, library] = [createMetrics({ service: 'one' }), createMetrics({ service: 'one' })];
  const plain = new PlainHistogram(described);
  plain.register(own);
  const reference = new Histogram({ ...described, registers: [library] });
  for (let round = 0; round < 2; round += 1) {
    for (const value of [0, 0.1, 0.100001, 0.5, 1, 2, 2.5, 1_000]) {
      plain.observe(value);
      reference.observe(value);
    }
    assert.equal(await own.metrics(), await library.metrics());
  }
});

test('a tally reports its known keys from the start, and others after their first count', () => {
  const tally = new Tally<string>(['a', 'b']);
  tally.add('b');
  tally.add('c', 3);
  assert.deepEqual(Object.fromEntries(tally.counts), { a: 0, b: 1, c: 3 });
  assert.deepEqual([tally.has('a'), tally.has('d')], [true, false]);
});
