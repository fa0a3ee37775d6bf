// The flood's program: opens connections from one address, each of which sends its next request as soon as the last one was
// answered or disconnected. With `spread` the connections stand for users at many addresses, and wait as Retry-After says.
// On SIGTERM it prints the number of answers by status as JSON, and exits.
import { connect } from 'node:net';
import { type FloodOrder, requestOf } from './requests.ts';

const order: FloodOrder = JSON.parse(process.argv[2]!);
const statuses: Record<string, number> = {};

function ask(index: number, count: number): void {
  let received = '';
  let sent = count;
  const socket = connect({ port: order.port, host: '127.0.0.1', localAddress: order.from });
  const send = () => socket.write(requestOf(order, index, sent++));
  const noted = (status: string) => {
    statuses[status] = (statuses[status] ?? 0) + 1;
  };
  socket.setNoDelay(true).setEncoding('latin1');
  socket.on('connect', send);
  socket.on('data', (chunk) => {
    received += chunk;
    const end = received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = received.slice(0, end);
    const length = /content-length: (\d+)/i.exec(head)?.[1];
    const whole = length ? received.length >= end + 4 + Number(length) : received.endsWith('0\r\n\r\n');
    if (!whole && !head.startsWith('HTTP/1.1 204')) return;
    noted(head.slice(9, 12));
    received = '';
    const wait = order.spread ? Number(/^retry-after: (\d+)/im.exec(head)?.[1] ?? 0) : 0;
    if (/^connection: close/im.test(head)) socket.end();
    else if (wait > 0) setTimeout(() => socket.writable && send(), wait * 1_000);
    else send();
  });
  socket.on('error', ({ message }) => noted(message.split(' ', 2).join(' ')));
  socket.on('close', () => setImmediate(ask, index, sent));
}

for (let index = 0; index < order.connections; index += 1) ask(index, 0);
process.on('SIGTERM', () => process.stdout.write(JSON.stringify(statuses), () => process.exit(0)));
