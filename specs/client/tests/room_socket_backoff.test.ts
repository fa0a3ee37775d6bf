// The backoff of the room socket: the wait grows with each failure, until a joined socket has lasted 10 s.
import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { createClient } from '../index.ts';
import { envelope } from './room_log.ts';
import { roomId, startScriptServer } from './script_server.ts';

test('each failed upgrade doubles the wait, up to 15 s, even if new tokens are issued meanwhile', async (t) => {
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

test('a joined socket that is lost counts as a failure too, unless it lasted 10 s', async (t) => {
  const joined = { type: 'room.joined', roomId, room: 'tea', username: 'ann', lastSeq: 0, resumed: true };
  const gap = { ...envelope('settings.changed', 5), topic: 'tea' };
  const server = await startScriptServer([[{ ...joined, members: ['ann'], memberCount: 1 }, gap]]);
  t.after(() => server.close());
  const seconds = [0, 9, 11, 0];
  let now = Date.now();
  t.mock.method(Date, 'now', () => now);
  t.mock.method(Math, 'random', () => 0.999);
  const room = createClient({ baseUrl: server.url, accessToken: 'x' }).joinRoom('tea', { after: 0, roomId });
  t.after(() => room.close());
  const waits: unknown[] = [];
  await new Promise<void>((resolve) => {
    room.on('joined', () => {
      now += 1_000 * seconds[waits.length]!;
    });
    room.on('state', ({ state, retryInMs }) => {
      if (state !== 'waiting') return;
      waits.push(retryInMs);
      if (waits.length === seconds.length) resolve();
      else room.reconnectNow();
    });
  });
  assert.deepEqual(waits, [250, 500, 250, 500]);
});
