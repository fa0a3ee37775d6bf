// Regression tests: requests that were once answered with 500.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { call, PASSWORD, person } from '../../tests/people.ts';
import { startTestStack, type TestStack } from '../../tests/stack.ts';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
});
after(() => stack.stop());

const base64 = (text: string) => Buffer.from(text).toString('base64url');

test('a token whose payload is not JSON is refused', async () => {
  const token = `${base64('{"alg":"ES256","typ":"JWT"}')}.${base64('not json')}.AAAA`;
  assert.equal((await call(stack.url, 'GET', '/api/session', { token })).status, 401);
  assert.equal((await call(stack.url, 'GET', '/', { token })).status, 200);
});

test('the page of a room with an impossible name is 404', async () => {
  const ann = await person(stack.url);
  const login = await call(stack.url, 'POST', '/api/session', { body: { email: ann.email, password: PASSWORD } });
  const cookie = login.headers.get('set-cookie')!.split(';')[0]!;
  for (const name of ['%00', 'a%00b', '%F0%9F%8E%82', '..%2f', 'x'.repeat(300)]) {
    assert.equal((await call(stack.url, 'GET', `/rooms/${name}`, { headers: { cookie } })).status, 404, name);
  }
  assert.deepEqual(
    stack.lines.filter((line) => line.level === 'error'),
    [],
  );
});
