import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { PROBLEMS } from '../../generated/problems.ts';
import { ConnectionError, createClient, type Problem, ProblemError } from '../index.ts';
import { problemError } from '../problem.ts';

const taken: Problem = {
  type: '/docs/problems#room_name_taken',
  title: PROBLEMS.room_name_taken.title,
  status: 409,
  code: 'room_name_taken',
  detail: 'There is a room "Tea room".',
  requestId: '6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10',
};

test('a problem of the contract has the retry and stored of its table', () => {
  const error = problemError(new Response(null, { status: 409 }), taken);
  assert.ok(error instanceof ProblemError && error instanceof Error);
  assert.deepEqual(
    [error.code, error.status, error.retry, error.stored, error.retryAfterMs, error.errors, error.message],
    ['room_name_taken', 409, 'never', undefined, undefined, [], taken.detail],
  );
});

test('Retry-After is read as seconds and as a date', () => {
  const at = (value: string) =>
    problemError(new Response(null, { status: 503, headers: { 'retry-after': value } }), '');
  assert.equal(at('3').retryAfterMs, 3000);
  const inTenSeconds = at(new Date(Date.now() + 10_000).toUTCString()).retryAfterMs ?? 0;
  assert.ok(inTenSeconds > 8000 && inTenSeconds <= 10_000, `${inTenSeconds}`);
  assert.equal(at('soon').retryAfterMs, undefined);
});

test('an answer that Parlance did not send becomes the most cautious problem of its status', () => {
  const of = (status: number) => problemError(new Response(null, { status }), '<html>');
  assert.deepEqual(
    [502, 504, 503, 500].map((status) => of(status).stored),
    Array(4).fill('unknown'),
  );
  assert.deepEqual(
    [502, 500, 429, 418].map((status) => of(status).retry),
    ['same-id', 'same-id', 'later', 'never'],
  );
  assert.deepEqual(
    [413, 415, 404, 418].map((status) => of(status).code),
    ['body_too_large', 'unsupported_media_type', 'not_found', 'invalid_request'],
  );
});

test('a code of a newer server is kept, and its status decides about a retry', () => {
  const error = problemError(new Response(null, { status: 503 }), { ...taken, status: 503, code: 'on_holiday' });
  assert.deepEqual([error.code, error.retry], ['on_holiday', 'same-id']);
});

test('a refused connection and a truncated answer reject with ConnectionError', async (t) => {
  const server = createServer((socket) =>
    socket.resume().end('HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{"status":'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const client = createClient({ baseUrl: `http://127.0.0.1:${port}` });
  const failure = (error: unknown) =>
    error instanceof ConnectionError && error.retry === 'same-id' && error.stored === 'unknown';
  await t.test('truncated', () => assert.rejects(client.getHealth(), failure));
  await new Promise((resolve) => server.close(resolve));
  await t.test('refused', () => assert.rejects(client.getHealth(), failure));
});

test('an aborted call rejects with the reason of its signal', async () => {
  const client = createClient({ baseUrl: 'http://127.0.0.1:9' });
  const reason = new Error('changed my mind');
  await assert.rejects(client.getHealth({ signal: AbortSignal.abort(reason) }), reason);
});

test('outside a browser createClient requires baseUrl', () => {
  assert.equal(globalThis.location, undefined);
  assert.throws(() => createClient(), /baseUrl/);
});
