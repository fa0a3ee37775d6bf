// nginx in front of the services: what it forwards, and a conversation through it with the real stack.
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { until } from './house.ts';
import { exchange, nginxIsMissing, startListener, startNginx } from './nginx_fixture.ts';
import { call, PASSWORD, person } from './people.ts';
import { startTestStack } from './stack.ts';
import { leaveUnheard } from './wiretap.ts';

const END = 'Host: a.example\r\nConnection: close\r\n\r\n';
/** The first characters of every token. */
const JWT = 'eyJ';

describe('through nginx', { skip: nginxIsMissing, concurrency: true }, () => {
  test('nginx sets the client address and the request id, and replaces those that the client sends', async (t) => {
    const { seen, port, logged } = await recorded(t);
    const forged =
      'X-Request-Id: mine\r\nX-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Proto: https\r\n';
    await exchange(port, `GET /a HTTP/1.1\r\n${forged}X-Forwarded-Port: 1\r\nForwarded: for=9.9.9.9\r\n${END}`);
    await exchange(port, 'GET /b HTTP/1.0\r\n\r\n');
    const [first, second] = seen.map(({ headers: { 'x-request-id': id, ...rest } }) => ({ id, rest }));
    const forwarded = { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' };
    assert.deepEqual(first?.rest, { host: 'a.example', ...forwarded });
    assert.deepEqual(second?.rest, { host: 'localhost', ...forwarded });
    assert.match(String(first?.id), /^[0-9a-f]{32}$/);
    assert.notEqual(first?.id, second?.id);
    const line = `"requestId":"${first?.id}","address":"127.0.0.1","method":"GET","path":"/a","status":200`;
    await logged((log) => log.includes(line));
  });

  test('nginx takes the client address from the configured proxy in front, and from no other client', async (t) => {
    const addresses = async (proxyInFront: string) => {
      const { seen, port } = await recorded(t, proxyInFront);
      await exchange(port, `GET / HTTP/1.1\r\nX-Forwarded-For: 9.9.9.9, 203.0.113.7\r\n${END}`);
      return seen[0]?.headers['x-forwarded-for'];
    };
    assert.equal(await addresses('127.0.0.0/8'), '203.0.113.7');
    assert.equal(await addresses('10.0.0.0/8'), '127.0.0.1');
  });

  test('nginx forwards paths unchanged, and an upgrade only to the path of sockets', async (t) => {
    const { seen, port } = await recorded(t);
    const upgrade = `Upgrade: websocket\r\n${END}`;
    for (const path of ['/ws/Tea%20r%C3%A4um?after=1', '/rooms/a%2Fb', '/x/../ws/y', '/WS/y']) {
      await exchange(port, `GET ${path} HTTP/1.1\r\n${upgrade}`);
    }
    assert.deepEqual(
      seen.map(({ url, headers }) => [url, headers.upgrade, headers.connection]),
      [
        ['/ws/Tea%20r%C3%A4um?after=1', 'websocket', 'upgrade'],
        ['/rooms/a%2Fb', undefined, undefined],
        ['/x/../ws/y', undefined, undefined],
        ['/WS/y', undefined, undefined],
      ],
    );
  });

  test('nginx forwards the largest body, and reuses its connections to the services', async (t) => {
    const { seen, ports, port } = await recorded(t);
    const body = 'a'.repeat(LIMITS.bodyMax);
    const post = `POST / HTTP/1.1\r\nContent-Length: ${body.length}\r\n${END}${body}`;
    const answers = [await exchange(port, post), await exchange(port, post.replace('POST /', 'POST /ws/'))];
    assert.deepEqual(
      answers.map((answer) => answer?.status),
      [200, 200],
    );
    await exchange(port, post);
    assert.equal(seen.length, 3);
    const [first, chat, again] = ports;
    assert.ok(typeof first === 'number' && typeof chat === 'number');
    assert.equal(again, first);
    assert.notEqual(chat, first, 'the premise: a request to another service has another connection');
  });

  test('no malformed session cookie causes a 500, under the name that it has behind TLS', async (t) => {
    const stack = await startTestStack({ TRUSTED_PROXIES: '127.0.0.1', PUBLIC_URL: 'https://chat.example.org' });
    t.after(() => stack.stop());
    const service = new URL(stack.url).host;
    const { port } = await startNginx(t, { website: service, chat: service });
    for (const value of ['j:5', 'j:{"id":1}', 's:j:5.x', 's:a.b', '%zz', '"j:5"']) {
      for (const [path, status] of [
        ['/login', 200],
        ['/api/session', 401],
      ] as const) {
        const cookie = `Cookie: __Host-parlance_session=${value}`;
        const text = `GET ${path} HTTP/1.1\r\nHost: chat.example.org\r\nConnection: close\r\n${cookie}\r\n\r\n`;
        assert.equal((await exchange(port, text))?.status, status, `${value} ${path}`);
      }
    }
  });

  test('an unknown host name is refused with 421 on every path', async (t) => {
    const stack = await startTestStack({ TRUSTED_PROXIES: '127.0.0.1', ALLOWED_HOSTS: 'chat.lan' });
    t.after(() => stack.stop());
    const service = new URL(stack.url).host;
    const { port } = await startNginx(t, { website: service, chat: service });
    const upgrade =
      'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nConnection: Upgrade';
    for (const [path, more, status] of [
      ['/', 'Connection: close', 200],
      ['/api/session', 'Connection: close', 401],
      ['/ws/Tea', 'Connection: close', 426],
      ['/ws/Tea', upgrade, 401],
    ] as const) {
      const ask = async (host: string) =>
        (await exchange(port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n\r\n`))!;
      for (const host of ['chat.lan', 'chat.lan:8080', 'localhost', `127.0.0.1:${port}`]) {
        assert.equal((await ask(host)).status, status, `${host} ${path}`);
      }
      for (const host of ['evil.example', `evil.example:${port}`, 'chat.lan.evil.example']) {
        const { status: refused, body } = await ask(host);
        assert.equal(refused, 421, `${host} ${path}`);
        assert.match(body, /ALLOWED_HOSTS/);
      }
    }
    assert.equal((await exchange(port, 'GET /api/session HTTP/1.0\r\n\r\n'))?.status, 401, 'no host');
  });

  test('two users exchange messages, a request has the same id in every log, and no log has a secret or a message text', async (t) => {
    const stack = await startTestStack({ TRUSTED_PROXIES: '127.0.0.1' });
    t.after(() => stack.stop());
    const service = new URL(stack.url).host;
    const nginx = await startNginx(t, { website: service, chat: service });
    const url = `http://127.0.0.1:${nginx.port}`;

    const [ann, bob] = [await person(url), await person(url)];
    const { name } = await ann.createRoom('Tea room');
    const [hers, his] = [await ann.join(name), await bob.join(name)];
    const texts = ['Does anybody hear me, tell me?', 'I hear you well.'] as const;
    const message = `/api/rooms/Tea%20room/messages/${hers.say(texts[0])}`;
    await his.next('message.created', ({ content }) => content === texts[0]);
    his.say(texts[1]);
    await hers.next('message.created', ({ content }) => content === texts[1]);
    assert.deepEqual(hers.seqs(), [1, 2]);
    await Promise.all([hers.close(), his.close()]);

    const tag = (await ann.call('PATCH', message, { content: 'x'.repeat(2_048) })).headers.get('etag')!;
    assert.equal(tag, '"3"');
    assert.equal((await ann.call('PATCH', message, { content: 'short' }, { 'if-match': tag })).status, 200);

    const login = await call(url, 'POST', '/api/session', { body: { email: ann.email, password: PASSWORD } });
    const cookie = /=([^;]{20,})/.exec(login.headers.get('set-cookie') ?? '')?.[1] ?? assert.fail('there is no cookie');
    const id = login.headers.get('x-request-id') ?? assert.fail('there is no id');
    assert.match(id, /^[0-9a-f]{32}$/);
    const sockets = (log: string) => log.match(/"path":"\/ws\/Tea%20room","status":101/g)?.length ?? 0;
    const own = await nginx.logged((log) => log.includes(id) && sockets(log) >= 2);
    await until(() => stack.text().includes(id));
    for (const log of [own, stack.text()]) {
      assert.ok(log.includes(`"requestId":"${id}"`));
      for (const secret of [JWT, PASSWORD, cookie, ...texts]) assert.ok(!log.includes(secret), secret);
    }
    assert.ok(ann.token.startsWith(JWT));
    assert.equal(sockets(own), 2);
  });
});

/** nginx before a service that records each request and answers with 2 KiB of JSON. One worker, so one connection pool. */
async function recorded(t: TestContext, proxyInFront?: string) {
  const seen: IncomingMessage[] = [];
  /** The remote port of each request, read now because a closed socket has none. */
  const ports: (number | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    ports.push(request.socket.remotePort);
    request
      .resume()
      .on('end', () => response.setHeader('Content-Type', 'application/json').end(`"${'a'.repeat(2_048)}"`));
  });
  leaveUnheard(server); // it stands for any service and does not follow the contract
  const service = await startListener(t, server);
  const services = { website: service, chat: service, ...(proxyInFront ? { proxyInFront } : {}) };
  return { seen, ports, ...(await startNginx(t, services, { 'worker_processes auto;': '' })) };
}
