// The two kinds of client that the bench drives: each joins a room, sends, and says when its own message was
// acknowledged and when anybody's was delivered.
import { randomUUID } from 'node:crypto';
import { io } from 'socket.io-client';
import WebSocket from 'ws';

export interface BenchClient {
  /** Resolves when the server has acknowledged the message: it is stored. */
  send(content: string): Promise<void>;
  /** Messages delivered to this client so far. */
  delivered: number;
  close(): void;
}

/** Opens `count` sockets into a room. */
export type Connect = (room: string, count: number) => Promise<BenchClient[]>;

export function socketIo(url: string): Connect {
  return (room, count) =>
    Promise.all(
      Array.from({ length: count }, async () => {
        const socket = io(url, { transports: ['websocket'], forceNew: true, query: { room } });
        const client: BenchClient = {
          delivered: 0,
          send: (content) =>
            new Promise((resolve) => socket.emit('message', { id: randomUUID(), content }, () => resolve())),
          close: () => socket.close(),
        };
        socket.on('message', () => {
          client.delivered += 1;
        });
        await new Promise<void>((resolve) => socket.once('joined', resolve));
        return client;
      }),
    );
}

/** @param token an access token whose user opens every socket. */
export function parlance(url: string, token: string): Connect {
  const post = async (path: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) };
    const answer = await fetch(url + path, {
      method: 'POST',
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return (await answer.json()) as { token: string; url: string };
  };
  return async (room, count) => {
    await post('/api/rooms', { name: room });
    const { token: roomToken } = await post(`/api/rooms/${encodeURIComponent(room)}/tokens`);
    const address = `${url.replace('http', 'ws')}/ws/${encodeURIComponent(room)}`;
    return Promise.all(Array.from({ length: count }, () => openParlance(address, roomToken)));
  };
}

async function openParlance(address: string, token: string): Promise<BenchClient> {
  const ws = new WebSocket(address, { headers: { authorization: `Bearer ${token}` } });
  const waiting = new Map<string, () => void>();
  const client: BenchClient = {
    delivered: 0,
    send: (content) =>
      new Promise((resolve) => {
        const id = randomUUID();
        waiting.set(id, resolve);
        ws.send(JSON.stringify({ type: 'message.send', id, content }));
      }),
    close: () => ws.close(),
  };
  await new Promise<void>((resolve, reject) => {
    ws.on('error', reject);
    ws.on('message', (data) => {
      const frame = JSON.parse(String(data)) as { type: string; id: string; code?: string };
      if (frame.type === 'room.joined') resolve();
      if (frame.type === 'error') throw new Error(`refused: ${frame.code}`);
      if (frame.type !== 'message.created') return;
      client.delivered += 1;
      const acknowledged = waiting.get(frame.id);
      waiting.delete(frame.id);
      acknowledged?.();
    });
  });
  return client;
}
