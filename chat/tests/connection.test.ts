// Connection over a real socket: pings, lag, pages, and off-spec server frames.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo, Socket as TcpSocket } from 'node:net';
import { after, before, type TestContext, test } from 'node:test';
import { ChatMetrics } from '@parlance/chat/metrics.ts';
import { Connection } from '@parlance/chat/websocket/connection.ts';
import { Heartbeat } from '@parlance/chat/websocket/heartbeat.ts';
import type { ServerFrame } from '@parlance/specs/frames.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import WebSocket, { WebSocketServer } from 'ws';
import { until } from '../../tests/house.ts';
import { openSocket, sleep } from '../../tests/people.ts';
import { recordLog } from '../../tests/stack.ts';

const server = createServer();
const sockets = new WebSocketServer({ noServer: true, closeTimeout: 300 } as object);
/** For clients that answer a close late, because much data precedes it. */
const patient = new WebSocketServer({ noServer: true, closeTimeout: 5_000 } as object);
let url: string;
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
after(() => server.close());

const PASS = { userId: '1', username: 'ann', room: 'r', roomId: '2', sid: '3' };
const NEVER = { everyMs: 60_000, answerMs: 60_000 };

/** Returns a connection on the server side and its client. */
async function connect(t: TestContext, heartbeat = NEVER, options: WebSocket.ClientOptions = {}, accepts = sockets) {
  const { log, lines } = recordLog();
  const accepted = Promise.withResolvers<{ connection: Connection; socket: TcpSocket }>();
  server.once('upgrade', (request, socket, head) =>
    accepts.handleUpgrade(request, socket, head, (ws) => {
      ws.on('error', () => undefined);
      const connection = new Connection(ws, socket as TcpSocket, PASS, { log, metrics: new ChatMetrics() });
      const beats = new Heartbeat(heartbeat);
      beats.add(connection);
      ws.on('pong', (payload) => connection.pong(payload)).on('close', () => beats.remove(connection));
      accepted.resolve({ connection, socket: socket as TcpSocket });
    }),
  );
  const client = await openSocket(url, undefined, { options });
  const { connection, socket } = await accepted.promise;
  t.after(() => socket.destroy());
  return { connection, socket, client, lines };
}
/** Stops reading: once the kernel's buffers are full, sent bytes stay in the memory of the server. */
const deaf = (ws: WebSocket) => (ws as unknown as { _socket: TcpSocket })._socket.pause();
const text = (size: number) => ({ type: 'message.created', content: 'x'.repeat(size) });
const bytes = (size: number) => {
  const payload = Buffer.from(JSON.stringify(text(size)));
  const head = Buffer.alloc(10);
  head.writeBigUInt64BE(BigInt(payload.length), head.writeUInt8(127, head.writeUInt8(0x81)));
  return Buffer.concat([head, payload]);
};

test('a client that answers pings stays connected, a silent client is closed with 4001', async (t) => {
  const heartbeat = { everyMs: 300, answerMs: 250 };
  const answers = await connect(t, heartbeat);
  const silent = await connect(t, heartbeat, { autoPong: false });
  let pings = 0;
  answers.client.ws.on('ping', () => {
    pings += 1;
  });
  assert.equal(await silent.client.closed(5_000), 4001);
  await until(() => pings > 3);
  assert.equal(answers.client.ws.readyState, WebSocket.OPEN);
});

test('a client that answers neither ping nor close is terminated', async (t) => {
  const { client, socket } = await connect(t, { everyMs: 80, answerMs: 40 }, { autoPong: false });
  deaf(client.ws);
  await until(() => socket.destroyed, 2_000);
});

test('an off-spec server frame is not sent: it is logged, and the socket is closed with 1011', async (t) => {
  const { connection, client, lines } = await connect(t);
  connection.send({ type: 'typing.changed', usernames: 7 } as unknown as ServerFrame);
  assert.equal(await client.closed(), 1011);
  assert.deepEqual(client.frames, []);
  assert.deepEqual(
    lines.map(({ level }) => level),
    ['error'],
  );
});

test('a live reader with more than 1 MiB of unsent bytes is closed with 4000 and receives no more', async (t) => {
  const { connection, socket, client } = await connect(t, NEVER, {}, patient);
  connection.live = true;
  deaf(client.ws);
  let written = 0;
  for (; connection.isOpen; written += 1) {
    assert.ok(written < 1_000, 'never closed');
    connection.deliver(bytes(64 * 1024), written);
    await sleep(0);
  }
  written -= 1; // the last write found the reader lagging
  const { writableLength } = socket;
  assert.ok(
    writableLength > LIMITS.readerLagMax && writableLength < LIMITS.readerLagMax + 200_000,
    `${writableLength}`,
  );
  for (let more = 0; more < 100; more += 1) connection.write(bytes(64 * 1024));
  assert.equal(socket.writableLength, writableLength);
  (client.ws as unknown as { _socket: TcpSocket })._socket.resume();
  assert.equal(await client.closed(), 4000);
  assert.equal(client.frames.length, written, 'frames accepted earlier arrive before the close');
});

test('one write may exceed the allowed lag: only bytes of earlier writes count', async (t) => {
  const { connection, client } = await connect(t);
  connection.live = true;
  for (let batch = 0; batch < 3; batch += 1) {
    connection.deliver(bytes(4 * 1024 * 1024), batch);
    await until(() => client.frames.length === batch + 1);
  }
  assert.ok(connection.isOpen);
});

test('a pong with another payload than the last ping does not count', async (t) => {
  const { client } = await connect(t, { everyMs: 400, answerMs: 200 }, { autoPong: false });
  const blind = setInterval(() => client.ws.pong('guess'), 20);
  assert.equal(await client.closed().finally(() => clearInterval(blind)), 4001);
});

test('a client that never reads again is terminated soon after the close', async (t) => {
  const { connection, socket, client } = await connect(t);
  connection.live = true;
  deaf(client.ws);
  while (connection.isOpen) {
    connection.deliver(bytes(256 * 1024), 1);
    await sleep(0);
  }
  await until(() => socket.destroyed, 1_500);
});

test('a page may exceed the allowed lag: the next one waits for the drain, and frames in between do not count as lag', async (t) => {
  const { connection, client } = await connect(t);
  deaf(client.ws);
  let drained = false;
  const page = connection.deliverPage(bytes(12 * 1024 * 1024), 200).then(() => {
    drained = true;
  });
  assert.equal(connection.cursor, 200);
  connection.send({ type: 'typing.changed', usernames: ['bob'] });
  await sleep(50);
  assert.deepEqual([drained, connection.isOpen], [false, true]);
  (client.ws as unknown as { _socket: TcpSocket })._socket.resume();
  await page;
  await client.next('typing.changed');
  assert.deepEqual(
    client.frames.map(({ type }) => type),
    ['message.created', 'typing.changed'],
  );
});

test('writing a page resolves when the socket closes', async (t) => {
  const { connection, client } = await connect(t);
  deaf(client.ws);
  const page = connection.deliverPage(bytes(12 * 1024 * 1024), 200);
  client.ws.terminate();
  await page;
  await connection.deliverPage(bytes(1_000), 201);
});
