// The limits per address of the whole stack: n is accepted, n + 1 is refused, and other addresses are not affected.
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { rawUpgrade } from '../../chat/tests/raw_upgrade.ts';
import { call, openSocket, Refused, sleep } from '../people.ts';
import { openRecords } from '../records.ts';
import { startTestStack, type TestStack } from '../stack.ts';
import { note } from '../wiretap.ts';

/** Every client is behind a trusted proxy, so a header sets its address. */
const started = async (t: TestContext, environment: Record<string, string>): Promise<TestStack> => {
  const stack = await startTestStack({ TRUSTED_PROXIES: '127.0.0.1', ...environment });
  t.after(() => stack.stop());
  return stack;
};

const as = (address: string) => ({ headers: { 'x-forwarded-for': address } });
const ask = async (stack: TestStack, address: string): Promise<number> =>
  (await call(stack.url, 'GET', '/api/session', as(address))).status;

const shown = (name: keyof typeof LIMITS) => {
  note(`limit ${name} at`);
  note(`limit ${name} beyond`);
};

test('the burst of one address is answered, and more requests are refused, over HTTP and at the upgrade', async (t) => {
  const stack = await started(t, {
    REQUESTS_PER_ADDRESS: '1',
    REQUEST_BURST_PER_ADDRESS: String(LIMITS.requestBurstPerAddress),
  });
  const began = performance.now();
  const asker = async () => {
    for (let count = 0; count < LIMITS.requestBurstPerAddress / 20; count += 1) {
      assert.equal(await ask(stack, '203.0.113.1'), 401);
    }
  };
  await Promise.all(Array.from({ length: 20 }, asker));
  const refilled = Math.ceil((performance.now() - began) / 1_000) + 1;
  const more = await Promise.all(Array.from({ length: refilled + 1 }, () => ask(stack, '203.0.113.1')));
  assert.ok(more.includes(429), `${more}`);
  const socketUrl = `${stack.url.replace('http', 'ws')}/ws/x`;
  const refusals = Array.from({ length: 5 }, () =>
    openSocket(socketUrl, 'a.b.c', { ...as('203.0.113.1'), protocols: ['chat.v1'] }).catch((error) => error),
  );
  const refused = (await Promise.all(refusals)).filter((error) => error instanceof Refused && error.status === 429);
  assert.ok(refused.length > 0, 'the premise: less than a token a second');
  assert.equal(refused[0].problem.code, 'too_many_requests');
  assert.equal(refused[0].headers['x-content-type-options'], 'nosniff');
  assert.ok(Number(refused[0].headers['retry-after']) >= 1);
  const head = { method: 'HEAD', ...as('203.0.113.1') };
  const heads = await Promise.all(Array.from({ length: 5 }, () => rawUpgrade(stack.url, '/ws/x', head)));
  const withoutBody = heads.filter(({ status }) => status === 429);
  assert.ok(withoutBody.length > 0, 'the premise again');
  for (const { text } of withoutBody) assert.equal(text, '');
  assert.equal(await ask(stack, '203.0.113.2'), 401, 'another address');
  shown('requestBurstPerAddress');
});

test('the requests per second of one address and of one IPv6 network are limited', async (t) => {
  const stack = await started(t, {
    REQUESTS_PER_ADDRESS: String(LIMITS.requestsPerAddress),
    REQUEST_BURST_PER_ADDRESS: '1',
  });
  const pause = 1_000 / LIMITS.requestsPerAddress + 1;
  for (let count = 0; count < 10; count += 1, await sleep(pause)) assert.equal(await ask(stack, '2001:db8::1'), 401);
  const together = (count: number, address: (index: number) => string) =>
    Promise.all(Array.from({ length: count }, (_, index) => ask(stack, address(index))));
  assert.ok((await together(20, () => '2001:db8::1')).includes(429));
  shown('requestsPerAddress');
  const subnet = (index: number) => `2001:db8:1:${index}::1`;
  assert.ok(!(await together(LIMITS.networkShare, subnet)).includes(429));
  assert.ok((await together(400, (index) => subnet(index + 10))).includes(429), 'new addresses of one network');
  shown('networkShare');
});

test('the connections of one address are limited', async (t) => {
  const stack = await started(t, {
    TRUSTED_PROXIES: '127.0.0.9',
    CONNECTIONS_PER_ADDRESS: String(LIMITS.connectionsPerAddress),
  });
  const port = Number(new URL(stack.url).port);
  const open = () =>
    new Promise<Socket>((resolve, reject) => {
      const options = { port, host: '127.0.0.1', localAddress: '127.0.0.5' };
      const socket = connect(options, () => resolve(socket)).on('error', reject);
      t.after(() => socket.destroy());
    });
  const answer = (socket: Socket) =>
    new Promise<string>((resolve) => {
      socket.once('data', (data) => resolve(String(data)));
      socket.write('GET /api/session HTTP/1.1\r\nHost: localhost\r\n\r\n');
    });
  const sockets = await Promise.all(Array.from({ length: LIMITS.connectionsPerAddress }, open));
  const answers = await Promise.all(sockets.slice(-20).map(answer));
  assert.ok(answers.every((text) => text.startsWith('HTTP/1.1 401')));
  assert.match(await answer(await open()), /^HTTP\/1\.1 429 [\s\S]*too many connections/);
  assert.equal((await call(stack.url, 'GET', '/api/session')).status, 401, 'from another address');
  shown('connectionsPerAddress');
  for (const socket of sockets) socket.destroy();
});

test('concurrent requests of one address are limited: the next one waits, one of another address does not', async (t) => {
  const stack = await started(t, { REQUESTS_AT_ONCE_PER_ADDRESS: String(LIMITS.requestsAtOncePerAddress) });
  const records = openRecords(stack.databaseUrl);
  t.after(() => records.close());
  const [ann] = await records.members(1);
  const room = await records.room(ann!);
  const token = await records.accessToken(ann!);
  const lock = await records.connection();
  t.after(() => lock.end());
  const began = performance.now();
  const ms = async (work: Promise<unknown>) => {
    await work;
    return performance.now() - began;
  };
  await lock.query('begin');
  await lock.query('select 1 from chat_rooms where id = $1 for update', [room.id]);
  const send = () =>
    call(stack.url, 'POST', `/api/rooms/${encodeURIComponent(room.name)}/messages`, {
      ...as('203.0.113.1'),
      token,
      body: { id: crypto.randomUUID(), content: 'held' },
    });
  const held = Array.from({ length: LIMITS.requestsAtOncePerAddress - 1 }, send);
  await sleep(50);
  const start = performance.now() - began;
  const at = await ms(ask(stack, '203.0.113.1'));
  assert.ok(at - start < 150, `one place was free: ${at - start} ms`);
  held.push(send());
  await sleep(20);
  const [other, beyond] = await Promise.all([ms(ask(stack, '203.0.113.2')), ms(ask(stack, '203.0.113.1'))]);
  assert.ok(beyond > other + 50, `it waited: ${beyond} ms, the other address ${other} ms`);
  await lock.query('rollback');
  await Promise.all(held);
  shown('requestsAtOncePerAddress');
});
