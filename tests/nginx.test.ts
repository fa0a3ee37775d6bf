// nginx alone: the problems that it answers itself, and that no secret is in its log.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import openapi from '@parlance/specs/openapi.json' with { type: 'json' };
import { PROBLEMS, type ProblemCode } from '@parlance/specs/problems.ts';
import { validateProblem } from '@parlance/specs/validators.js';
import { freePort } from './free_port.ts';
import { type Answer, exchange, nginxConf, nginxIsMissing, startListener, startNginx } from './nginx_fixture.ts';
import { note } from './wiretap.ts';

const END = 'Host: a.example\r\nConnection: close\r\n\r\n';
const SECRET = 'not-for-a-log';

function assertProblem(answer: Answer | undefined, code: ProblemCode): void {
  assert.ok(answer, 'there is an answer');
  const problem: unknown = JSON.parse(answer.body);
  assert.ok(validateProblem(problem), JSON.stringify(validateProblem.errors));
  const { status, title } = PROBLEMS[code];
  const { detail, requestId, ...rest } = problem;
  assert.deepEqual(rest, { type: `/docs/problems#${code}`, title, status, code });
  assert.equal(answer.status, status);
  assert.ok(detail.length > 0);
  assert.match(requestId, /^[0-9a-f]{32}$/);
  assert.equal(answer.headers.get('x-request-id'), requestId);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  note(`code ${code}`);
}

test('nginx.conf has the limits and timeouts of the contract', () => {
  const stated = (directive: string) => new RegExp(`^ *${directive} (\\d+)([ks]);`, 'gm');
  const kilobytes = [...nginxConf.matchAll(stated('client_max_body_size'))].map(([, number]) => Number(number));
  assert.deepEqual(kilobytes, [LIMITS.bodyMax / 1024]);
  const socket = /location ~ \^\/ws\S+ \{[^}]*proxy_read_timeout (\d+)s/.exec(nginxConf)?.[1];
  assert.ok(Number(socket) > 2 * (LIMITS.pingSeconds + LIMITS.pongSeconds), 'a socket outlives two rounds of pings');
});

test('nginx.conf has the limits per address of the services', () => {
  const { requestsPerAddress, requestBurstPerAddress, connectionsPerAddress, networkShare } = LIMITS;
  const numbers = (pattern: RegExp) => Array.from(nginxConf.matchAll(pattern), ([, number]) => Number(number));
  const shared = (number: number) => number * networkShare;
  assert.deepEqual(numbers(/zone=requests:16m rate=(\d+)r\/s;/g), [requestsPerAddress]);
  assert.deepEqual(numbers(/zone=network_requests:16m rate=(\d+)r\/s;/g), [shared(requestsPerAddress)]);
  const burst = requestBurstPerAddress - 1; // in addition to the first request
  assert.deepEqual(numbers(/limit_req zone=requests burst=(\d+) nodelay;/g), [burst, burst]);
  const network = shared(requestBurstPerAddress) - 1;
  assert.deepEqual(numbers(/limit_req zone=network_requests burst=(\d+) nodelay;/g), [network, network]);
  assert.deepEqual(numbers(/limit_conn connections (\d+);/g), [connectionsPerAddress]);
  assert.deepEqual(numbers(/limit_conn network_connections (\d+);/g), [shared(connectionsPerAddress)]);
  const sockets = 2 * LIMITS.socketsPerAddress;
  assert.deepEqual(numbers(/limit_conn sockets (\d+);/g), [sockets]);
  assert.deepEqual(numbers(/limit_conn network_sockets (\d+);/g), [shared(sockets)]);
});

/** The methods of the contract, in the order of the alphabet. */
const METHODS = [
  ...new Set([
    'HEAD',
    ...Object.values(openapi.paths).flatMap((item) => Object.keys(item).map((name) => name.toUpperCase())),
  ]),
].toSorted();

test('nginx.conf lists the methods of the contract in Allow', () => {
  const allowed = Array.from(nginxConf.matchAll(/^ +'?~\^405(?: \/\S+)?'? '?([A-Z, ]+)'?;/gm), ([, list]) =>
    list!.split(', ').toSorted(),
  );
  assert.deepEqual(allowed, [['GET'], METHODS]);
});

