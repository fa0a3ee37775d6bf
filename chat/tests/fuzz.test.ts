// Fuzzes chat with a thousand malformed upgrade requests and a thousand byte streams, from a fixed seed: each is
// refused or closed according to the contract, and chat keeps working.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { CLOSE_CODES } from '@parlance/specs/close_codes.ts';
import { validateProblem } from '@parlance/specs/validators.js';
import { type House, metric, startHouse, until } from '../../tests/house.ts';
import { openSocket } from '../../tests/people.ts';
import type { Member, RecordedRoom } from '../../tests/records.ts';

let seed = 20261121;
const random = (below: number) => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
};
const pick = <T>(...values: T[]): T => values[random(values.length)]!;
const noise = (length: number) => Buffer.from(Array.from({ length }, () => random(256)));

let house: House;
let ann: Member;
let room: RecordedRoom;
let token: string;
before(async () => {
  house = await startHouse({ environment: { SOCKETS_PER_USER: '100000', SOCKETS_PER_ADDRESS: '100000' } });
  [ann] = (await house.records.members(1)) as [Member];
  room = await house.records.room(ann);
  token = await house.records.roomToken(ann, room);
});
after(() => house.stop());

const url = () => house.chats[0]!.url;
const path = () => `/ws/${encodeURIComponent(room.name)}`;
const stillServes = async () => {
  const socket = await house.records.join(ann, room, url());
  const id = socket.say('still here');
  await socket.next('message.created', (frame) => frame.id === id);
  await socket.close();
  await until(async () => (await metric(house.chats[0]!, 'parlance_sockets')) === 0, 8_000);
  await until(async () => (await metric(house.chats[0]!, 'parlance_rooms')) === 0);
  assert.deepEqual(
    house.chats[0]!.lines.filter(({ level }) => level === 'error' || level === 'fatal'),
    [],
  );
};

/** Returns everything received until the server ends the connection or answers 101. */
function exchange(bytes: Uint8Array | string, after?: () => Uint8Array): Promise<string> {
  const { hostname, port } = new URL(url());
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    const end = () => {
      socket.destroy();
      resolve(text);
    };
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      text += chunk;
      if (/^HTTP\/1.1 101.*\r\n\r\n/s.test(text)) after ? socket.end(after()) : end();
    });
    socket.on('end', end).on('error', end).on('close', end);
    socket.setTimeout(1_000, end);
  });
}

