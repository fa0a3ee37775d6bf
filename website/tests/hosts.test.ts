// Which host names the server accepts. A page whose name was rebound to our address (DNS rebinding) is same-origin for
// its browser, and without PUBLIC_URL the server takes its origin from the Host header. It must refuse such a host.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { rawUpgrade } from '../../chat/tests/raw_upgrade.ts';
import { untilLetIn } from '../../tests/house.ts';
import { person } from '../../tests/people.ts';
import { type ChatPart, startChatPart } from '../../tests/stack.ts';
import { assertProblem, raw, startTestWebsite, type TestWebsite } from './fixture.ts';

interface Server {
  site: TestWebsite;
  chat: ChatPart;
  stop(): Promise<void>;
}

async function start(environment: Record<string, string>): Promise<Server> {
  const site = await startTestWebsite(environment);
  const chat = await startChatPart(site.internalUrl, environment);
  await untilLetIn(chat);
  return { site, chat, stop: () => chat.stop().then(() => site.stop()) };
}

let plain: Server;
let known: Server;
before(async () => {
  plain = await start({ ALLOWED_HOSTS: 'chat.lan, Box' });
  known = await start({ PUBLIC_URL: 'https://chat.example.org' });
});
after(() => Promise.all([plain.stop(), known.stop()]));

const ALWAYS = [
  'localhost',
  'LOCALHOST',
  'a.localhost',
  'a.b.localhost',
  '127.0.0.1',
  '192.168.1.7',
  '203.0.113.9',
  '[::1]',
  '[fd00::1]',
];
const NEVER = [
  ...[
    'evil.example',
    'localhost.evil.example',
    'evil-localhost',
    'xlocalhost',
    '127.0.0.1.evil.example',
    '1.2.3',
    '1.2.3.4.5',
  ],
  ...['0x7f000001', '2130706433', '[::1', '::1', '[evil]', '.localhost', '..localhost', '_', 'chat.lan.evil.example'],
];
const ports = (names: string[]) => names.flatMap((name) => [name, `${name}:80`, `${name}:65535`]);

const get = (part: Server, path: string, host: string) =>
  raw(part.site.url, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
const upgrade = (part: Server, host: string) => rawUpgrade(part.chat.url, '/ws/Room', { headers: { Host: host } });
const knock = (part: Server, host: string) =>
  raw(part.chat.url, `GET /ws/Room HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);

async function assertAnswered(part: Server, host: string) {
  assertProblem((await get(part, '/api/session', host))!, 'not_authenticated');
  assert.equal((await get(part, '/login', host))?.status, 200, host);
  assert.equal((await upgrade(part, host)).status, 401, `${host}: it is asked for a token`);
  assert.equal((await knock(part, host))?.status, 426, host);
}

async function assertRefused(part: Server, host: string) {
  const answers = [await get(part, '/api/session', host), await get(part, '/healthz', host), await knock(part, host)];
  for (const answer of answers) {
    assertProblem(answer!, 'misdirected_request');
    assert.match(answer!.body.detail, /PUBLIC_URL.*ALLOWED_HOSTS/);
    assert.equal(answer!.headers.get('x-content-type-options'), 'nosniff');
  }
  for (const path of ['/', '/login', '/docs', '/static/parlance.css', '/nowhere', '/ws/Room']) {
    const answer = await get(part, path, host);
    assert.equal(answer?.status, 421, `${host} ${path}`);
  }
  const { status, text } = await upgrade(part, host);
  assert.equal(status, 421, host);
  assert.match(text, /"code":"misdirected_request"/);
}

test('loopback names, IP literals and listed names are answered, with any port', async () => {
  for (const host of ports([...ALWAYS, 'chat.lan', 'CHAT.LAN', 'box', 'chat.lan.'])) await assertAnswered(plain, host);
});

test('any other host is refused by website and chat, on every path, with the names of the settings', async () => {
  for (const host of ports(NEVER).filter((name) => !name.startsWith('::'))) await assertRefused(plain, host);
  await assertRefused(plain, 'chat.example.org');
});

test('with PUBLIC_URL only its host is answered, besides loopback names and IP literals', async () => {
  for (const host of [...ports(['chat.example.org', 'Chat.Example.ORG']), ...ALWAYS]) await assertAnswered(known, host);
  for (const host of [...NEVER, 'chat.lan', 'example.org', 'x.chat.example.org']) {
    if (!host.startsWith('::')) await assertRefused(known, host);
  }
});

test('a page that was rebound to our address cannot register, log in, open a socket or get a room token', async () => {
  const host = 'evil.example';
  const head = `Host: ${host}\r\nOrigin: http://${host}\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n`;
  const post = (path: string, body: object, more = '') => {
    const text = JSON.stringify(body);
    const type = `Content-Type: application/json\r\nContent-Length: ${text.length}\r\n`;
    return raw(plain.site.url, `POST ${path} HTTP/1.1\r\n${head}${type}${more}\r\n${text}`);
  };
  const ann = await person(plain.site.url, 'ann');
  const room = await ann.createRoom('Rebound');
  const account = { email: 'mallory@example.org', username: 'mallory', password: 'a long enough password' };
  for (const answer of [
    await post('/api/users', account),
    await post('/api/session', { email: ann.email, password: account.password }),
    await post('/api/rooms/Rebound/tokens', {}, `Authorization: Bearer ${ann.token}\r\n`),
  ]) {
    assertProblem(answer!, 'misdirected_request');
    assert.equal(answer!.headers.get('set-cookie'), null);
  }
  assert.equal((await plain.site.sql.query("select 1 from users where username = 'mallory'")).rowCount, 0);
  const token = await ann.roomToken(room.name);
  const headers = { Host: host, Origin: `http://${host}`, 'Sec-WebSocket-Protocol': `chat.v1, bearer.${token}` };
  assert.equal((await rawUpgrade(plain.chat.url, '/ws/Rebound', { headers })).status, 421);
  const own = { ...headers, Host: 'chat.lan', Origin: 'http://chat.lan' };
  const answer = await rawUpgrade(plain.chat.url, '/ws/Rebound', { headers: own });
  assert.equal(answer.status, 101, 'precondition: with a listed name it is accepted');
  answer.socket.destroy();
});

test('an HTTP/1.0 request without Host is answered, since browsers send none', async () => {
  assertProblem((await raw(plain.site.url, 'GET /api/session HTTP/1.0\r\n\r\n'))!, 'not_authenticated');
});

test('the host in an absolute-form target counts, not the Host header', async () => {
  const ask = (target: string, host: string) =>
    raw(plain.site.url, `GET http://${target}/api/session HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  assertProblem((await ask('evil.example', 'localhost'))!, 'misdirected_request');
  assertProblem((await ask('localhost', 'evil.example'))!, 'not_authenticated');
});
