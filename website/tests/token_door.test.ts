// The admission control of room token requests: which requests it handles, and how it refuses them.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { AddressLimits } from '@parlance/service/address_limits.ts';
import { listen } from '@parlance/service/listen.ts';
import { Problem } from '@parlance/service/problem.ts';
import { createPublicServer } from '@parlance/service/public_server.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { sleep } from '../../tests/people.ts';
import { recordLog, SECRETS, testSettings } from '../../tests/stack.ts';
import { RequestMetrics } from '../app/metrics.ts';
import { sendProblem } from '../app/problems.ts';
import { asksForToken, TokenDoor } from '../app/token_door.ts';

/** A little longer than public_server.ts waits for a body, in ms. */
const LATE_MS = 300;
const PAGE = 'https://app.example';

/** Sends 150 requests to `path` of a door whose handler never answers. @returns the first refusal. */
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

test('a page of an allowed origin can read the refusal of a token and its Retry-After', async (t) => {
  const answer = await firstRefusal(t, '/api/rooms/x/tokens');
  assert.equal(answer.status, 503);
  assert.equal((await answer.json()).code, 'unavailable');
  assert.ok(Number(answer.headers.get('retry-after')) >= 1);
  assert.equal(answer.headers.get('access-control-allow-origin'), PAGE);
  assert.match(answer.headers.get('access-control-expose-headers') ?? '', /Retry-After/);
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  assert.ok(answer.headers.get('content-security-policy'));
});

test('the door holds roomTokensAtOnce requests, and refuses one more', async (t) => {
  const settings = { ...testSettings(), ...SECRETS, DATABASE_URL: '' };
  // The second turns must not be over yet: after them the door refuses because it predicts too long a wait.
  const TURNS_MS = 400;
  let tookMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 10 && tookMs > TURNS_MS; round += 1) {
    const door = new TokenDoor(settings, new RequestMetrics(), recordLog().log);
    const handle = door.before(() => undefined);
    let asked = 0;
    const server = createServer((request, response) => {
      asked += 1;
      handle(request, response);
    });
    const port = Number(await listen(server, 0, '127.0.0.1'));
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    t.after(() => socket.destroy());
    t.after(() => server.close());
    // One connection with pipelining: all requests arrive within a few turns of the event loop.
    const ask = async (count: number) => {
      const until = asked + count;
      socket.write('POST /api/rooms/x/tokens HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(count));
      while (asked < until) await sleep(1);
    };
    await ask(1);
    const began = performance.now();
    await ask(LIMITS.roomTokensAtOnce - 1);
    const refusedAt = door.refusing;
    await ask(1);
    tookMs = performance.now() - began;
    if (tookMs > TURNS_MS) continue;
    assert.equal(refusedAt, false);
    assert.equal(door.refusing, true);
  }
  assert.ok(tookMs <= TURNS_MS, `precondition: it took ${tookMs} ms`);
});

test('a request whose body is sent slowly takes no turn at the door and is answered with 408', async (t) => {
  const settings = { ...testSettings(), ...SECRETS, DATABASE_URL: '' };
  const { log } = recordLog();
  const door = new TokenDoor(settings, new RequestMetrics(), log);
  const limits = new AddressLimits(settings, log);
  // Reads the body before it answers, as the website does.
  const handled = (response: ServerResponse) => sendProblem(response, new Problem('room_not_found'), randomUUID(), log);
  const handle = door.before((request, response) => void request.resume().on('end', () => handled(response)));
  const server = createPublicServer(handle, undefined, { limits });
  const port = Number(await listen(server, 0, '127.0.0.1'));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const answers = Array.from({ length: 40 }, async () => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    t.after(() => socket.destroy());
    socket.write('POST /api/rooms/x/tokens HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n12');
    const [chunk] = await once(socket, 'data');
    return String(chunk);
  });
  // If the slow requests took turns, each would hold one of four for 250 ms.
  const began = performance.now();
  await sleep(LATE_MS);
  const honest = await fetch(`http://127.0.0.1:${port}/api/rooms/x/tokens`, { method: 'POST' });
  assert.equal((await honest.json()).code, 'room_not_found');
  assert.ok(performance.now() - began < 2_000, 'forty turns of 250 ms, four at a time, are 2.5 s');
  for (const answer of await Promise.all(answers)) {
    assert.match(answer, /^HTTP\/1\.1 408 /);
    assert.match(answer, /^connection: close\r$/im);
    assert.match(answer, /"code":"request_timeout"/);
  }
});

test('a percent-encoded path does not bypass the door', async (t) => {
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
