// The limits of nginx per address: n requests are forwarded, n + 1 are refused. The tests replace the numbers by small
// ones; nginx.test.ts compares the real ones with the contract.
import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { validateProblem } from '@parlance/specs/validators.js';
import { type Answer, exchange, nginxIsMissing, startListener, startNginx } from './nginx_fixture.ts';
import { leaveUnheard } from './wiretap.ts';

const FEW = {
  'rate=100r/s;': 'rate=1r/s;',
  'rate=400r/s;': 'rate=4r/s;',
  'burst=1999 ': 'burst=2 ',
  'burst=7999 ': 'burst=11 ',
  'limit_conn connections 512;': 'limit_conn connections 3;',
  'limit_conn network_connections 2048;': 'limit_conn network_connections 12;',
  'limit_conn sockets 512;': 'limit_conn sockets 2;',
  'limit_conn network_sockets 2048;': 'limit_conn network_sockets 4;',
};
const MANY_REQUESTS = { ...FEW, 'burst=1999 ': 'burst=1000 ', 'burst=7999 ': 'burst=1000 ' };

/** nginx that trusts every X-Forwarded-For, before a service that answers at once, or not at all while `holds`. */
async function limited(t: TestContext, changes: Record<string, string>) {
  const waiting: ServerResponse[] = [];
  const state = { holds: false };
  const server = createServer((_request, response) => {
    if (state.holds) waiting.push(response);
    else response.end('passed on');
  });
  server.on('upgrade', (_request, socket) => {
    socket.on('error', () => undefined).write('HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n');
  });
  leaveUnheard(server);
  const service = await startListener(t, server);
  const nginx = await startNginx(t, { website: service, chat: service, proxyInFront: '127.0.0.0/8' }, changes);
  const ask = (address: string, path = '/', more = 'Connection: close\r\n') =>
    exchange(nginx.port, `GET ${path} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${address}\r\n${more}\r\n`);
  return { ask, state, waiting, nginx };
}

const statuses = async (answers: Promise<Answer | undefined>[]) =>
  (await Promise.all(answers)).map((answer) => answer?.status).sort();

function assertTooMany(answer: Answer | undefined): void {
  assert.equal(answer?.status, 429);
  const problem: unknown = JSON.parse(answer.body);
  assert.ok(validateProblem(problem), JSON.stringify(validateProblem.errors));
  assert.equal(problem.code, 'too_many_requests');
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  assert.equal(answer.headers.get('retry-after'), '1');
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(answer.headers.get('x-request-id'), problem.requestId);
}

describe('nginx, for one address,', { skip: nginxIsMissing, concurrency: true }, () => {
  test('forwards the burst and refuses one more request, for pages and sockets together', async (t) => {
    const { ask } = await limited(t, FEW);
    assert.deepEqual(
      await statuses([ask('192.0.2.1'), ask('192.0.2.1', '/ws/x'), ask('192.0.2.1', '/api/x')]),
      times(3),
    );
    assertTooMany(await ask('192.0.2.1'));
    assertTooMany(await ask('192.0.2.1', '/ws/x', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'));
    assert.equal((await ask('192.0.2.2'))?.status, 200, 'another address');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    assert.equal((await ask('192.0.2.1'))?.status, 200, 'refilled');
  });

  test('counts an IPv6 /64 as one address, whatever its bytes, and allows a /48 four times as much', async (t) => {
    const { ask } = await limited(t, FEW);
    // A careless pattern ends at a line feed (0x0a), a careless string at 0x00.
    for (const prefix of ['2001:db8:1:1', '2001:a0a:a0a:a0a', '2001:0:0:100']) {
      const of64 = ['0:0:0:1', 'a0a:a0a:0:a', 'ffff:0:0:a'].map((host) => ask(`${prefix}:${host}`));
      assert.deepEqual(await statuses(of64), times(3), prefix);
      assertTooMany(await ask(`${prefix}::7`));
    }
    const network = Array.from({ length: 12 }, (_, subnet) => ask(`2001:db8:9:${subnet + 1}::1`));
    assert.deepEqual(await statuses(network), times(12));
    const beyond = Array.from({ length: 8 }, (_, subnet) => ask(`2001:db8:9:${subnet + 101}::1`));
    assert.ok((await statuses(beyond)).includes(429));
    assert.equal((await ask('2001:db8:a:1::1'))?.status, 200, 'another /48');
  });

  test('counts an IPv4-mapped IPv6 address as the IPv4 address', async (t) => {
    const { ask } = await limited(t, FEW);
    assert.deepEqual(await statuses([1, 2, 3].map(() => ask('::ffff:192.0.2.1'))), times(3));
    assertTooMany(await ask('192.0.2.1'));
    assert.equal((await ask('::ffff:192.0.2.2'))?.status, 200);
  });

  test('forwards a limited number of concurrent requests, and refuses one more until one is answered', async (t) => {
    const { ask, state, waiting } = await limited(t, MANY_REQUESTS);
    state.holds = true;
    const open = [1, 2, 3].map(() => ask('192.0.2.1'));
    await t.waitFor(() => assert.equal(waiting.length, 3));
    assertTooMany(await ask('192.0.2.1'));
    state.holds = false;
    assert.equal((await ask('192.0.2.2'))?.status, 200);
    waiting[0]!.end();
    await t.waitFor(async () => assert.equal((await ask('192.0.2.1'))?.status, 200));
    for (const response of waiting) response.end();
    await Promise.all(open);
  });

  test('counts open sockets separately from requests', async (t) => {
    const { ask, nginx } = await limited(t, MANY_REQUESTS);
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
    const sockets = [1, 2].map(() => ask('192.0.2.1', '/ws/x', upgrade));
    await nginx.logged(() => true);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assertTooMany(await ask('192.0.2.1', '/ws/x', upgrade));
    assert.equal((await ask('192.0.2.1'))?.status, 200, 'a page');
    await nginx.stop();
    assert.deepEqual(await statuses(sockets), [101, 101]);
  });
});

function times(count: number): number[] {
  return Array.from({ length: count }, () => 200);
}
