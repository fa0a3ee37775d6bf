// Attacks by requests to the website: path traversal, prototype pollution, overrides of method and path, header
// injection, SQL injection, mass assignment, tokens in the wrong place, private pages in caches.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { allRoutes } from '../../tests/contract.ts';
import { call, type Json, PASSWORD, type Person, person } from '../../tests/people.ts';
import { assertProblem, logIn, raw, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
let ann: Person;
let cookie: string;
before(async () => {
  site = await startTestWebsite({ MESSAGES_PER_10S: '1000' });
  ann = await person(site.url, 'ann');
  cookie = (await logIn(site.url, ann.email)).cookie;
});
after(() => site.stop());

const rooms = async () => (await site.sql.query('select count(*)::int from chat_rooms')).rows[0].count as number;
const noFaults = () =>
  assert.deepEqual(
    site.lines.filter(({ level }) => level === 'error'),
    [],
  );

test('no path leads out of the folders of assets and documents', async () => {
  const up = [
    '..',
    '%2e%2e',
    '.%2e',
    '..%2f..',
    '%2e%2e%2f',
    '..%5c..',
    '..\\..',
    '%252e%252e',
    '..;',
    '....',
    '..%00',
    '%c0%ae%c0%ae',
  ];
  const files = [
    'package.json',
    'app/main.ts',
    'app/app.ts',
    'etc/passwd',
    'templates/layout.html',
    '.env',
    '.git/config',
  ];
  const premise = await raw(site.url, 'GET /docs/openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  assert.equal(premise?.status, 200, 'precondition');
  for (const folder of ['/assets', '/docs', '/docs/assets', '', '/rooms']) {
    for (const step of up) {
      for (const file of files) {
        const path = `${folder}/${step}/${step}/${file}`;
        const answer = await raw(site.url, `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${cookie}\r\n\r\n`);
        assert.ok(answer && answer.status >= 400 && answer.status < 500, `${path} ${answer?.status}`);
        const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
        assert.doesNotMatch(text, /"dependencies"|^import |root:x:|\{% block|\[core\]/m, path);
      }
    }
  }
  noFaults();
});

test('names of prototypes in bodies, queries and paths are refused and change no object', async () => {
  const names = ['__proto__', 'constructor', 'prototype', '__defineGetter__'];
  for (const name of names) {
    const body = `{"name":"Polluted","${name}":{"polluted":1,"isAdmin":true,"prototype":{"polluted":1}}}`;
    const headers = { authorization: `Bearer ${ann.token}` };
    assertProblem(await call(site.url, 'POST', '/api/rooms', { body, headers }), 'invalid_request');
    assertProblem(await ann.call('GET', `/api/rooms?${name}[polluted]=1`), 'invalid_request');
    assertProblem(await ann.call('GET', `/api/rooms?${name}=1`), 'invalid_request');
    assertProblem(
      await ann.call('GET', `/api/rooms/${name}`),
      name.startsWith('_') ? 'invalid_request' : 'room_not_found',
    );
    assert.equal((await call(site.url, 'GET', `/rooms/${name}`, { headers: { cookie } })).status, 404);
    assert.ok((await call(site.url, 'GET', `/${name}`)).status === 404);
  }
  assert.equal(({} as Json).polluted, undefined);
  assert.equal(({} as Json).isAdmin, undefined);
  noFaults();
});

test('JSON that is deeply nested, has duplicate names or numbers out of range is refused without an internal error', async () => {
  const deep = (open: string, close: string) => `${open.repeat(5_000)}1${close.repeat(5_000)}`;
  const before = await rooms();
  const headers = { authorization: `Bearer ${ann.token}` };
  const post = (body: string) => call(site.url, 'POST', '/api/rooms', { body, headers });
  for (const body of [
    deep('[', ']'),
    deep('{"a":', '}'),
    `{"name":${deep('[', ']')}}`,
    '{"name":1e999}',
    '{"name":"x","name":2}',
    '{"name":"\\ud800"}',
    '{"name":"a\\u0000b"}',
    `{${Array.from({ length: 5_000 }, (_, at) => `"a${at}":1`).join()}}`,
  ]) {
    assertProblem(await post(body), 'invalid_request');
  }
  assert.equal(await rooms(), before);
  noFaults();
});

test('headers that name another method, path, host or scheme are ignored', async () => {
  const room = await ann.createRoom();
  const path = `/api/rooms/${encodeURIComponent(room.name)}`;
  for (const name of ['X-HTTP-Method-Override', 'X-Method-Override', 'X-HTTP-Method']) {
    assert.equal((await ann.call('GET', path, undefined, { [name]: 'DELETE' })).status, 200);
    assertProblem(await ann.call('POST', path, undefined, { [name]: 'DELETE' }), 'method_not_allowed');
  }
  assertProblem(await ann.call('GET', `${path}?_method=DELETE`), 'invalid_request');
  assert.equal((await ann.call('GET', path)).status, 200, 'the room is still there');
  for (const name of ['X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Prefix', 'X-Forwarded-Path']) {
    assertProblem(await call(site.url, 'GET', '/nowhere', { headers: { [name]: '/api/rooms' } }), 'not_found');
    const page = await call(site.url, 'GET', '/rooms', { headers: { [name]: '/login', accept: 'text/html' } });
    assert.equal(page.headers.get('location'), '/login?next=%2Frooms');
  }
  const forged = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', forwarded: 'host=evil.example' };
  const { body } = await ann.call('POST', `${path}/tokens`, undefined, forged);
  assert.ok(body.url.startsWith(site.url.replace('http', 'ws')), body.url);
  const evil = { cookie, origin: 'https://evil.example', ...forged };
  assertProblem(await call(site.url, 'DELETE', '/api/session', { headers: evil }), 'bad_origin');
});

test('a line end in a path, a query or a name injects no header', async () => {
  const injected = [
    '%0d%0aSet-Cookie:%20x=1',
    '%0aSet-Cookie:%20x=1',
    '%0d%0a%0d%0a<script>',
    '%E5%98%8D%E5%98%8ASet-Cookie:%20x=1',
  ];
  for (const text of injected) {
    for (const path of [
      `/login?next=/${text}`,
      `/rooms/${text}`,
      `/rooms?query=${text}`,
      `/docs/${text}/`,
      `/${text}`,
    ]) {
      for (const session of ['', `Cookie: ${cookie}\r\n`]) {
        const answer = await raw(site.url, `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${session}\r\n`);
        assert.ok(answer, path);
        assert.equal(answer.headers.get('set-cookie'), null, path);
        assert.doesNotMatch(answer.headers.get('location') ?? '', /[\r\n<]/, path);
      }
    }
  }
  const room = await ann.call('POST', '/api/rooms', { name: 'Straße 東京' });
  assert.equal(room.headers.get('location'), `/api/rooms/${encodeURIComponent('Straße 東京')}`);
  noFaults();
});

test('SQL, templates and format strings are treated as plain text', async () => {
  const hostile = [
    `'; drop table messages; --`,
    `' or '1'='1`,
    `"; select pg_sleep(9); --`,
    `$1 $$ $\{7*7} {{7*7}} {% raw %}`,
    '%s%n%x %27 \\x27 \\',
    `') on conflict do nothing; update users set is_admin = true; --`,
  ];
  const room = await ann.createRoom();
  const path = `/api/rooms/${encodeURIComponent(room.name)}`;
  for (const content of hostile) {
    const sent = await ann.call('POST', `${path}/messages`, { id: randomUUID(), content });
    assert.equal(sent.body.content, content);
    assert.equal((await ann.call('GET', `${path}/messages/${sent.body.id}`)).body.content, content);
    assert.deepEqual((await ann.call('GET', `/api/rooms?query=${encodeURIComponent(content)}`)).body.rooms, []);
    const credentials = { email: `a@b.example${content.slice(0, 40)}`, password: content.padEnd(8) };
    assert.ok([400, 401].includes((await call(site.url, 'POST', '/api/session', { body: credentials })).status));
    assert.ok((await ann.call('GET', `/api/rooms/${encodeURIComponent(content)}`)).status >= 400);
    assertProblem(await ann.call('GET', `/api/rooms?cursor=${encodeURIComponent(content)}`), 'invalid_request');
  }
  assert.equal((await ann.call('GET', path)).body.messageCount, hostile.length);
  const { rows } = await site.sql.query('select count(*)::int from users where is_admin');
  assert.equal(rows[0].count, 0);
  noFaults();
});

test('a body cannot set a property that its operation lacks: administrator, owner, id, seq, author or times', async () => {
  const room = await ann.createRoom();
  const path = `/api/rooms/${encodeURIComponent(room.name)}`;
  const user = () => ({
    email: `${randomUUID()}@example.org`,
    username: randomUUID().slice(0, 20),
    password: PASSWORD,
  });
  const extra = ['administrator', 'is_admin', 'isAdmin', 'id', 'createdAt', 'suspended', 'role', 'hashed_password'];
  for (const name of extra) {
    const answer = await call(site.url, 'POST', '/api/users', { body: { ...user(), [name]: true } });
    assertProblem(answer, 'invalid_request', `/body/${name}`);
  }
  for (const name of ['owner', 'owner_id', 'id', 'lastSeq', 'banned']) {
    assertProblem(
      await ann.call('POST', '/api/rooms', { name: 'Mine', [name]: 'bob' }),
      'invalid_request',
      `/body/${name}`,
    );
  }
  for (const name of ['username', 'seq', 'timestamp', 'room', 'revision', 'deletedBy']) {
    const body = { id: randomUUID(), content: 'hello', [name]: 'bob' };
    assertProblem(await ann.call('POST', `${path}/messages`, body), 'invalid_request', `/body/${name}`);
  }
});

test('an access token counts only in the Authorization header, not in a query, a body or a cookie', async () => {
  const { token } = ann;
  for (const name of ['access_token', 'token', 'authorization', 'bearer']) {
    const query = await call(site.url, 'GET', `/api/session?${name}=${token}`);
    assert.ok([400, 401].includes(query.status), `${name} ${query.status}`);
    const inCookie = await call(site.url, 'GET', '/api/session', { headers: { cookie: `${name}=${token}` } });
    assertProblem(inCookie, 'not_authenticated');
  }
  const asSession = { cookie: `parlance_session=${token}` };
  assertProblem(await call(site.url, 'GET', '/api/session', { headers: asSession }), 'not_authenticated');
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = `access_token=${token}&name=Room`;
  assert.ok([401, 415].includes((await call(site.url, 'POST', '/api/rooms', { body, headers: form })).status));
  assert.ok(!site.text().includes(token), 'a token in a query is not logged');
});

test('pages and answers of a session are no-store, also under a path that looks static', async () => {
  const room = encodeURIComponent((await ann.createRoom()).name);
  const reads = allRoutes().filter(({ method, path }) => method === 'GET' && !/messageId|healthz/.test(path));
  const paths = [
    ...reads.map(({ path }) => path.replace('{roomName}', room)),
    ...['/', '/rooms', `/rooms/${room}`, '/account', '/login', '/register', '/password-reset'],
    ...[
      '/api/session/x.css',
      '/account/x.css',
      '/rooms/x/y.js',
      `/rooms/${room}/x.png`,
      '/account%2fx.css',
      '/account;x.css',
    ],
  ];
  assert.ok(reads.length >= 7, 'precondition: there are such operations');
  for (const path of paths) {
    for (const headers of [{ cookie }, { cookie, accept: 'text/html' }]) {
      const answer = await call(site.url, 'GET', path, { headers });
      assert.equal(answer.headers.get('cache-control'), 'no-store', `${path} ${answer.status}`);
    }
  }
});

test('every answer forbids frames, foreign scripts and type sniffing, and does not name its software', async () => {
  const answers = [
    await call(site.url, 'GET', '/', { headers: { cookie } }),
    await call(site.url, 'GET', '/nowhere', { headers: { accept: 'text/html' } }),
    await call(site.url, 'GET', '/docs/http'),
    await call(site.url, 'GET', '/favicon.ico'),
    await call(site.url, 'GET', '/api/rooms'),
    await ann.call('GET', '/api/rooms'),
    await call(site.url, 'POST', '/api/users', { body: '{' }),
    await call(site.url, 'GET', '/login?next=/rooms', { headers: { cookie } }),
  ];
  for (const { headers, status } of answers) {
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(
      policy,
      /default-src 'none';.*script-src 'self';.*base-uri 'none';.*frame-ancestors 'none'/,
      String(status),
    );
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    assert.equal(headers.get('x-frame-options'), 'SAMEORIGIN', 'for browsers without frame-ancestors');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
    assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin');
    assert.equal(headers.get('referrer-policy'), 'same-origin');
    assert.equal(headers.get('x-powered-by'), null);
    assert.equal(headers.get('server'), null);
  }
});
