// Limits per client address at n and n + 1: which address counts, and that other addresses are not affected.
import assert from 'node:assert/strict';
import { Agent, type IncomingMessage, type RequestListener, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '@parlance/specs/limits.ts';
import { validateProblem } from '@parlance/specs/validators.js';
import { AddressLimits, type AddressSettings } from '../address_limits.ts';
import { closeServer, listen } from '../listen.ts';
import { createLog } from '../log.ts';
import { createPublicServer } from '../public_server.ts';

const UPGRADE = { Connection: 'Upgrade', Upgrade: 'websocket' };

/** Starts a server with these limits; returns its port and its log lines. */
async function served(
  t: TestContext,
  settings: Partial<AddressSettings>,
  handle: RequestListener = (_, response) => response.end('handled'),
) {
  const lines: string[] = [];
  const log = createLog({ service: 'test', to: { write: (line: string) => void lines.push(line) } });
  const wide = { REQUESTS_PER_ADDRESS: 1_000, REQUEST_BURST_PER_ADDRESS: 1_000, REQUESTS_AT_ONCE_PER_ADDRESS: 10 };
  const limits = new AddressLimits({ ...wide, CONNECTIONS_PER_ADDRESS: 100, TRUSTED_PROXIES: [], ...settings }, log);
  const server = createPublicServer(handle, (_, socket) => socket.end('HTTP/1.1 101 X\r\n\r\n'), { limits });
  t.after(() => closeServer(server, 0));
  return { port: Number(await listen(server, 0, '127.0.0.1')), lines };
}

/** Sends one request, on a new connection unless `agent` keeps one. */
function ask(
  port: number,
  headers: Record<string, string> = {},
  {
    agent,
    from = '127.0.0.1',
    method = 'GET',
    body = '',
  }: { agent?: Agent; from?: string; method?: string; body?: string } = {},
): Promise<{ status: number; headers: IncomingMessage['headers']; text: string }> {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', localAddress: from, method, headers, agent: agent ?? false };
    const asked = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
    });
    asked.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode!, headers: response.headers, text: '' });
    });
    asked.on('error', reject).end(body);
  });
}

/** An agent that sends all requests on one connection. */
function keptAlive(t: TestContext): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  return agent;
}

const statuses = async (port: number, all: Record<string, string>[]) =>
  (await Promise.all(all.map((headers) => ask(port, headers)))).map(({ status }) => status).sort();
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const forwarded = (address: string) => ({ 'X-Forwarded-For': address });

test('the burst is handled, one request more is refused with a delayed 429, and the bucket refills', async (t) => {
  let handled = 0;
  const { port, lines } = await served(t, { REQUESTS_PER_ADDRESS: 2, REQUEST_BURST_PER_ADDRESS: 3 }, (_, response) => {
    handled++;
    response.end();
  });
  const agent = keptAlive(t);
  for (let n = 0; n < 3; n++) assert.equal((await ask(port, {}, { agent })).status, 200);
  const began = performance.now();
  const refused = await ask(port, { 'X-Request-Id': 'mine' }, { agent, method: 'POST', body: 'x'.repeat(10_000) });
  assert.ok(performance.now() - began > 900, 'the refusal is delayed');
  assert.deepEqual([refused.status, handled], [429, 3]);
  const problem: unknown = JSON.parse(refused.text);
  assert.ok(validateProblem(problem), JSON.stringify(validateProblem.errors));
  assert.equal(problem.code, 'too_many_requests');
  const { headers } = refused;
  assert.equal(headers['content-type'], 'application/problem+json');
  assert.equal(headers['retry-after'], '1');
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers.connection, 'close');
  assert.match(String(headers['x-request-id']), /^[0-9a-f-]{36}$/);
  assert.equal(headers['x-request-id'], problem.requestId);
  assert.match(lines.join(), /"refused":1,"address":"127\.0\.0\.1"/);
  assert.deepEqual(
    await statuses(port, [{}, {}]),
    [200, 200],
    'two tokens after about a second, at 2 requests per second',
  );
});

