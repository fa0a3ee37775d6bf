// Log injection: line breaks, terminal escape sequences and very long values in everything that a client sends. Each
// request must be one line of JSON in printable ASCII, in the log of the services and in that of nginx.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { until } from './house.ts';
import { nginxIsMissing, startNginx } from './nginx_fixture.ts';
import { type Person, person } from './people.ts';
import { startTestStack, type TestStack } from './stack.ts';

let stack: TestStack;
let behindProxy: TestStack;
let ann: Person;
before(async () => {
  stack = await startTestStack();
  ann = await person(stack.url);
  behindProxy = await startTestStack({ TRUSTED_PROXIES: '127.0.0.1' }, { url: stack.databaseUrl });
});
after(async () => {
  await behindProxy?.stop();
  await stack?.stop();
});

const FORGED = '{"level":"error","msg":"forged"}';
const ESCAPE = '\x1b[2J\x1b]0;owned\x07';
/** As bytes: \x9b begins an escape sequence in some terminals. */
const BEYOND_ASCII = '\x9b31m\xc2\x9b31m\xe2\x80\xa8\xff';
const AUTHORITY = 'Host: 127.0.0.1\r\nConnection: close\r\n';

/** Line breaks and escape sequences, encoded, and as raw bytes where a parser accepts them. */
const requests = (bearer: string): string[] => {
  const encoded = encodeURIComponent(`\r\n${FORGED}\r\n${ESCAPE}`);
  const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\n${AUTHORITY}${headers}\r\n`;
  const post = (path: string, body: string, headers = '') =>
    `POST ${path} HTTP/1.1\r\n${AUTHORITY}Content-Type: application/json\r\n${headers}Content-Length: ${Buffer.byteLength(body, 'latin1')}\r\n\r\n${body}`;
  return [
    get(`/${encoded}`),
    get(`/api/rooms/${encoded}`, bearer),
    get(`/rooms/${encoded}?next=${encoded}`),
    get(`/docs/"${FORGED.replaceAll(' ', '')}`),
    get('/\\n\\r\\u001b[31m'),
    get(`/${'x'.repeat(7_000)}`),
    get('/', `User-Agent: ${BEYOND_ASCII}${FORGED}\r\n`),
    get('/', `User-Agent: "\\"\t${'y'.repeat(1_000)}\r\nReferer: ${BEYOND_ASCII}\r\n`),
    get('/', `X-Request-Id: ${FORGED}\r\nX-Forwarded-For: ${FORGED}, ${BEYOND_ASCII}\r\n`),
    get('/api/session', `Authorization: Bearer ${BEYOND_ASCII}\r\n`),
    get('/', `Cookie: parlance_session=${BEYOND_ASCII}; a=${FORGED}\r\n`),
    post('/api/users', JSON.stringify({ email: `a\n${FORGED}@b`, username: `\u001b[31m\n${FORGED}`, password: '\n' })),
    post('/api/session', JSON.stringify({ email: `a\r\n${FORGED}@example.org`, password: `\u001b${FORGED}` })),
    post('/api/rooms', JSON.stringify({ name: `${ESCAPE}\n${FORGED}`, [`${ESCAPE}\n`]: 1 }), bearer),
    post('/api/rooms', `{"name": ${ESCAPE}\n`, bearer),
    `GET /ws/${encoded} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ${encoded}\r\n\r\n`,
    // The HTTP parser refuses these: no log line of a service, at most one of nginx.
    `GET /${BEYOND_ASCII} HTTP/1.1\r\n${AUTHORITY}\r\n`,
    `GET /${ESCAPE} HTTP/1.1\r\n${AUTHORITY}\r\n`,
    `G\x1bT / HTTP/1.1\r\n${AUTHORITY}\r\n`,
    `GET / HTTP/1.1\r\n${AUTHORITY}X-Y: ${ESCAPE}\r\n\r\n`,
  ];
};
const REFUSED_UNREAD = 4;

function send(port: number, text: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'));
    socket.on('error', () => undefined).on('close', () => resolve());
    socket.setTimeout(3_000, () => socket.destroy()).resume();
  });
}

function assertClean(log: string, lines: number): void {
  const all = log.trimEnd().split('\n');
  for (const line of all) {
    assert.match(line, /^[\x20-\x7e]+$/, 'printable ASCII');
    assert.ok(line.length < 20_000, `${line.length} characters`);
    const { msg, level } = JSON.parse(line);
    assert.ok(msg !== 'forged' && level !== 'error', line);
  }
  assert.ok(all.length >= lines, `${all.length} lines`);
}

test('nothing that a client sends breaks a log line of the services or puts an escape sequence into it', async () => {
  const port = Number(new URL(stack.url).port);
  const all = requests(`Authorization: Bearer ${ann.token}\r\n`);
  const before = stack.lines.length;
  for (const text of all) await send(port, text);
  const answered = all.length - REFUSED_UNREAD;
  await until(() => stack.lines.length - before >= answered);
  assert.equal(stack.lines.length - before, answered, 'one line for each request');
  assertClean(stack.text(), answered);
});

describe('with the proxy', { skip: nginxIsMissing }, () => {
  test('nothing that a client sends breaks a log line of nginx or puts an escape sequence into it', async (t) => {
    const service = new URL(behindProxy.url).host;
    const nginx = await startNginx(t, { website: service, chat: service });
    const all = requests(`Authorization: Bearer ${ann.token}\r\n`);
    for (const text of all) await send(nginx.port, text);
    const log = await nginx.logged((text) => text.split('\n').length > all.length);
    assert.equal(log.trimEnd().split('\n').length, all.length, 'one line for each request');
    assertClean(log, all.length);
    assertClean(behindProxy.text(), all.length - REFUSED_UNREAD);
  });
});
