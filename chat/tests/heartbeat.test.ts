// The timing of the heartbeat: pings are on time on a busy machine, and no burst follows a stall.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Heartbeat } from '@parlance/chat/websocket/heartbeat.ts';

/** Blocks the event loop. */
function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** A pulse that counts its pings. */
const counted = () => ({
  ...{ pings: 0, awaitedPong: undefined, slot: undefined },
  ping() {
    this.pings += 1;
  },
  late: () => undefined,
});

test('pings keep their interval while the event loop is busy', async (t) => {
  const heartbeat = new Heartbeat({ everyMs: 1_000, answerMs: 900 });
  const pulse = counted();
  heartbeat.add(pulse);
  const busy = setInterval(() => block(25), 1);
  t.after(() => {
    clearInterval(busy);
    heartbeat.remove(pulse);
  });
  await sleep(4_500);
  assert.ok(pulse.pings >= 4, `${pulse.pings} pings in 4.5 s instead of one per second`);
});

test('after a stall of several rounds a socket is pinged once, not once for each round', async (t) => {
  const heartbeat = new Heartbeat({ everyMs: 300, answerMs: 290 });
  const pulse = counted();
  heartbeat.add(pulse);
  t.after(() => heartbeat.remove(pulse));
  await sleep(20);
  const before = pulse.pings;
  block(3_000);
  await sleep(1);
  assert.ok(pulse.pings - before <= 2, `${pulse.pings - before} pings after the stall`);
});