test('a new connection of an address over its rate is read after a delay and then handled', async (t) => {
  const { port } = await served(t, { REQUESTS_PER_ADDRESS: 2, REQUEST_BURST_PER_ADDRESS: 1 });
  assert.equal((await ask(port)).status, 200);
  const began = performance.now();
  assert.equal((await ask(port)).status, 200);
  assert.ok(performance.now() - began > 900, 'it waited');
});

test('an upgrade counts as a request and is refused like one', async (t) => {
  const { port } = await served(t, { REQUESTS_PER_ADDRESS: 1, REQUEST_BURST_PER_ADDRESS: 2 });
  const agent = keptAlive(t);
  assert.equal((await ask(port, UPGRADE)).status, 101);
  assert.equal((await ask(port, {}, { agent })).status, 200);
  const refused = await ask(port, UPGRADE, { agent });
  assert.equal(refused.status, 429);
  assert.equal(JSON.parse(refused.text).code, 'too_many_requests');
  assert.equal(refused.headers['x-content-type-options'], 'nosniff');
  assert.equal(refused.headers['retry-after'], '1');
});

test('a connection without a valid request counts as one request', async (t) => {
  const { port } = await served(t, { REQUESTS_PER_ADDRESS: 1, REQUEST_BURST_PER_ADDRESS: 3 });
  for (const text of ['GET / /\r\n\r\n', '']) {
    const socket = connect(port, '127.0.0.1', () => (text ? socket.write(text) : socket.end()));
    await new Promise((resolve) =>
      socket
        .resume()
        .on('error', () => undefined)
        .on('close', resolve),
    );
  }
  assert.deepEqual(await statuses(port, [{}, {}]), [200, 429]);
});

test('another address is not refused, and X-Forwarded-For is ignored without a trusted proxy', async (t) => {
  const { port } = await served(t, { REQUESTS_PER_ADDRESS: 1, REQUEST_BURST_PER_ADDRESS: 2 });
  assert.deepEqual(await statuses(port, ['203.0.113.1', '203.0.113.2', '203.0.113.3'].map(forwarded)), [200, 200, 429]);
  assert.equal((await ask(port, {}, { from: '127.0.0.2' })).status, 200);
});

test('an IPv6 /64 counts as one address, and a /48 has the limits of four', async (t) => {
  const { port } = await served(t, {
    TRUSTED_PROXIES: ['127.0.0.0/8'],
    REQUESTS_PER_ADDRESS: 1,
    REQUEST_BURST_PER_ADDRESS: 3,
    CONNECTIONS_PER_ADDRESS: 1,
  });
  const of64 = (subnet: number) =>
    Array.from({ length: 3 }, (_, host) => forwarded(`2001:db8:1:${subnet}::${host + 1}`));
  assert.deepEqual(await statuses(port, of64(1)), [200, 200, 200]);
  assert.equal((await ask(port, forwarded('2001:db8:1:1:ffff::9'))).status, 429, 'one more from the /64');
  // By now the network has one token back.
  const others = Array.from({ length: LIMITS.networkShare - 1 }, (_, index) => of64(index + 2)).flat();
  assert.deepEqual(await statuses(port, others), times(9, 200));
  const beyond = Array.from({ length: 8 }, (_, index) => forwarded(`2001:db8:1:${index + 100}::1`));
  assert.ok((await statuses(port, beyond)).includes(429), 'new /64s of the same /48');
  assert.equal((await ask(port, forwarded('2001:db8:2:1::1'))).status, 200, 'another /48');
  assert.equal((await ask(port, forwarded('::ffff:192.0.2.1'))).status, 200);
});

/** Opens connections that send nothing. */
async function idle(t: TestContext, port: number, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
  await sleep(100);
  return sockets;
}

