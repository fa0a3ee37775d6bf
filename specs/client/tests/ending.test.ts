import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLOSE, CLOSE_CODES, type CloseCode } from '../../generated/close_codes.ts';
import { PROBLEMS, type ProblemCode } from '../../generated/problems.ts';
import { LONGER, NORMAL } from '../backoff.ts';
import { endingOfClose, endingOfError } from '../ending.ts';
import { ConnectionError, ProblemError } from '../problem.ts';

const problem = (code: ProblemCode, status: number, retryAfterMs?: number) =>
  new ProblemError({ type: 'about:blank', title: code, status, code, detail: code, requestId: '' }, retryAfterMs);

test('each close code of the contract has the action of its table', () => {
  const codes = Object.keys(CLOSE_CODES).map(Number) as CloseCode[];
  assert.ok(codes.length > 10);
  for (const code of codes) assert.equal(endingOfClose(code).client, CLOSE_CODES[code].client, `${code}`);
});

test('close codes of a full server wait longer than the others', () => {
  for (const code of [CLOSE.try_again_later, CLOSE.too_many_sockets, CLOSE.flood]) {
    assert.equal(endingOfClose(code).pace, LONGER);
  }
  assert.equal(endingOfClose(CLOSE.service_restart).pace, NORMAL);
});

test('a lost connection and unknown codes reconnect, except those of the range that stops', () => {
  assert.deepEqual(
    [1005, 1006, 4099, 4499, 4500, 4599].map((code) => endingOfClose(code).client),
    ['reconnect', 'reconnect', 'reconnect', 'reconnect', 'stop', 'stop'],
  );
});

test('a token request refused for good stops, one refused temporarily is retried', () => {
  for (const [code, { retry, ...entry }] of Object.entries(PROBLEMS)) {
    if (!('status' in entry)) continue;
    const { client } = endingOfError(problem(code as ProblemCode, entry.status));
    if (retry !== 'never') assert.equal(client, 'reconnect', code);
    else assert.equal(client, [401, 404].includes(entry.status) || code === 'banned' ? 'stop' : 'fix', code);
  }
  assert.equal(endingOfError(problem('not_authenticated', 401)).cause, 'not_authenticated');
  assert.equal(endingOfError(problem('room_not_found', 404)).cause, 'room_not_found');
});

test('a token request waits for Retry-After, and is retried without an answer', () => {
  assert.equal(endingOfError(problem('too_many_requests', 429, 7000)).afterMs, 7000);
  assert.equal(endingOfError(new ConnectionError('No answer.')).client, 'reconnect');
});
