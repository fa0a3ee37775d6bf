// Requests that violate the contract: each is refused with the problem that the contract declares for it.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import contract from '@parlance/specs/openapi.json' with { type: 'json' };
import { type Answer, call, type Person, person } from '../../tests/people.ts';
import { assertProblem, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
let ann: Person;
before(async () => {
  site = await startTestWebsite();
  ann = await person(site.url, 'ann');
  await ann.createRoom('Tea room');
});
after(() => site.stop());

/** Sends any method, also those that fetch refuses. */
function ask(
  method: string,
  path: string,
  content?: { type: string; body: string; chunked?: boolean },
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const { type, body = '', chunked } = content ?? {};
  const headers = {
    authorization: `Bearer ${ann.token}`,
    ...(type ? { 'content-type': type } : {}),
    ...(chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': body.length }),
  };
  const sent = request(site.url + path, { method, headers }, async (response) => {
    let text = '';
    for await (const chunk of response) text += chunk;
    const told = new Headers(response.headers as Record<string, string>);
    resolve({ status: response.statusCode!, headers: told, body: text ? JSON.parse(text) : '' });
  });
  sent.on('error', reject).end(body);
  return promise;
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'LOCK', 'QUERY', 'PURGE'];
for (const [template, item] of Object.entries(contract.paths)) {
  const declared = METHODS.filter((method) => method.toLowerCase() in item);
  test(`${template} refuses every method but ${declared.join(' and ')}, and lists those in Allow`, async () => {
    assert.ok(declared.length > 0);
    const allowed = declared.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    for (const method of METHODS) {
      if (declared.includes(method)) continue;
      const answer = await ask(method, template.replace('{roomName}', 'Tea%20room'));
      assertProblem(answer, 'method_not_allowed');
      assert.deepEqual(answer.headers.get('allow')?.split(', ').toSorted(), allowed.toSorted(), method);
    }
  });
}

test('a path that the contract lacks is not_found: in another case, with an extra slash, one segment more or less', async () => {
  for (const path of [
    '/api',
    '/api/',
    '/api/nope',
    '/API/rooms',
    '/api/Rooms',
    '/api/rooms/',
    '/api//rooms',
    '//api/rooms',
    '/api/rooms/Tea%20room/',
    '/api/rooms/Tea%20room/Messages',
    '/api/rooms/Tea%20room/messages/',
    '/api/rooms/Tea%20room/messages/1/2',
    '/api/users/ann',
    '/api/session/x',
    '/healthz/',
    '/Healthz',
    '/nope',
    '/internal/jwks',
    '/api/%72ooms/x/y/z',
  ]) {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const raw = await ask(method, path);
      assertProblem(raw, 'not_found');
    }
  }
});

test('HEAD is answered as GET without a body', async () => {
  for (const [path, status] of [
    ['/api/session', 200],
    ['/api/rooms', 200],
    ['/api/rooms/Tea%20room', 200],
    ['/api/rooms/Tea%20room/messages', 200],
    ['/api/rooms/Nowhere', 404],
    ['/api/rooms?limit=x', 400],
    ['/api/nope', 404],
    ['/api/users', 405],
    ['/healthz', 503],
  ] as const) {
    const [head, get] = [await ask('HEAD', path), await ask('GET', path)];
    assert.deepEqual([head.status, get.status, head.body], [status, status, '']);
    for (const name of ['content-type', 'content-length', 'allow', 'cache-control']) {
      assert.equal(head.headers.get(name), get.headers.get(name), `${path} ${name}`);
    }
  }
});

test('a path of the contract is refused with a problem even if the client accepts HTML', async () => {
  for (const [path, code] of [
    ['/healthz', 'unavailable'],
    ['/api/nope', 'not_found'],
    ['/api/rooms', 'not_authenticated'],
    ['/api/users', 'method_not_allowed'],
  ] as const) {
    assertProblem(await call(site.url, 'GET', path, { headers: { accept: 'text/html' } }), code);
  }
});

const post = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
  call(site.url, 'POST', '/api/rooms', { token: ann.token, body, headers });

test('a body that is not JSON is invalid_json', async () => {
  for (const body of [
    '{',
    '{"name":',
    '{name:"x"}',
    "{'name':'x'}",
    '{"name":"x",}',
    '{"name":"a"}x',
    '"x"',
    'null',
    '1',
    'NaN',
    '{"name":"\n"}',
  ]) {
    assertProblem(await post(body), 'invalid_json');
  }
});

test('a body that violates its schema is refused with a pointer to each error', async () => {
  for (const [body, pointer] of [
    ['[]', '/body'],
    ['{}', '/body/name'],
    ['{"name":1}', '/body/name'],
    ['{"name":null}', '/body/name'],
    ['{"name":["x"]}', '/body/name'],
    ['{"name":"fine","owner":"bob"}', '/body/owner'],
    ['{"name":"fine","Name":"x"}', '/body/Name'],
    ['{"name":"fine","__proto__":{}}', '/body/__proto__'],
    ['{"name":"fine","constructor":1}', '/body/constructor'],
    ['{"name":"fine","a/b~c":1}', '/body/a~1b~0c'],
  ] as const) {
    assertProblem(await post(body), 'invalid_request', pointer);
  }
  assertProblem(await post(''), 'invalid_request');
  const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, k) => [`x${k}`, k]));
  const told = await post(JSON.stringify(many));
  assertProblem(told, 'invalid_request');
  assert.ok(JSON.stringify(told.body).length < 5_000, 'a large body has a small answer');
  assertProblem(await ann.call('GET', '/api/rooms/fine'), 'room_not_found', undefined);
});

