// The heartbeat's clock: pings come in time on a busy machine, and not in a burst after a stall.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Heartbeat } from '@parlance/chat/websocket/heartbeat.ts';

/** Keeps the event loop from everything else. */
function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** Who is pinged, and never late. */
const counted = () => ({
  ...{ pings: 0, awaitedPong: undefined, slot: undefined },
  ping() {
    this.pings += 1;
  },
  late: () => undefined,
});

test('a round lasts as long as it should while the event loop is busy', async (t) => {
  const heartbeat = new Heartbeat({ everyMs: 1_000, answerMs: 900 });
  const pulse = counted();
  heartbeat.add(pulse);
  const busy = setInterval(() => block(25), 1);
  t.after(() => {
    clearInterval(busy);
    heartbeat.remove(pulse);
  });
  await sleep(4_500);
  assert.ok(pulse.pings >= 4, `${pulse.pings} pings in 4.5 s, one a second is due`);
});

test('a stall longer than a round makes up for one ping, not for all', async (t) => {
  const heartbeat = new Heartbeat({ everyMs: 100, answerMs: 90 });
  const pulse = counted();
  heartbeat.add(pulse);
  t.after(() => heartbeat.remove(pulse));
  await sleep(20);
  const before = pulse.pings;
  block(2_000);
  await new Promise((resolve) => setTimeout(resolve, 1));
  assert.ok(pulse.pings - before <= 2, `${pulse.pings - before} pings after the stall`);
});