/** Returns a valid request with one to four random faults. */
function request(): string {
  const parts = {
    method: 'GET',
    target: path(),
    version: 'HTTP/1.1',
    host: 'Host: localhost',
    upgrade: 'Upgrade: websocket',
    connection: 'Connection: Upgrade',
    ws: 'Sec-WebSocket-Version: 13',
    key: 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    token: `Authorization: Bearer ${token}`,
    more: 'Accept: */*',
  };
  const odd = () =>
    pick('', 'x', '\u00ff', '%00', '..', '-1', '1e3', 'é', ' ', ';', ',,', '"', '\t', '{}', 'a'.repeat(3_000));
  const changes: (() => void)[] = [
    () => (parts.method = pick('POST', 'HEAD', 'OPTIONS', 'PUT', 'PROPFIND', 'CONNECT', 'get', 'G T', odd())),
    () =>
      (parts.target = pick(
        '/',
        '/ws',
        '/ws/',
        `${path()}/`,
        `/ws/${odd()}`,
        `${path()}/${odd()}`,
        odd(),
        '*',
        `http://x${path()}`,
      )),
    () =>
      (parts.target = `${path()}?${pick('after', 'roomId', 'token', odd())}=${pick('1', '0', room.id, odd())}${pick('', '&after=1', '#x', '%')}`),
    () => (parts.version = pick('HTTP/1.0', 'HTTP/2.0', 'HTTP/1.2', 'HTTP', odd())),
    () => (parts.host = pick('', 'Host:', 'Host: a\r\nHost: b', `Host: ${odd()}`)),
    () => (parts.upgrade = pick('', 'Upgrade: h2c', 'Upgrade: websocket, h2c', `Upgrade: ${odd()}`)),
    () => (parts.connection = pick('', 'Connection: close', 'Connection: keep-alive, Upgrade', `Connection: ${odd()}`)),
    () => (parts.ws = pick('', 'Sec-WebSocket-Version: 12', `Sec-WebSocket-Version: ${odd()}`)),
    () => (parts.key = pick('', 'Sec-WebSocket-Key: short', `Sec-WebSocket-Key: ${odd()}`)),
    () =>
      (parts.token = pick(
        '',
        `Authorization: ${odd()}`,
        `Authorization: Bearer ${odd()}`,
        `Authorization: Bearer ${token.slice(random(token.length))}`,
      )),
    () =>
      (parts.token = `Sec-WebSocket-Protocol: ${pick(odd(), 'chat.v1', `bearer.${token}`, `chat.v1, bearer.${odd()}`, `chat.v1,chat.v1,bearer.${token}`)}`),
    () =>
      (parts.more = pick(
        `Origin: ${odd()}`,
        'Origin: null',
        'Origin: https://evil.example',
        'Sec-WebSocket-Extensions: permessage-deflate',
        `X-Forwarded-For: ${odd()}`,
        'Content-Length: 5',
        'Transfer-Encoding: chunked',
        `X: ${'y'.repeat(20_000)}`,
      )),
  ];
  for (let count = 1 + random(4); count > 0; count -= 1) pick(...changes)();
  const { method, target, version, ...headers } = parts;
  return `${method} ${target} ${version}\r\n${Object.values(headers).filter(Boolean).join('\r\n')}\r\n\r\n`;
}

test('a thousand malformed upgrade requests are refused with problem details, or admitted', async () => {
  const tally: Record<string, number> = {};
  for (let round = 0; round < 50; round += 1) {
    const requests = Array.from({ length: 20 }, request);
    const answers = await Promise.all(requests.map((text) => exchange(text)));
    for (const [index, answer] of answers.entries()) {
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 'none';
      tally[status] = (tally[status] ?? 0) + 1;
      const shown = `${requests[index]!.slice(0, 500)}\n→ ${answer.slice(0, 500)}`;
      assert.match(status, /^(101|4\d\d)$/, shown);
      const body = answer.split('\r\n\r\n')[1] ?? '';
      if (status === '101' || requests[index]!.startsWith('HEAD')) continue;
      assert.ok(validateProblem(JSON.parse(body)), shown);
    }
  }
  const statuses = Object.keys(tally);
  for (const status of ['101', '400', '401', '403', '404', '405', '426', '431'])
    assert.ok(statuses.includes(status), `${status}: ${JSON.stringify(tally)}`);
  await stillServes();
});

test('a thousand streams of random bytes after a valid upgrade end their own socket only', async () => {
  const good = `GET ${path()} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  /** Returns a masked frame whose header may be wrong. */
  const frame = () => {
    const length = random(126);
    return Buffer.concat([
      Buffer.from([pick(0x81, 0x82, 0x89, 0x8a, 0x88, 0x01, 0x80, random(256)), 0x80 | length]),
      noise(4 + length),
    ]);
  };
  const stream = () =>
    random(2) ? noise(1 + random(300)) : Buffer.concat(Array.from({ length: 1 + random(8) }, frame));
  for (let round = 0; round < 20; round += 1) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => exchange(good, stream)));
    for (const answer of answers) assert.match(answer, /^HTTP\/1\.1 101 /);
  }
  await stillServes();
});

test('after random bytes a socket closes with a code of the contract', async () => {
  for (let round = 0; round < 60; round += 1) {
    const socket = await openSocket(url() + path(), token);
    (socket.ws as unknown as { _socket: import('node:net').Socket })._socket.write(noise(40));
    const code = await Promise.race([socket.closed(), until(() => false, 50).catch(() => undefined)]);
    if (code !== undefined && code !== 1005) assert.ok(code in CLOSE_CODES, String(code));
    socket.ws.terminate();
  }
  await stillServes();
});
