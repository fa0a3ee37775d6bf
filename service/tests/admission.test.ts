// Admission: limits of running and waiting work and of the wait; refusals with a realistic Retry-After.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '@parlance/specs/limits.ts';
import { note } from '../../tests/wiretap.ts';
import { Admission } from '../admission.ts';

/** Enters work and records what happens to it. */
function enter(admission: Admission, runMs = Number.POSITIVE_INFINITY) {
  const entry = { ran: false, retryAfter: 0, leave: () => {}, done: () => {} };
  entry.leave = admission.enter({
    run: (done) => {
      entry.ran = true;
      entry.done = done;
      if (runMs < Number.POSITIVE_INFINITY) setTimeout(done, runMs);
    },
    refuse: (retryAfter) => {
      entry.retryAfter = retryAfter;
    },
  });
  return entry;
}

for (const limit of ['roomTokensAtOnce', 'joinsAtOnce'] as const) {
  test(`${limit} are held at once, one more is refused, and one that ends or leaves frees a place`, async () => {
    const admission = new Admission({ atOnce: 2, max: LIMITS[limit] });
    // No completion is measured yet, so only the limit of the number applies.
    const entries = Array.from({ length: LIMITS[limit] }, () => enter(admission));
    note(`limit ${limit} at`);
    assert.deepEqual(
      entries.map(({ ran }) => ran),
      entries.map((_, index) => index < 2),
    );
    assert.ok(entries.every(({ retryAfter }) => retryAfter === 0));
    const beyond = enter(admission);
    assert.ok(beyond.retryAfter >= 1, 'one more is refused');
    note(`limit ${limit} beyond`);
    assert.ok(admission.refusing);
    entries[1]!.done();
    // Less than TURN_MS.
    await sleep(100);
    assert.ok(entries[2]!.ran, 'in order of arrival');
    assert.equal(enter(admission).retryAfter, 0, 'the place of the one that ended');
    assert.ok(enter(admission).retryAfter >= 1);
    entries[3]!.leave();
    assert.equal(enter(admission).retryAfter, 0, 'the place of the one that left');
    for (const entry of entries) entry.leave();
  });
}

test('work that has waited for admissionSeconds is refused, later work is not yet', async () => {
  const admission = new Admission({ atOnce: 1, max: 100 });
  // All work hangs, so that each turn lasts 250 ms.
  for (let count = 0; count < 30; count += 1) enter(admission);
  const early = enter(admission);
  await sleep(LIMITS.admissionSeconds * 1_000 - 1_000);
  const late = enter(admission);
  note('limit admissionSeconds at');
  assert.equal(early.retryAfter, 0);
  await sleep(1_300);
  assert.ok(early.retryAfter >= 1);
  note('limit admissionSeconds beyond');
  assert.equal(late.retryAfter, 0);
  late.leave();
});

test('work that hangs passes its turn to the next', async () => {
  const admission = new Admission({ atOnce: 1, max: 10 });
  enter(admission);
  const next = enter(admission);
  await sleep(600);
  assert.ok(next.ran);
});

test('work that runs on after its turn still counts as held', async () => {
  const admission = new Admission({ atOnce: 1, max: 3 });
  const hanging = [enter(admission), enter(admission), enter(admission)];
  await sleep(1_000);
  assert.ok(hanging.every(({ ran }) => ran));
  assert.ok(enter(admission).retryAfter >= 1, 'three are held');
  hanging[0]!.done();
  const next = enter(admission);
  assert.ok(next.ran);
});

test('a stall of the process does not count as slow work', async () => {
  const admission = new Admission({ atOnce: 1, max: 10_000 });
  const entries = Array.from({ length: 50 }, () => enter(admission, 5));
  await sleep(30);
  for (const end = performance.now() + 1_500; performance.now() < end; );
  await sleep(30);
  const crowd = Array.from({ length: 60 }, () => enter(admission, 1));
  assert.equal(crowd.filter(({ retryAfter }) => retryAfter > 0).length, 0);
  for (const entry of [...entries, ...crowd]) entry.leave();
});

test('work that would wait too long at the current rate is refused at once, with ascending Retry-After', async () => {
  const admission = new Admission({ atOnce: 1, max: 100_000 });
  const slow = Array.from({ length: 60 }, () => enter(admission, 50));
  await sleep(1_500);
  const crowd = Array.from({ length: 1_000 }, () => enter(admission, 50));
  const refused = crowd.filter(({ retryAfter }) => retryAfter > 0);
  assert.ok(refused.length > 500, `only ${refused.length} were refused`);
  const times = refused.map(({ retryAfter }) => retryAfter);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  assert.ok(times.at(-1)! > times[0]! + 2, `all were told to return after ${times[0]} to ${times.at(-1)} s`);
  for (const entry of [...slow, ...crowd]) entry.leave();
});
