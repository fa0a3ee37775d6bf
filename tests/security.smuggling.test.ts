// Request smuggling: requests whose end a proxy and a server could see at different places, sent to the whole stack
// directly and through nginx. The request hidden in the body must never be handled, and the next client gets its answer.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, type TestContext, test } from 'node:test';
import { nginxIsMissing, startNginx } from './nginx_fixture.ts';
import { call } from './people.ts';
import { startTestStack, type TestStack } from './stack.ts';

let stack: TestStack;
before(async () => {
  stack = await startTestStack({ TRUSTED_PROXIES: '127.0.0.1' });
});
after(() => stack.stop());

/** The path of a request inside a body, which must never be handled. */
const HIDDEN_PATH = '/smuggled-request';
const HIDDEN = `GET ${HIDDEN_PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
const POST = 'POST /api/users HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n';
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
const bothLengths = (encoding: string) => `${POST}Content-Length: 5\r\n${encoding}\r\n\r\n0\r\n\r\n${HIDDEN}`;
const whole = `Content-Length: ${HIDDEN.length + 5}\r\n`;

const REQUESTS: Readonly<Record<string, string>> = {
  'CL.TE': `${POST}${whole}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
  'TE.CL': `${POST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(HIDDEN)}0\r\n\r\n`,
  'TE before CL': `${POST}Transfer-Encoding: chunked\r\n${whole}\r\n0\r\n\r\n${HIDDEN}`,
  'two Content-Length': `${POST}Content-Length: 0\r\n${whole}\r\n${HIDDEN}12345`,
  'two Content-Length that agree': `${POST}Content-Length: 0\r\nContent-Length: 0\r\n\r\n${HIDDEN}`,
  'a list of lengths': `${POST}Content-Length: 0, ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  'a length with a sign': `${POST}Content-Length: +0\r\n\r\n${HIDDEN}`,
  'a length in hexadecimal': `${POST}Content-Length: 0x0\r\n\r\n${HIDDEN}`,
  'a length with a space inside': `${POST}Content-Length: 0 0\r\n\r\n${HIDDEN}`,
  'a length with a space before the colon': `${POST}Content-Length : ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  'a folded length': `${POST}Content-Length:\r\n 0\r\n\r\n${HIDDEN}`,
  'a folded Transfer-Encoding': bothLengths('Transfer-Encoding:\r\n chunked'),
  'a folded header before it': `${POST}X-Y: 1\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
  'Transfer-Encoding with a space before the colon': bothLengths('Transfer-Encoding : chunked'),
  'Transfer-Encoding after a tab': bothLengths('\tTransfer-Encoding: chunked'),
  'Transfer-Encoding after a vertical tab': bothLengths('Transfer-Encoding: \x0bchunked'),
  'an unknown Transfer-Encoding': bothLengths('Transfer-Encoding: xchunked'),
  'Transfer-Encoding in quotes': bothLengths('Transfer-Encoding: "chunked"'),
  'chunked and identity': bothLengths('Transfer-Encoding: chunked, identity'),
  'chunked twice': `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
  'chunked and cow': `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n\r\n0\r\n\r\n${HIDDEN}`,
  'chunked in HTTP/1.0': `${POST.replace('1.1', '1.0')}${whole}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
  'a header after a bare carriage return': `${POST}X-Y: 1\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
  'a header after a bare line feed': bothLengths('X-Y: 1\nTransfer-Encoding: chunked'),
  'a header after a U+0000': bothLengths('X-Y: 1\0\r\nTransfer-Encoding: chunked'),
  'a chunk size with a prefix': `${POST}Transfer-Encoding: chunked\r\n\r\n0x${chunk(HIDDEN)}0\r\n\r\n`,
  'a chunk size with a sign': `${POST}Transfer-Encoding: chunked\r\n\r\n+${chunk(HIDDEN)}0\r\n\r\n`,
  'a chunk size beyond 64 bits': `${POST}Transfer-Encoding: chunked\r\n\r\n1${'0'.repeat(16)}\r\n\r\n${HIDDEN}`,
  'a chunk that is longer than it says': `${POST}Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n${HIDDEN}`,
  'a chunk that ends without a carriage return': `${POST}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\n0\r\n\r\n${HIDDEN}`,
  'a line feed in an extension of a chunk': `${POST}Transfer-Encoding: chunked\r\n\r\n2;\n${HIDDEN.length.toString(16)}\r\n${HIDDEN}0\r\n\r\n`,
  'a carriage return in an extension of a chunk': `${POST}Transfer-Encoding: chunked\r\n\r\n2;\rxx\r\n{}\r\n0\r\n\r\n`,
  'a body of a GET': `GET /api/rooms HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  'a body of a HEAD': `HEAD /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  'a body of a path that is refused early': `POST /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  'a body of another media type': `${POST.replace('application/json', 'text/plain')}Content-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  'a body after Expect: 100-continue': `${POST}Expect: 100-continue\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  'a body of an upgrade to another protocol': `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  'a body of a socket’s upgrade': `GET /ws/Tea HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  'an upgrade of an unsupported version': `GET /ws/Tea HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 777\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
};

