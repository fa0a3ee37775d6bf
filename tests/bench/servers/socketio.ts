// The usual alternative: Socket.IO with rooms and acknowledgements. With DATABASE_URL one INSERT per message stores it and
// numbers it within its room, and delivery follows the commit. It has no contract, no sessions and no resume.
import { createServer } from 'node:http';
import pg from 'pg';
import { Server } from 'socket.io';
import type { BenchMessage } from './message.ts';

const url = process.env.DATABASE_URL;
const pool = url ? new pg.Pool({ connectionString: url, max: 20 }) : undefined;
await pool?.query(`
  create table if not exists rooms (name text primary key, last_seq bigint not null default 0);
  create table if not exists messages (
    room text not null, seq bigint not null, id uuid not null, username text not null, content text not null,
    timestamp timestamptz not null default now(), primary key (room, seq), unique (room, id))`);

async function stored(room: string, id: string, content: string): Promise<object> {
  if (!pool) return { timestamp: new Date() };
  const { rows } = await pool.query({
    name: 'append',
    text: `with r as (update rooms set last_seq = last_seq + 1 where name = $1 returning last_seq)
      insert into messages (room, seq, id, username, content) select $1, last_seq, $2, $3, $4 from r
      returning seq, timestamp`,
    values: [room, id, 'ann', content],
  });
  return rows[0];
}

const server = createServer();
const io = new Server(server, { transports: ['websocket'], perMessageDeflate: false });
io.on('connection', async (socket) => {
  const room = String(socket.handshake.query.room);
  await pool?.query('insert into rooms (name) values ($1) on conflict do nothing', [room]);
  await socket.join(room);
  socket.emit('joined');
  socket.on('message', async ({ id, content }: BenchMessage, acknowledge: () => void) => {
    const more = await stored(room, id, content);
    io.to(room).emit('message', { room, username: 'ann', ...more, id, content });
    acknowledge();
  });
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('ready'));