test('a request on a connection over the limit is refused until another connection closes', async (t) => {
  const { port } = await served(t, { CONNECTIONS_PER_ADDRESS: 5 });
  const [one] = await idle(t, port, 4);
  assert.equal((await ask(port)).status, 200, 'the fifth');
  await idle(t, port, 1);
  const refused = await ask(port);
  assert.deepEqual([refused.status, JSON.parse(refused.text).code], [429, 'too_many_requests']);
  assert.match(refused.text, /too many connections/);
  assert.equal((await ask(port, {}, { from: '127.0.0.2' })).status, 200, 'of another address');
  const waiting = connect(port, '127.0.0.1');
  await sleep(50);
  one!.destroy();
  await sleep(50);
  waiting.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  const [answer] = await new Promise<Buffer[]>((resolve) => waiting.once('data', (data) => resolve([data])));
  assert.match(String(answer), /^HTTP\/1\.1 200/, 'the connection is no longer over the limit');
});

test('a connection beyond twice the limit is destroyed at once', async (t) => {
  const { port } = await served(t, { CONNECTIONS_PER_ADDRESS: 3 });
  await idle(t, port, 6);
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  await new Promise((resolve) => socket.once('close', resolve));
});

test('upgraded sockets and connections of a trusted proxy are not counted', async (t) => {
  const held: Socket[] = [];
  const limits = new AddressLimits(
    {
      TRUSTED_PROXIES: ['127.0.0.9'],
      REQUESTS_PER_ADDRESS: 100,
      REQUEST_BURST_PER_ADDRESS: 100,
      REQUESTS_AT_ONCE_PER_ADDRESS: 10,
      CONNECTIONS_PER_ADDRESS: 2,
    },
    createLog({ service: 'test', level: 'fatal' }),
  );
  const server = createPublicServer(
    (_, response) => response.end(),
    (_, socket) => void held.push(socket as Socket),
    {
      limits,
    },
  );
  t.after(() => closeServer(server, 0));
  const port = Number(await listen(server, 0, '127.0.0.1'));
  const upgraded = await idle(t, port, 2);
  for (const socket of upgraded) socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
  await t.waitFor(() => assert.equal(held.length, 2));
  assert.deepEqual(await statuses(port, [{}, {}]), [200, 200], 'the third and fourth connection');
  for (const socket of held) socket.destroy();
  const proxied = Array.from({ length: 6 }, () => ask(port, forwarded('203.0.113.9'), { from: '127.0.0.9' }));
  assert.deepEqual(
    (await Promise.all(proxied)).map(({ status }) => status),
    times(6, 200),
  );
});

test('concurrent requests per address are limited; further ones wait in order, and other addresses do not wait', async (t) => {
  const begun: string[] = [];
  const answers: (() => void)[] = [];
  const { port } = await served(
    t,
    { REQUESTS_AT_ONCE_PER_ADDRESS: 2, TRUSTED_PROXIES: ['127.0.0.1'] },
    (asked, response) => {
      begun.push(String(asked.headers['x-forwarded-for']));
      answers.push(() => response.end());
    },
  );
  const many = times(6, 0).map(() => ask(port, forwarded('203.0.113.1')));
  await sleep(100);
  assert.equal(begun.length, 2);
  const other = ask(port, forwarded('203.0.113.2'));
  await t.waitFor(() => assert.equal(begun.at(-1), '203.0.113.2'));
  answers.at(-1)!();
  assert.equal((await other).status, 200);
  answers[0]!();
  await t.waitFor(() => assert.ok(begun.length >= 4, 'the turn passes to the next request'));
  // Slow requests delay the others only for TURN_MS each.
  await t.waitFor(() => assert.equal(begun.length, 7), { timeout: 2_000 });
  for (const answer of answers) answer();
  assert.deepEqual(
    (await Promise.all(many)).map(({ status }) => status),
    times(6, 200),
  );
});

