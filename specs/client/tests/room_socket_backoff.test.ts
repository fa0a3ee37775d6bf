// How long the room socket waits where a token is issued and the upgrade fails: longer each time, never back to the start.
import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { createClient } from '../index.ts';

test('each upgrade that fails doubles the wait, up to 15 s, whatever tokens are issued meanwhile', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  t.mock.method(Math, 'random', () => 0.999);
  let tokens = 0;
  const issue: typeof fetch = async () => {
    tokens++;
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws/tea`;
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    return Response.json({ token: 'x', url, expiresAt, room: { id: '1', name: 'tea' } }, { status: 201 });
  };
  const room = createClient({ baseUrl: 'http://127.0.0.1:9', accessToken: 'x', fetch: issue }).joinRoom('tea');
  t.after(() => room.close());
  const waits: unknown[] = [];
  const causes = new Set<string | undefined>();
  await new Promise<void>((resolve) => {
    room.on('state', ({ state, cause, retryInMs }) => {
      if (state !== 'waiting') return;
      causes.add(cause);
      waits.push(retryInMs);
      if (waits.length === 8) resolve();
      else room.reconnectNow();
    });
  });
  assert.deepEqual([...causes], ['upgrade_failed']);
  assert.deepEqual(waits, [250, 500, 999, 1_998, 3_996, 7_992, 14_985, 14_985]);
  assert.ok(tokens > 2, `the premise: tokens were issued in between; ${tokens}`);
});
