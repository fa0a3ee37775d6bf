// What the door before room tokens does with requests that it refuses, and which requests it sees.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { listen } from '@parlance/service/listen.ts';
import { recordLog, SECRETS, testSettings } from '../../tests/stack.ts';
import { RequestMetrics } from '../app/metrics.ts';
import { asksForToken, TokenDoor } from '../app/token_door.ts';

const PAGE = 'https://app.example';

/** The first refusal that a crowd gets at `path` of a door behind which nobody answers. */
async function firstRefusal(t: TestContext, path: string): Promise<Response> {
  const settings = { ...testSettings({ ALLOWED_ORIGINS: PAGE }), ...SECRETS, DATABASE_URL: '' };
  const door = new TokenDoor(settings, new RequestMetrics(), recordLog().log);
  const server = createServer(door.before(() => undefined));
  const url = `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}`;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const signal = AbortSignal.timeout(30_000);
  const ask = () => fetch(`${url}${path}`, { method: 'POST', headers: { Origin: PAGE }, signal });
  return Promise.any(Array.from({ length: 150 }, ask));
}

test('the page of an allowed origin can read the refusal of a token and when to ask again', async (t) => {
  const answer = await firstRefusal(t, '/api/rooms/x/tokens');
  assert.equal(answer.status, 503);
  assert.equal((await answer.json()).code, 'unavailable');
  assert.ok(Number(answer.headers.get('retry-after')) >= 1);
  assert.equal(answer.headers.get('access-control-allow-origin'), PAGE);
  assert.match(answer.headers.get('access-control-expose-headers') ?? '', /Retry-After/);
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  assert.ok(answer.headers.get('content-security-policy'));
});

test('a percent-encoded path does not pass by the door', async (t) => {
  const answer = await firstRefusal(t, '/%61pi/r%6Foms/x/%74okens');
  assert.equal(answer.status, 503);
});

test('the path of a token is recognized encoded or not, and no other path is', () => {
  const asks = (url: string, method = 'POST') => asksForToken({ url, method });
  for (const url of [
    '/api/rooms/x/tokens',
    '/api/rooms/a%2Fb/tokens?x',
    '/api/rooms/%E4%BD%A0/%54okens',
    '/%61%70%69/%72ooms/%/toke%6es',
    'http://host/api/rooms/x/%74okens',
  ]) {
    assert.equal(asks(url), true, url);
  }
  for (const url of [
    '/api/rooms/x%2Ftokens',
    '/api/rooms/x/%2574okens',
    '/api/rooms/x/tokens/',
    '/api/rooms/x/%zzokens',
  ]) {
    assert.equal(asks(url), false, url);
  }
  assert.equal(asks('/api/rooms/x/tokens', 'GET'), false);
});