describe('nginx', { skip: nginxIsMissing, concurrency: true }, () => {
  const chunked = `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${END}`;
  const refusals: [name: string, request: string, code: ProblemCode][] = [
    ['bytes that are not HTTP', '\x16\x03\x01\x00\x01\r\n\r\n', 'invalid_request'],
    ['a lower-case method', `get / HTTP/1.1\r\n${END}`, 'invalid_request'],
    ['a malformed escape in the path', `GET /%zz HTTP/1.1\r\n${END}`, 'invalid_request'],
    ['a U+0000 in the path', `GET /%00 HTTP/1.1\r\n${END}`, 'invalid_request'],
    ['a space in the path', `GET /a b HTTP/1.1\r\n${END}`, 'invalid_request'],
    ['HTTP/1.1 without Host', 'GET / HTTP/1.1\r\n\r\n', 'invalid_request'],
    ['two Hosts', `GET / HTTP/1.1\r\nHost: b.example\r\n${END}`, 'invalid_request'],
    ['an invalid Host', 'GET / HTTP/1.1\r\nHost: a b/\r\n\r\n', 'invalid_request'],
    ['a U+0000 in a header', `GET / HTTP/1.1\r\nX-A: ${SECRET}\0\r\n${END}`, 'invalid_request'],
    ['a length that is not a number', `POST / HTTP/1.1\r\nContent-Length: x\r\n${END}`, 'invalid_request'],
    ['two lengths', `POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n${END}`, 'invalid_request'],
    ['an unknown transfer encoding', `POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n${END}`, 'invalid_request'],
    ['a chunk without a size', `${chunked}zz\r\n`, 'invalid_request'],
    ['an unsupported version', `GET / HTTP/2.0\r\n${END}`, 'invalid_request'],
    ['CONNECT', `CONNECT a.example:1 HTTP/1.1\r\n${END}`, 'invalid_request'],
    ['TRACE', `TRACE /api/rooms HTTP/1.1\r\n${END}`, 'method_not_allowed'],
    ['too long a path', `GET /?${SECRET}${'a'.repeat(9_000)} HTTP/1.1\r\n${END}`, 'headers_too_large'],
    ['too long a header', `GET / HTTP/1.1\r\nCookie: ${SECRET}${'a'.repeat(9_000)}\r\n${END}`, 'headers_too_large'],
    ['too many headers', `GET / HTTP/1.1\r\n${`X: ${'a'.repeat(7_000)}\r\n`.repeat(6)}${END}`, 'headers_too_large'],
    [
      'a declared length that is too large',
      `POST / HTTP/1.1\r\nContent-Length: ${LIMITS.bodyMax + 1}\r\n${END}`,
      'body_too_large',
    ],
    ['a chunked body that is too large', `${chunked}10001\r\n${'a'.repeat(0x10001)}\r\n0\r\n\r\n`, 'body_too_large'],
    ['the internal API', `GET /internal/jwks HTTP/1.1\r\n${END}`, 'not_found'],
    ['metrics, by an encoded path', `GET /x/../%6Detrics HTTP/1.1\r\n${END}`, 'not_found'],
    ['readiness', `GET /readyz?x HTTP/1.1\r\n${END}`, 'not_found'],
    ['the internal location of problems', `GET /.problem HTTP/1.1\r\n${END}`, 'not_found'],
  ];

  test('refuses malformed requests and internal paths with problems of the contract, and forwards none of them', async (t) => {
    let reached = 0;
    const upstream = await startListener(
      t,
      createServer(() => reached++),
    );
    const { port, logged } = await startNginx(t, { website: upstream, chat: upstream });
    for (const [name, request, code] of refusals) {
      await t.test(name, async () => assertProblem(await exchange(port, request), code));
    }
    assert.equal(reached, 0);
    const log = await logged((text) => text.split('\n').length > refusals.length);
    const lines = log.trim().split('\n');
    assert.equal(lines.map((line) => JSON.parse(line)).length, refusals.length);
    assert.ok(!log.includes(SECRET));
  });

  test('lists the methods of the contract in Allow when it refuses TRACE', async (t) => {
    const { port } = await startNginx(t, { website: '127.0.0.1:9', chat: '127.0.0.1:9' });
    const allow = async (path: string) =>
      (await exchange(port, `TRACE ${path} HTTP/1.1\r\n${END}`))?.headers.get('allow');
    assert.deepEqual((await allow('/api/rooms'))!.split(', ').toSorted(), METHODS);
    assert.equal(await allow('/ws/Tea%20room'), 'GET');
  });

  test('answers for a service that is down, hangs up or does not answer, and logs no query', async (t) => {
    const away = `127.0.0.1:${await freePort()}`;
    const hangsUp = await startListener(
      t,
      createServer((socket) => socket.once('data', () => socket.destroy())),
    );
    const silent = await startListener(t);
    const short = { 'proxy_read_timeout 30s;': 'proxy_read_timeout 300ms;' };
    const first = await startNginx(t, { website: hangsUp, chat: away });
    const second = await startNginx(t, { website: silent, chat: away }, short);
    const request = (path: string) => `GET ${path}?token=${SECRET} HTTP/1.1\r\nCookie: s=${SECRET}\r\n${END}`;
    assertProblem(await exchange(first.port, request('/')), 'bad_gateway');
    assertProblem(await exchange(first.port, request('/ws/x')), 'bad_gateway');
    assertProblem(await exchange(second.port, request('/')), 'gateway_timeout');
    for (const [{ logged }, paths] of [
      [first, ['/', '/ws/x']],
      [second, ['/']],
    ] as const) {
      const log = await logged((text) => paths.every((path) => text.includes(`"path":"${path}","status":50`)));
      assert.match(log, /"path":"\/","status":50[24]/);
      assert.ok(!log.includes(SECRET));
    }
  });

  test('answers internal_error when it has no free connection', async (t) => {
    const upstream = await startListener(t);
    const none = { 'worker_processes auto;': '', 'worker_connections 16000;': 'worker_connections 3;' };
    const { port } = await startNginx(t, { website: upstream, chat: upstream }, none);
    assertProblem(await exchange(port, `GET / HTTP/1.1\r\n${END}`), 'internal_error');
  });

  test('closes the connection without an answer when a request does not arrive in time', async (t) => {
    const short = {
      'client_header_timeout 10s;': 'client_header_timeout 200ms;',
      'client_body_timeout 10s;': 'client_body_timeout 200ms;',
    };
    const { port, logged } = await startNginx(t, { website: '127.0.0.1:9', chat: '127.0.0.1:9' }, short);
    assert.equal(await exchange(port, 'GET / HTTP/1.1\r\nHost'), undefined);
    assert.equal(await exchange(port, `POST / HTTP/1.1\r\nContent-Length: 10\r\n${END}a`), undefined);
    const timedOut = (log: string) => log.match(/"status":408/g)?.length ?? 0;
    assert.equal(timedOut(await logged((log) => timedOut(log) >= 2)), 2);
  });
});
