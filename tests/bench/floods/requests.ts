// Builds the requests of each flood as HTTP/1.1 text. Opens no sockets.
import { randomBytes, randomUUID } from 'node:crypto';

/** Parameters of the flood's process, which it gets as JSON in its first argument. */
export interface FloodOrder {
  flood: FloodName;
  port: number;
  /** Local address and number of the connections. */
  from: string;
  connections: number;
  /** Each connection names its own client address in X-Forwarded-For; `from` must be a trusted proxy. */
  spread: boolean;
  /** An access token. */
  token: string;
  /** Emails of accounts with `password`, one per connection. */
  emails: string[];
  password: string;
}

/** Builds the `count`th request of connection `index`. */
type Request = (order: FloodOrder, index: number, count: number) => { line: string; headers?: string; body?: object };

const REQUESTS = {
  'GET /login': () => ({ line: 'GET /login' }),
  'POST /api/session': (_, index, count) => ({
    line: 'POST /api/session',
    body: { email: `nobody-${index}-${count}@example.org`, password: 'not the password' },
  }),
  'GET and POST /api/rooms': ({ token }, index, count) => ({
    line: `${count % 2 === 0 ? 'GET' : 'POST'} /api/rooms`,
    headers: `Authorization: Bearer ${token}\r\n`,
    ...(count % 2 === 0 ? {} : { body: { name: `Flood ${index} ${count} ${randomUUID().slice(0, 8)}` } }),
  }),
  'upgrades to /ws': () => ({
    line: 'GET /ws/Flood',
    headers:
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
      'Sec-WebSocket-Protocol: chat.v1, bearer.eyJhbGciOiJFUzI1NiJ9.e30.c2ln\r\nOrigin: http://localhost\r\n',
  }),
  'malformed requests': () => ({ line: 'GET /a b', headers: 'No header\r\n' }),
  'log-ins': ({ emails, password }, index) => ({
    line: 'POST /api/session',
    body: { email: emails[index % emails.length], password },
  }),
} satisfies Record<string, Request>;

export type FloodName = keyof typeof REQUESTS;

export function requestOf(order: FloodOrder, index: number, count: number): string {
  const { line, headers = '', body }: ReturnType<Request> = REQUESTS[order.flood](order, index, count);
  const text = body ? JSON.stringify(body) : '';
  const of = body ? `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n` : '';
  const as = order.spread ? `X-Forwarded-For: 198.51.${index >> 8}.${index & 255}\r\n` : '';
  return `${line} HTTP/1.1\r\nHost: localhost\r\n${headers}${of}${as}\r\n${text}`;
}
