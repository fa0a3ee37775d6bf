// The windows in which the frames of a socket are counted, and the times that its errors name. The clock is set by hand.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { MessageRates } from '@parlance/service/message_rates.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { AppendOutcome } from '../app/website.ts';
import { frameListeners } from '../app/websocket/handlers.ts';

interface Told {
  closed: number[];
  refused: { code: string; retryAfterMs?: number; refId?: string }[];
}

/** A socket that notes what happens to it. `at` sets the clock, in ms. */
function socket(t: TestContext, add: (item: { answer(outcome: AppendOutcome): void }) => boolean = () => true) {
  let now = 1_000_000;
  t.mock.method(performance, 'now', () => now);
  const told: Told = { closed: [], refused: [] };
  const connection = {
    pass: { userId: 'u', username: 'ann', sid: 's' },
    isOpen: true,
    unanswered: 0,
    cursor: 0,
    close: (code: number) => told.closed.push(code),
    refuse: (code: string, _detail: string, more: object) => told.refused.push({ code, ...more }),
    send: () => undefined,
    failed: assert.fail,
  };
  const room = { id: 'r', startTyping: () => undefined, stored: () => undefined };
  const metrics = { offSpecFrames: { add: () => undefined }, framesReceived: { add: () => undefined } };
  const parts = {
    outbox: { closed: false, add },
    messageRates: new MessageRates({ perRoom: 1_000, perUser: 1_000 }),
    framesPer10s: LIMITS.framesPer10s,
    metrics,
    roomGone: () => undefined,
  };
  const { message } = frameListeners(parts as never);
  const seat = { connection, room, from: '', requestId: '' };
  const say = (text: string) => message.call({ seat } as never, Buffer.from(text), false);
  return {
    told,
    at: (ms: number) => {
      now = 1_000_000 + ms;
    },
    say,
  };
}

const SEND = JSON.stringify({ type: 'message.send', id: '0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21', content: 'x' });

test('off-spec frames are forgotten after a minute, and not before', (t) => {
  const { told, at, say } = socket(t);
  for (let k = 0; k < LIMITS.offSpecPerMinute; k += 1) say('{}');
  assert.deepEqual([told.refused.length, told.closed], [LIMITS.offSpecPerMinute, []]);
  at(59_999);
  say('{}');
  assert.deepEqual(told.closed, [4500]);
  at(60_000);
  say('{}');
  assert.deepEqual([told.refused.length, told.closed], [LIMITS.offSpecPerMinute + 1, [4500]]);
});

test('frames are forgotten after 10 s, and not before', (t) => {
  const { told, at, say } = socket(t);
  for (let k = 0; k < LIMITS.framesPer10s; k += 1) say('{"type":"typing.start"}');
  assert.deepEqual(told.closed, []);
  at(9_999);
  say('{"type":"typing.start"}');
  assert.deepEqual(told.closed, [4002]);
  at(10_000);
  say('{"type":"typing.start"}');
  assert.deepEqual(told.closed, [4002]);
});

test('a full outbox names a second', (t) => {
  const full = socket(t, () => false);
  full.say(SEND);
  const { id: refId } = JSON.parse(SEND);
  assert.deepEqual(full.told.refused, [{ code: 'outbox_full', refId, retryAfterMs: 1_000 }]);
});

test('a store that does not answer names half a second', (t) => {
  const items: { answer(outcome: AppendOutcome): void }[] = [];
  const { told, say } = socket(t, (item) => items.push(item) > 0);
  say(SEND);
  items[0]!.answer({ outcome: 'store_unavailable' });
  const { id: refId } = JSON.parse(SEND);
  assert.deepEqual(told.refused, [{ code: 'store_unavailable', refId, retryAfterMs: 500 }]);
});
