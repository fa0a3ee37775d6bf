// Requests that Node's HTTP parser refuses: they too get problem details, and other clients are not affected.
import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import { after, before, type TestContext, test } from 'node:test';
import { closeServer, listen } from '@parlance/service/listen.ts';
import { createPublicServer } from '@parlance/service/public_server.ts';
import { startTestStack, type TestStack } from '../../tests/stack.ts';
import { leaveUnheard, note } from '../../tests/wiretap.ts';
import { assertProblem, raw } from './fixture.ts';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
});
after(() => stack.stop());

const GET = 'GET /api/session HTTP/1.1\r\nHost: localhost\r\n';
const POST = 'POST /api/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

for (const [what, text] of [
  ['text that is not HTTP', 'good morning\r\n\r\n'],
  ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['no path', 'GET  HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['a space in the path', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['a byte beyond ASCII in the path', 'GET /api/\xe9 HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['an unknown method', 'GRAB /api HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['a header without a colon', `${GET}oops\r\n\r\n`],
  ['a control character in a header', `${GET}X-Y: \x01\r\n\r\n`],
  ['a space before the colon', `${GET}X-Y : 1\r\n\r\n`],
  ['a length that is not a number', `${POST}Content-Length: x\r\n\r\n`],
  ['a negative length', `${POST}Content-Length: -1\r\n\r\n`],
  ['two lengths', `${POST}Content-Length: 1\r\nContent-Length: 2\r\n\r\nx`],
  ['both a length and chunks (smuggling)', `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['an unknown transfer encoding', `${POST}Transfer-Encoding: gzip\r\n\r\n`],
  ['a chunk whose size is not a number', `${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n`],
  ['line ends without a carriage return', 'GET /api/session HTTP/1.1\nHost: a\n\n'],
  ['no Host', 'GET /api/session HTTP/1.1\r\n\r\n'],
  ['two Hosts', `${GET}Host: other\r\n\r\n`],
  ['an invalid Host', 'GET /api/session HTTP/1.1\r\nHost: a;script-src *\r\n\r\n'],
  ['CONNECT, as to a proxy,', 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n'],
] as const) {
  test(`${what} is invalid_request`, async () => {
    const answer = await raw(stack.url, text);
    assert.ok(answer, 'there is an answer');
    assertProblem(answer, 'invalid_request');
  });
}

test('headers up to 16 KiB are read, larger ones are headers_too_large', async () => {
  const withHeader = (bytes: number) => `${GET}X-Long: ${'x'.repeat(bytes)}\r\n\r\n`;
  assertProblem((await raw(stack.url, withHeader(15_000)))!, 'not_authenticated');
  assertProblem((await raw(stack.url, withHeader(17_000)))!, 'headers_too_large');
  assertProblem((await raw(stack.url, withHeader(1_000_000)))!, 'headers_too_large');
  assertProblem((await raw(stack.url, `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`))!, 'headers_too_large');
  note('code headers_too_large');
});

test('chunk extensions are limited', async () => {
  const text = `${POST}Transfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(30_000)}\r\n{\r\n0\r\n\r\n`;
  assertProblem((await raw(stack.url, text))!, 'body_too_large');
});

test('an unknown expectation is ignored, and 100-continue is answered', async () => {
  assertProblem((await raw(stack.url, `${GET}Expect: a-miracle\r\n\r\n`))!, 'not_authenticated');
  const body = '{"email":"x"}';
  const waiting = await raw(stack.url, `${POST}Expect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  assertProblem(waiting!, 'invalid_request', '/body/username');
});

test('a target in absolute form is answered like its path, and refused if its host is invalid', async () => {
  const absolute = (target: string) => raw(stack.url, `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
  assertProblem((await absolute('http://localhost/api/session'))!, 'not_authenticated');
  assertProblem((await absolute('http://localhost/ws/x'))!, 'upgrade_required');
  for (const target of ['http://a b/', 'http://a;b/']) {
    assertProblem((await absolute(target))!, 'invalid_request');
  }
  for (const target of ['http://[/nope', 'ftp://localhost/x', '*', '?x', 'http:x']) {
    const answer = await absolute(target);
    assert.ok([400, 404, 421].includes(answer?.status ?? 0), `${target} ${answer?.status}`);
    assert.ok(answer?.headers.get('x-request-id') ?? answer?.body.includes('requestId'), target);
  }
});

test('HTTP/1.0 without a Host and an Upgrade that is not offered are answered like any other request', async () => {
  assertProblem((await raw(stack.url, 'GET /api/session HTTP/1.0\r\n\r\n'))!, 'not_authenticated');
  const upgrade =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n';
  assertProblem((await raw(stack.url, GET + upgrade))!, 'not_authenticated');
  assertProblem((await raw(stack.url, `${GET}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n`))!, 'not_authenticated');
});

/** A server with short timeouts. At /halves its handler sends half of the answer before the body has arrived. */
async function quickServer(t: TestContext): Promise<string> {
  const quick = { headersTimeout: 150, requestTimeout: 300, connectionsCheckingInterval: 25 };
  const answer: RequestListener = (request, response) => {
    if (request.url === '/halves') response.write('one half');
    request.on('error', () => undefined).on('end', () => response.end('the other'));
    request.resume();
  };
  const server = createPublicServer(answer, undefined, quick);
  leaveUnheard(server);
  t.after(() => closeServer(server, 0));
  return `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}`;
}

test('a request that arrives too slowly is request_timeout: without a byte, within its head or within its body', async (t) => {
  const url = await quickServer(t);
  const body = 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n';
  assert.equal((await raw(url, `${body}all of it`))?.body, 'the other', 'precondition');
  for (const slow of ['', 'GET /x', `${GET}X-Slow: `, `${body}slow`]) {
    assertProblem((await raw(url, slow))!, 'request_timeout');
  }
  note('code request_timeout');
});

test('an answer in progress is cut off rather than mixed with another', async (t) => {
  const url = await quickServer(t);
  const chunked = 'POST /halves HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
  const answer = await raw(url, `${chunked}1\r\nx\r\n`);
  assert.equal(answer?.status, 200);
  assert.match(answer.body, /^8\r\none half\r\n$/, 'no second half, and no problem within the first answer');
});

test('garbage after a valid request is refused once, after the valid answer', async () => {
  const received = await new Promise<string>((resolve) => {
    let text = '';
    const socket = connect(Number(new URL(stack.url).port), '127.0.0.1', () => socket.write(`${GET}\r\n`));
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk;
      socket.write('garbage\r\n\r\n'); // after the first answer, and again after the second
    });
    socket.on('error', () => undefined).on('close', () => resolve(text));
  });
  assert.deepEqual(received.match(/HTTP\/1\.1 \d{3}|"code":"\w+"/g), [
    'HTTP/1.1 401',
    '"code":"not_authenticated"',
    'HTTP/1.1 400',
    '"code":"invalid_request"',
  ]);
});

test('afterwards the server works, and it has logged no warning or error', async () => {
  const answer = await fetch(`${stack.url}/healthz`);
  assert.equal(answer.status, 200);
  await answer.body?.cancel();
  assert.deepEqual(
    stack.lines.filter(({ level }) => level !== 'info' && level !== 'debug'),
    [],
  );
});
