import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageSend } from '../../generated/frames.ts';
import { LIMITS } from '../../generated/limits.ts';
import { SOCKET_ERRORS, type SocketErrorCode } from '../../generated/problems.ts';
import { CLOSED_BY_USER, endingOfClose } from '../ending.ts';
import { type MessageCreated, newMessageId, SendError } from '../index.ts';
import { SendQueue } from '../send_queue.ts';

/** A queue, the frames it has sent, and helpers that answer them. */
function queueWith(max = 64) {
  const queue = new SendQueue(max);
  const sent: MessageSend[] = [];
  const open = () => queue.attach('ann', (frame) => sent.push(frame));
  const store = ({ id, content }: MessageSend, seq = 1): MessageCreated => ({
    type: 'message.created',
    id,
    seq,
    roomId: '0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10',
    content,
    room: 'Tea room',
    username: 'ann',
    timestamp: '2026-11-21T09:30:00.000Z',
  });
  const refuse = (frame: MessageSend, code: SocketErrorCode, retryAfterMs?: number) =>
    queue.refuse({
      type: 'error',
      code,
      detail: code,
      refId: frame.id,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  return { queue, sent, open, store, refuse, texts: () => sent.map(({ content }) => content) };
}

const failsWith = (code: string, retry: string, stored: string) => (error: unknown) => {
  assert.ok(error instanceof SendError);
  assert.deepEqual([error.code, error.retry, error.stored], [code, retry, stored]);
  return true;
};

test('messages wait for the room to open, are sent in order, and each resolves with the stored message', async () => {
  const { queue, sent, open, store, texts } = queueWith();
  const promises = ['a', 'b', 'c'].map((text) => queue.add(text).stored);
  assert.deepEqual(sent, []);
  open();
  assert.deepEqual(texts(), ['a', 'b', 'c']);
  sent.forEach((frame, index) => void queue.accept(store(frame, index + 1)));
  assert.deepEqual(
    (await Promise.all(promises)).map(({ seq }) => seq),
    [1, 2, 3],
  );
});

test('a code of a newer server rejects: the message may be stored, and is not sent again by itself', async () => {
  const { queue, sent, open, refuse } = queueWith();
  open();
  const { stored } = queue.add('tea');
  refuse(sent[0]!, 'room_is_read_only' as SocketErrorCode);
  await assert.rejects(stored, failsWith('room_is_read_only', 'later', 'unknown'));
  assert.equal(sent.length, 1);
});

test('an event of another message with the same id does not acknowledge', async () => {
  const { queue, sent, open, store, refuse } = queueWith();
  const id = newMessageId();
  open();
  const { stored } = queue.add('tea', { id });
  assert.equal(queue.accept({ ...store(sent[0]!), username: 'bob' }), false);
  assert.equal(queue.accept({ ...store(sent[0]!), content: 'coffee' }), false);
  refuse(sent[0]!, 'id_conflict');
  await assert.rejects(stored, failsWith('id_conflict', 'never', 'no'));
  // The text of the stored message was withdrawn: only id and author are compared.
  const again = queue.add('tea', { id });
  const { content: _, ...withdrawn } = store(sent[1]!);
  assert.equal(queue.accept({ ...withdrawn, supersededBy: 2 }), true);
  await again.stored;
});

test('after a reconnect only the unanswered messages are sent, in order and with the same ids', () => {
  const { queue, sent, open, store, texts } = queueWith();
  open();
  for (const text of ['a', 'b', 'c']) queue.add(text);
  const first = [...sent];
  queue.accept(store(first[1]!));
  queue.detach();
  queue.add('d');
  assert.equal(sent.length, 3);
  open();
  assert.deepEqual(texts().slice(3), ['a', 'c', 'd']);
  assert.deepEqual([sent[3]?.id, sent[4]?.id], [first[0]?.id, first[2]?.id]);
});

test('each error code of the contract leads to a resend or a rejection, as its table says', async () => {
  for (const [code, { retry, stored }] of Object.entries(SOCKET_ERRORS) as [
    SocketErrorCode,
    { retry: string; stored: string },
  ][]) {
    const { queue, sent, open, store, refuse } = queueWith();
    open();
    const message = queue.add('tea');
    refuse(sent[0]!, code, 5);
    if (retry === 'never') {
      await assert.rejects(message.stored, failsWith(code, retry, stored));
    } else {
      assert.equal(retry, 'same-id');
      if (code === 'unavailable') {
        // The server is about to close the connection: the message is sent on the next one.
        await sleep(20);
        assert.equal(sent.length, 1);
        open();
        assert.equal(sent.length, 2, 'at once, without a pause');
      }
      while (sent.length < 2) await sleep(5);
      assert.deepEqual(sent[1], sent[0], code);
      queue.accept(store(sent[1]!));
      assert.equal((await message.stored).id, message.id);
    }
  }
});

test('after a refusal nothing is sent before the time that the server named, then one at a time, in order', async () => {
  const { queue, sent, open, store, refuse, texts } = queueWith();
  open();
  for (const text of ['a', 'b', 'c', 'd']) queue.add(text);
  const started = performance.now();
  for (const frame of [...sent]) refuse(frame, 'rate_limited', 60);
  queue.add('e');
  assert.equal(sent.length, 4);
  while (sent.length < 5) await sleep(5);
  assert.ok(performance.now() - started >= 59, `waited ${performance.now() - started} ms of 60`);
  assert.deepEqual(texts().slice(4), ['a']);
  queue.accept(store(sent[4]!));
  assert.deepEqual(texts().slice(4), ['a', 'b', 'c']);
});

test('a full queue rejects a new message at once and keeps the waiting ones', async () => {
  const { queue, open, texts } = queueWith(2);
  queue.add('a');
  queue.add('b');
  await assert.rejects(queue.add('c').stored, failsWith('queue_full', 'same-id', 'no'));
  open();
  assert.deepEqual(texts(), ['a', 'b']);
});

test('never more messages are unanswered than the contract allows', () => {
  const { queue, sent, open, store } = queueWith(500);
  for (let n = 0; n < 100; n++) queue.add(`${n}`);
  open();
  assert.equal(sent.length, LIMITS.unansweredMax);
  queue.accept(store(sent[0]!));
  assert.equal(sent.length, LIMITS.unansweredMax + 1);
});

test('the same id and content is the same message, the same id with another content is rejected', async () => {
  const { queue, sent, open } = queueWith();
  const id = newMessageId();
  open();
  assert.equal(queue.add('a', { id }).stored, queue.add('a', { id }).stored);
  assert.equal(sent.length, 1);
  await assert.rejects(queue.add('b', { id }).stored, failsWith('id_conflict', 'never', 'no'));
});

test('a message that the server could not answer by id, or would close the socket for, is never sent', async () => {
  const { queue, sent, open } = queueWith();
  open();
  const invalid = failsWith('invalid_frame', 'never', 'no');
  await assert.rejects(queue.add('a', { id: newMessageId().toUpperCase() }).stored, invalid);
  await assert.rejects(queue.add('🫖'.repeat(LIMITS.contentMax + 1)).stored, invalid);
  assert.equal(sent.length, 0);
  queue.add('🫖'.repeat(LIMITS.contentMax));
  assert.equal(sent.length, 1);
});

test('an abort removes a message: stored is unknown if it was sent, otherwise no', async () => {
  const { queue, sent, open } = queueWith();
  const abort = new AbortController();
  const waiting = queue.add('a', { signal: abort.signal });
  abort.abort();
  await assert.rejects(waiting.stored, failsWith('aborted', 'same-id', 'no'));
  open();
  assert.equal(sent.length, 0);
  const again = new AbortController();
  const underway = queue.add('b', { signal: again.signal });
  assert.equal(sent.length, 1);
  again.abort();
  await assert.rejects(underway.stored, failsWith('aborted', 'same-id', 'unknown'));
  await assert.rejects(queue.add('c', { signal: again.signal }).stored, failsWith('aborted', 'same-id', 'no'));
});

test('close rejects every waiting message and every later one', async () => {
  const { queue, open } = queueWith();
  open();
  const underway = queue.add('a').stored;
  queue.close(endingOfClose(4502));
  await assert.rejects(underway, failsWith('room_deleted', 'never', 'unknown'));
  await assert.rejects(queue.add('b').stored, failsWith('room_deleted', 'never', 'no'));
  const other = queueWith();
  const waiting = other.queue.add('a').stored;
  other.queue.close(CLOSED_BY_USER);
  await assert.rejects(waiting, failsWith('closed_by_user', 'same-id', 'no'));
});

test('a rejected message whose promise is ignored causes no unhandled rejection', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  const { queue } = queueWith(1);
  queue.add('a');
  queue.add('b');
  queue.close(CLOSED_BY_USER);
  await sleep(10);
  process.off('unhandledRejection', note);
  assert.deepEqual(unhandled, []);
});
