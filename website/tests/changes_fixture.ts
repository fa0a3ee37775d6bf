// Helpers that long-poll for changes, as chat does, and distinguish an answer at once from an idle one.
import assert from 'node:assert/strict';
import { validateChanges } from '@parlance/specs/validators.js';
import { type Json, sleep } from '../../tests/people.ts';
import type { WebsitePart } from '../../tests/stack.ts';
import { internal } from './fixture.ts';

/** A call that takes longer was idle; a faster one was answered because of a change. */
export const IDLE_MS = 600;

/** One long poll. @returns the answer and its duration in ms. */
export async function changes(part: WebsitePart, cursor?: string): Promise<{ body: Json; ms: number }> {
  const began = performance.now();
  const { status, body } = await internal(part, 'POST', '/changes', cursor === undefined ? {} : { cursor });
  assert.equal(status, 200, JSON.stringify(body));
  assert.ok(validateChanges(body));
  return { body, ms: performance.now() - began };
}

/** Asserts that a call is answered at once: the fastest of three, since the machine may be busy. */
export async function atOnce(part: WebsitePart, cursor?: string): Promise<Json> {
  const answers = [];
  for (let times = 0; times < 3; times += 1) answers.push(await changes(part, cursor));
  const quickest = Math.min(...answers.map(({ ms }) => ms));
  assert.ok(quickest < IDLE_MS, `${quickest} ms`);
  return answers[0]!.body;
}

/** @returns a cursor with no pending changes: those of earlier tests may still arrive. */
async function quietCursor(part: WebsitePart): Promise<string> {
  let { cursor } = (await changes(part)).body;
  for (let quiet = false; !quiet; ) {
    const { body, ms } = await changes(part, cursor);
    cursor = body.cursor;
    quiet = ms > IDLE_MS;
  }
  return cursor;
}

/** Long-polls all replicas, does `something`, and returns the first answer of each. */
export async function toldBy(
  parts: WebsitePart[],
  something: () => Promise<unknown>,
): Promise<{ body: Json; ms: number }[]> {
  const cursors = await Promise.all(parts.map(quietCursor));
  const waiting = parts.map((part, k) => changes(part, cursors[k]!));
  await sleep(50);
  await something();
  return Promise.all(waiting);
}

/**
 * Asserts that all replicas report a change before an idle call would end. Tries it up to five times, since the machine
 * may be busy: without a push no attempt would succeed.
 */
export async function areToldAtOnce(
  parts: WebsitePart[],
  happen: () => Promise<(body: Json) => boolean>,
): Promise<void> {
  let answers: { body: Json; ms: number }[] = [];
  for (let attempt = 0; attempt < 5; attempt += 1) {
    let fits = (_body: Json) => false;
    answers = await toldBy(parts, async () => {
      fits = await happen();
    });
    if (answers.every(({ body, ms }) => ms < IDLE_MS && fits(body))) return;
  }
  assert.fail(`not reported at once: ${JSON.stringify(answers)}`);
}
