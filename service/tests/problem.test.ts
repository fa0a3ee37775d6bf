// The encoding of problems: on-spec, or, when off-spec, internal_error with the reason in the log only.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateProblem } from '@parlance/specs/validators.js';
import { recordLog } from '../../tests/stack.ts';
import { answerOf, bytesOf, Problem } from '../problem.ts';

test('a problem has the title and status of its code, its length in bytes and the request id', () => {
  const problem = new Problem('invalid_request', 'Überlang', {
    errors: [{ pointer: '/body/name', detail: 'zu lang' }],
  });
  const { status, headers, body } = answerOf(problem, 'r-1');
  assert.ok(validateProblem(JSON.parse(body)));
  assert.deepEqual(
    [status, headers['Content-Length'], headers['X-Request-Id'], headers['X-Content-Type-Options']],
    [400, `${Buffer.byteLength(body)}`, 'r-1', 'nosniff'],
  );
  assert.ok(bytesOf({ status, headers, body }, 'Bad Request').endsWith(`\r\n\r\n${body}`));
});

test('an off-spec problem is logged and becomes an internal_error without its detail', () => {
  const { log, lines } = recordLog();
  for (const errors of [
    [{ pointer: 7, detail: 'secret' }],
    [{ detail: 'secret' }],
    [{ pointer: '', detail: 'secret', more: 1 }],
  ]) {
    const { status, body } = answerOf(
      new Problem('invalid_request', 'secret', { errors: errors as never }),
      'r-2',
      log,
    );
    assert.equal(status, 500);
    const { code, requestId } = JSON.parse(body);
    assert.deepEqual([code, requestId, body.includes('secret')], ['internal_error', 'r-2', false]);
  }
  assert.deepEqual(
    lines.map(({ level, code }) => [level, code]),
    Array.from({ length: 3 }, () => ['error', 'invalid_request']),
  );
});