/** Sends the bytes and reads until the server closes or is quiet for `quietMs`. @returns the statuses received. */
function send(port: number, text: string, quietMs = 150): Promise<number[]> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'));
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(Array.from(received.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status]) => Number(status)));
    };
    let timer = setTimeout(end, 2_000);
    socket.setEncoding('latin1').on('data', (part) => {
      received += part;
      clearTimeout(timer);
      timer = setTimeout(end, quietMs);
    });
    socket.on('error', end).on('close', end);
  });
}

const handled = () => stack.lines.filter(({ msg, path }) => msg === 'request' && path === HIDDEN_PATH).length;

/**
 * Sends each request, then requests of another client. `passedOn` returns how often the proxy has forwarded the hidden
 * request as a request of the client.
 */
async function assertNothingSmuggled(t: TestContext, port: number, passedOn = () => 0): Promise<void> {
  const url = `http://127.0.0.1:${port}`;
  for (const [name, text] of Object.entries(REQUESTS)) {
    await t.test(name, async () => {
      const before = [handled(), passedOn()] as const;
      const statuses = (await send(port, text)).filter((status) => status !== 100);
      const hidden = handled() - before[0];
      assert.equal(hidden, passedOn() - before[1], `answered with ${statuses}`);
      assert.ok(statuses.length <= 1 + hidden, `one answer to one request: ${statuses}`);
      assert.ok(
        statuses.every((status) => status < 500),
        String(statuses),
      );
      const [other, health] = await Promise.all([call(url, 'GET', '/api/rooms'), call(url, 'GET', '/healthz')]);
      assert.deepEqual([other.status, other.body.code, health.status], [401, 'not_authenticated', 200]);
    });
  }
  assert.deepEqual(
    stack.lines.filter(({ level }) => level === 'error'),
    [],
  );
}

test('the premise: the hidden request is handled and counted when a client sends it outside a body', async () => {
  await call(stack.url, 'GET', '/api/rooms'); // the first request is slow
  assert.deepEqual(await send(Number(new URL(stack.url).port), HIDDEN + HIDDEN), [404, 404]);
  assert.equal(handled(), 2);
  stack.lines.length = 0;
});

test('no request that is hidden in the body of another is handled', async (t) => {
  await assertNothingSmuggled(t, Number(new URL(stack.url).port));
});

describe('with the proxy', { skip: nginxIsMissing }, () => {
  test('nginx and the services agree where each request ends, and no client gets the answer of another', async (t) => {
    const service = new URL(stack.url).host;
    // One worker and one kept-alive connection, so that the next request would meet bytes left on it.
    const nginx = await startNginx(
      t,
      { website: service, chat: service },
      { 'worker_processes auto;': '', 'keepalive 64;': 'keepalive 1;', 'keepalive 16;': 'keepalive 1;' },
    );
    const passedOn = () => nginx.log().split(`"path":"${HIDDEN_PATH}"`).length - 1;
    await assertNothingSmuggled(t, nginx.port, passedOn);
    assert.ok(
      passedOn() <= 1,
      'nginx ends a chunk at a bare line feed, and the service gets a length instead of chunks',
    );
  });
});
