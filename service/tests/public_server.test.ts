// Limits per connection of a public server, the forms of request targets, and client addresses.
import assert from 'node:assert/strict';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { closeServer, listen } from '../listen.ts';
import { clientAddress } from '../origin.ts';
import { createPublicServer } from '../public_server.ts';

async function served(t: TestContext, handle: RequestListener): Promise<number> {
  const server = createPublicServer(handle, (request, socket) => socket.end(`upgraded ${request.url}`));
  t.after(() => closeServer(server, 0));
  return Number(await listen(server, 0, '127.0.0.1'));
}

/** Sends `text` and resolves with everything received until the server closes. */
function exchanged(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.setEncoding('latin1').on('data', (chunk) => {
      received += chunk;
    });
    socket.on('error', reject).on('close', () => resolve(received));
  });
}

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;

test('pipelined requests are handled one by one, in order, each after the previous answer', async (t) => {
  const begun: ServerResponse[] = [];
  const port = await served(t, (request, response) => {
    begun.push(response);
    if (begun.length > 1) response.end(`${request.url} `);
  });
  const all = exchanged(port, get('/1') + get('/2') + get('/3', 'Connection: close\r\n'));
  await t.waitFor(() => assert.equal(begun.length, 1));
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(begun.length, 1, 'the second waits');
  begun[0]?.end('/1 ');
  assert.match(await all, /\/1 [\s\S]*\/2 [\s\S]*\/3 /);
});

test('a connection with too many pipelined requests is destroyed, and others are not affected', async (t) => {
  let handled = 0;
  const port = await served(t, (request, response) => {
    handled++;
    setTimeout(() => response.end(request.url), 50);
  });
  const flood = await new Promise<number>((resolve) => {
    let sent = 0;
    const socket = connect(port, '127.0.0.1', () => {
      const more = () => {
        for (sent++; !socket.destroyed && socket.write(get('/flood').repeat(100)); sent++);
      };
      socket.on('drain', more);
      more();
    });
    socket.on('error', () => undefined).on('close', () => resolve(sent));
  });
  assert.ok(flood < 10_000, `destroyed after ${flood} writes`);
  assert.ok(handled < 20, `${handled} were handled`);
  assert.match(await exchanged(port, get('/other', 'Connection: close\r\n')), /\/other$/);
});

test('an upgrade pipelined behind an unanswered request destroys the connection', async (t) => {
  let answer: ServerResponse | undefined;
  const port = await served(t, (_request, response) => {
    answer = response;
  });
  const upgrade = get('/ws/x', 'Connection: Upgrade\r\nUpgrade: websocket\r\n');
  const received = await exchanged(port, get('/slow') + upgrade).catch(() => '');
  assert.ok(answer, 'the first was handled');
  assert.equal(received, '');
});

test('pipelined requests of a client that has disconnected are not handled', async (t) => {
  const begun: string[] = [];
  let answer: ServerResponse | undefined;
  const port = await served(t, (request, response) => {
    begun.push(request.url!);
    answer = response;
  });
  const socket = connect(port, '127.0.0.1', () => socket.write(get('/1') + get('/2')));
  await t.waitFor(() => assert.equal(begun.length, 1));
  const closed = new Promise((resolve) => answer?.once('close', resolve));
  socket.resetAndDestroy();
  await closed;
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(begun, ['/1']);
});

test('the absolute form of a target is accepted, also for upgrades, and its host replaces Host', async (t) => {
  const port = await served(t, ({ url, headers }, response) => response.end(`<${headers.host}${url}>`));
  const close = 'Connection: close\r\n';
  for (const [target, expected] of [
    ['http://b:1/x?y=1', '<b:1/x?y=1>'],
    ['HTTPS://b', '<b/>'],
    ['http://b?x', '<b/?x>'],
    ['/http://b/', '<a/http://b/>'],
    ['http:///x', '<ahttp:///x>'],
  ] as const) {
    const answer = await exchanged(port, get(target, close));
    assert.ok(answer.endsWith(expected), `${target}: ${answer}`);
  }
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
  assert.equal(await exchanged(port, get('http://b/ws/x', upgrade)), 'upgraded /ws/x');
});

test('the address of a client that has already disconnected is unknown, and nothing fails', async (t) => {
  const address = clientAddress([]);
  assert.equal(address({ socket: {}, headers: {} } as never), 'unknown');
  let asked = 0;
  let unknown = 0;
  const port = await served(t, (request, response) => {
    asked++;
    if (address(request) === 'unknown') unknown++;
    response.once('close', () => address(request)).end('x');
  });
  for (let n = 0; n < 200; n++) {
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write(get('/'));
        socket.resetAndDestroy();
      });
      socket.on('error', () => undefined).on('close', () => resolve());
    });
  }
  assert.match(await exchanged(port, get('/', 'Connection: close\r\n')), /x$/);
  assert.ok(asked > 1, `the premise: some requests were handled (${asked}), ${unknown} of them without an address`);
});

test('when X-Forwarded-For of a trusted proxy is not an IP address, the address of the proxy counts', () => {
  const address = clientAddress(['127.0.0.1']);
  const request = (told: string) =>
    ({ socket: { remoteAddress: '127.0.0.1' }, headers: { 'x-forwarded-for': told } }) as unknown as IncomingMessage;
  assert.equal(address(request('192.0.2.7')), '192.0.2.7');
  assert.equal(address(request('2001:db8:1:2::7')), '2001:db8:1:2::/64');
  for (const told of ['nobody', '192.0.2.7:80', '192.0.2.777', '\u001b[31m', `${'x'.repeat(10_000)}::`]) {
    assert.equal(address(request(told)), '127.0.0.1', told.slice(0, 20));
  }
});