test('an operation without a body refuses one, and an empty body counts as none', async () => {
  const room = '/api/rooms/Tea%20room';
  for (const [method, path] of [
    ['GET', room],
    ['DELETE', room],
    ['POST', `${room}/tokens`],
    ['DELETE', '/api/session'],
  ] as const) {
    for (const type of ['application/json', 'text/plain', 'application/octet-stream']) {
      assertProblem(
        await ask(method, path, { type, body: '{}', chunked: type.startsWith('text') }),
        'invalid_request',
        '/body',
      );
    }
  }
  assert.equal((await ask('POST', `${room}/tokens`, { type: 'application/json', body: '' })).status, 201);
  assert.equal((await ann.call('GET', room)).status, 200, 'nothing was changed');
});

test('only application/json in UTF-8 is accepted, in any spelling of it', async () => {
  for (const [type, body] of [
    ['text/plain', '{"name":"no"}'],
    ['application/x-www-form-urlencoded', 'name=no'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['application/problem+json', '{"name":"no"}'],
    ['application/json; charset=iso-8859-1', '{"name":"no"}'],
    ['application/json; charset=utf-16le', Buffer.from('{"name":"no"}', 'utf16le')],
    ['application/json, text/plain', '{"name":"no"}'],
    ['*/*', '{"name":"no"}'],
    ['json', '{"name":"no"}'],
    ['', '{"name":"no"}'],
  ] as const) {
    assertProblem(await post(body, { 'content-type': type }), 'unsupported_media_type');
  }
  assertProblem(await ann.call('GET', '/api/rooms/no'), 'room_not_found');
  for (const [index, type] of [
    'application/json;charset=UTF-8',
    'Application/JSON',
    'application/json; charset="utf-8"',
  ].entries()) {
    assert.equal((await post(`{"name":"typed ${index}"}`, { 'content-type': type })).status, 201, type);
  }
});

test('a compressed body is decompressed up to the limit; a bomb, a broken and an unknown compression are refused', async () => {
  const gzip = { 'content-encoding': 'gzip' };
  assert.equal((await post(gzipSync('{"name":"compressed"}'), gzip)).status, 201);
  assertProblem(await post(gzipSync(`{"name":"${' '.repeat(10_000_000)}"}`), gzip), 'body_too_large');
  assertProblem(await post('{"name":"no"}', gzip), 'invalid_request');
  assertProblem(await post('{"name":"no"}', { 'content-encoding': 'rot13' }), 'unsupported_media_type');
});

test('malformed percent-encoding is refused in paths and in queries', async () => {
  for (const text of ['%', '%z', '%zz', '%f', '%ff', '%c0%80', '%ed%a0%80', '%e8%8c']) {
    assertProblem(await ask('GET', `/api/rooms/${text}`), 'invalid_request', '/path');
    assertProblem(await ask('GET', `/api/rooms/${text}/messages`), 'invalid_request', '/path');
    assertProblem(await ask('GET', `/api/rooms?query=${text}`), 'invalid_request', '/query');
  }
  assertProblem(await ask('GET', '/api/rooms/a%2Fb'), 'invalid_request', '/path/roomName');
});

test('unknown, repeated and invalid query parameters are refused', async () => {
  for (const [query, name] of [
    ['x=1', 'x'],
    ['Limit=1', 'Limit'],
    ['limit=1&x', 'x'],
    ['__proto__=1', '__proto__'],
    ['toString=1', 'toString'],
    ['limit=1&limit=2', 'limit'],
    ['query=a&query=b', 'query'],
    ['limit[]=1', 'limit'],
    ['limit[$gt]=1', 'limit'],
    ['limit=1e1', 'limit'],
    ['limit=', 'limit'],
    ['limit=101', 'limit'],
    ['limit=9007199254740993', 'limit'],
    ['query=%00', 'query'],
    ['a%2Fb=1', 'a~1b'],
  ] as const) {
    assertProblem(await ask('GET', `/api/rooms?${query}`), 'invalid_request', `/query/${name}`);
  }
  assertProblem(await ask('GET', '/api/session?x=1'), 'invalid_request', '/query/x');
  assertProblem(await ask('POST', '/api/rooms/Tea%20room/tokens?x=1'), 'invalid_request', '/query/x');
});
