// A stub server that issues room tokens over HTTP and sends scripted frames on each socket, for frames that no server
// of this version sends.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { leaveUnheard } from '../../../tests/wiretap.ts';
import { envelope } from './room_log.ts';

export const { roomId } = envelope('message.created', 1);

export interface ScriptServer {
  url: string;
  /** The query of each upgrade so far. */
  dials: string[];
  close(): Promise<void>;
}

/** @param scripts the frames of the first connection, the second, …, each sent after its upgrade; the last one repeats. */
export async function startScriptServer(
  scripts: object[][],
  answer: (frame: { id: string }, socket: WebSocket) => void = () => {},
): Promise<ScriptServer> {
  const dials: string[] = [];
  const http = createServer((_request, response) => {
    const { port } = http.address() as AddressInfo;
    const token = {
      token: 'x',
      url: `ws://127.0.0.1:${port}/ws/tea`,
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
      room: {
        id: roomId,
        name: 'tea',
        owner: 'ann',
        createdAt: '2026-11-21T09:00:00.000Z',
        lastSeq: 0,
        messageCount: 0,
      },
    };
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(token));
  });
  leaveUnheard(http);
  const sockets = new WebSocketServer({ server: http });
  sockets.on('connection', (socket, { url }) => {
    dials.push(new URL(url ?? '', 'ws://localhost').search);
    for (const frame of scripts[Math.min(dials.length, scripts.length) - 1] ?? []) socket.send(JSON.stringify(frame));
    socket.on('message', (data) => answer(JSON.parse(String(data)), socket));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    dials,
    close: () => {
      for (const socket of sockets.clients) socket.terminate();
      return new Promise((resolve) => http.close(() => resolve()));
    },
  };
}
