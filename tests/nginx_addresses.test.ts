// What nginx lets one address ask, at n and at n + 1, before it passes anything on. The numbers are made small here;
// nginx.test.ts compares the true ones with the contract's.
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

/** nginx that believes everybody about the address, before a service that answers at once or, when told, never. */
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
  test('passes on the burst and refuses one more, of pages and sockets together', async (t) => {
    const { ask } = await limited(t, FEW);
    assert.deepEqual(
      await statuses([ask('192.0.2.1'), ask('192.0.2.1', '/ws/x'), ask('192.0.2.1', '/api/x')]),
      times(3),
    );
    assertTooMany(await ask('192.0.2.1'));
    assertTooMany(await ask('192.0.2.1', '/ws/x', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'));
    assert.equal((await ask('192.0.2.2'))?.status, 200, 'its neighbour');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    assert.equal((await ask('192.0.2.1'))?.status, 200, 'refilled');
  });

  test('takes an IPv6 /64 for one, whatever its bytes, and gives a /48 four times as much', async (t) => {
    const { ask } = await limited(t, FEW);
    // 0x0a is a line feed, at which a careless pattern ends; 00 ends a careless string.
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

  test('takes IPv4 in IPv6 for the IPv4 address it is', async (t) => {
    const { ask } = await limited(t, FEW);
    assert.deepEqual(await statuses([1, 2, 3].map(() => ask('::ffff:192.0.2.1'))), times(3));
    assertTooMany(await ask('192.0.2.1'));
    assert.equal((await ask('::ffff:192.0.2.2'))?.status, 200);
  });

  test('passes on so many at a time, and refuses one more until one is answered', async (t) => {
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

  test('counts open sockets by themselves', async (t) => {
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