test('a request whose client disconnects while waiting takes no turn', async (t) => {
  const begun: string[] = [];
  let answer: (() => void) | undefined;
  const { port } = await served(t, { REQUESTS_AT_ONCE_PER_ADDRESS: 1 }, (asked, response) => {
    begun.push(asked.url!);
    answer ??= () => response.end();
    if (begun.length > 1) response.end();
  });
  const first = ask(port);
  await t.waitFor(() => assert.equal(begun.length, 1));
  const gone = connect(port, '127.0.0.1', () => gone.write('GET /gone HTTP/1.1\r\nHost: a\r\n\r\n'));
  await sleep(50);
  gone.resetAndDestroy();
  await sleep(50);
  answer!();
  await first;
  assert.equal((await ask(port)).status, 200);
  assert.deepEqual(begun, ['/', '/']);
});

/** Opens connections that send the header and only a part of the body. */
async function slowBodies(t: TestContext, port: number, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'));
  for (const socket of sockets) {
    t.after(() => socket.destroy());
    socket.on('error', () => undefined).write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n12');
  }
  await sleep(100);
  return sockets;
}

test('a request whose body is sent slowly takes no turn of its address', async (t) => {
  let handled = 0;
  const { port } = await served(t, { REQUESTS_AT_ONCE_PER_ADDRESS: 2 }, (_, response) => {
    handled++;
    response.end('handled');
  });
  const [first] = await slowBodies(t, port, 14);
  assert.equal(handled, 0, 'the premise: no body has arrived');
  const began = performance.now();
  assert.equal((await ask(port)).status, 200);
  assert.ok(performance.now() - began < 200, 'otherwise the turn would have been free after 250 ms');
  first!.write('3456789');
  for (const deadline = performance.now() + 2_000; handled < 2; await sleep(5)) assert.ok(performance.now() < deadline);
});

test('a body larger than Node buffers reaches the handler, with Content-Length or chunked', async (t) => {
  const { port } = await served(t, {}, (request, response) => {
    let bytes = 0;
    request.on('data', (chunk) => (bytes += chunk.length)).on('end', () => response.end(`${bytes}`));
  });
  for (const length of [1, LIMITS.bodyMax - 1, LIMITS.bodyMax, LIMITS.bodyMax + 1, 3 * LIMITS.bodyMax]) {
    for (const headers of [{ 'Content-Length': String(length) }, { 'Transfer-Encoding': 'chunked' }]) {
      const { text } = await ask(port, headers, { method: 'POST', body: 'x'.repeat(length) });
      assert.equal(text, String(length), JSON.stringify(headers));
    }
  }
});

test('an upgrade that is reset while it waits for its turn is not decided and does not crash the server', async (t) => {
  let upgrades = 0;
  const limits = new AddressLimits(
    {
      REQUESTS_PER_ADDRESS: 1_000,
      REQUEST_BURST_PER_ADDRESS: 1_000,
      REQUESTS_AT_ONCE_PER_ADDRESS: 1,
      CONNECTIONS_PER_ADDRESS: 100,
      TRUSTED_PROXIES: [],
    },
    createLog({ service: 'test', level: 'silent' }),
  );
  const { promise: release, resolve } = Promise.withResolvers<void>();
  const held: RequestListener = (_, response) => void release.then(() => response.end());
  const server = createPublicServer(held, () => upgrades++, { limits });
  t.after(() => closeServer(server, 0));
  const port = Number(await listen(server, 0, '127.0.0.1'));
  const busy = ask(port);
  await sleep(50);
  const sockets = Array.from({ length: 5 }, () => connect(port, '127.0.0.1'));
  for (const socket of sockets) {
    socket.write('GET /ws/x HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  }
  await sleep(100);
  for (const socket of sockets) socket.resetAndDestroy();
  await sleep(50);
  resolve();
  assert.equal((await busy).status, 200);
  await sleep(50);
  assert.equal(upgrades, 0);
  assert.equal((await ask(port)).status, 200, 'the server runs and the turn is free');
});
