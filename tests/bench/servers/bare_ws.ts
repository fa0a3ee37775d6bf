// The baseline: `ws` alone. Sends each message to every member of its room. Stores nothing, validates nothing, has no
// sessions. FAULT injects a fault for the room's newest member: one message in fifty is not sent (drop), sent twice
// (double), or sent after the next message (swap).
import { createServer } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { type BenchMessage, isFaulty } from './message.ts';

const { FAULT, PORT } = process.env;
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
const rooms = new Map<string, Set<WebSocket>>();
const late = new Map<WebSocket, string>();

sockets.on('connection', (socket, { url = '' }) => {
  const room = decodeURIComponent(url.slice('/ws/'.length));
  const members = rooms.get(room) ?? new Set();
  rooms.set(room, members.add(socket));
  socket.on('close', () => members.delete(socket));
  socket.on('error', () => undefined);
  socket.send(JSON.stringify({ type: 'room.joined' }));
  socket.on('message', (data) => {
    const { id, content } = JSON.parse(data.toString()) as BenchMessage;
    const text = JSON.stringify({ type: 'message.created', room, username: 'ann', timestamp: new Date(), id, content });
    if (!FAULT) for (const member of members) member.send(text);
    else sendFaulty([...members], text, isFaulty(content));
  });
});

function sendFaulty(members: WebSocket[], text: string, faulty: boolean): void {
  const last = members.pop()!;
  for (const member of members) member.send(text);
  const held = late.get(last);
  late.delete(last);
  if (faulty && FAULT === 'swap') late.set(last, text);
  else if (!faulty || FAULT !== 'drop') last.send(text);
  if (faulty && FAULT === 'double') last.send(text);
  if (held) last.send(held);
}

server.listen(Number(PORT), '127.0.0.1', () => console.log('ready'));
