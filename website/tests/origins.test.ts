// Cross-origin requests: no other site can use our cookie, and allowed origins use the API with tokens only.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import openapi from '@parlance/specs/openapi.json' with { type: 'json' };
import { allOperations, declaredResponse } from '../../tests/contract.ts';
import { call, PASSWORD, person } from '../../tests/people.ts';
import { logIn, startTestWebsite, type TestWebsite } from './fixture.ts';

const ALLOWED = 'https://app.example';
const FOREIGN = 'https://evil.example';

let site: TestWebsite;
let token: string;
let cookie: string;
before(async () => {
  site = await startTestWebsite({ ALLOWED_ORIGINS: `${ALLOWED}, https://other.example` });
  const ann = await person(site.url, 'ann');
  token = ann.token;
  ({ cookie } = await logIn(site.url, ann.email));
});
after(() => site.stop());

interface Answered {
  status: number;
  code?: string;
  pointer?: string;
  headers: Headers;
}

/** Sends without fetch, which sets some of these headers itself. @returns status, headers, and the problem's fields. */
function ask(method: string, path: string, headers: Record<string, string>, body?: object) {
  const text = body ? JSON.stringify(body) : '';
  const type = body ? { 'content-type': 'application/json', 'content-length': String(text.length) } : {};
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const sent = request(site.url + path, { method, headers: { ...type, ...headers } }, async (response) => {
    let received = '';
    for await (const chunk of response) received += chunk;
    const json = String(response.headers['content-type']).includes('json') && received;
    const told = new Headers(response.headers as Record<string, string>);
    const { code, errors } = json ? JSON.parse(received) : {};
    resolve({ status: response.statusCode!, headers: told, code, pointer: errors?.[0]?.pointer });
  });
  sent.on('error', reject).end(text);
  return promise;
}

const ORIGINS = {
  own: () => site.url,
  none: () => undefined,
  allowed: () => ALLOWED,
  foreign: () => FOREIGN,
  null: () => 'null',
};
/** By origin: the values of Sec-Fetch-Site with which an unsafe request with a cookie is accepted. */
const LET_IN: Record<keyof typeof ORIGINS, (string | undefined)[]> = {
  own: [undefined, 'same-origin', 'same-site', 'cross-site', 'none'],
  none: [undefined, 'same-origin'],
  allowed: [],
  // The browser says same-origin although Origin and Host differ: a proxy changed the Host.
  foreign: ['same-origin'],
  null: ['same-origin'],
};
for (const origin of Object.keys(ORIGINS) as (keyof typeof ORIGINS)[]) {
  for (const fetchSite of [undefined, 'same-origin', 'same-site', 'cross-site', 'none']) {
    const lets = LET_IN[origin].includes(fetchSite);
    test(`with a cookie, Origin ${origin} and Sec-Fetch-Site ${fetchSite ?? 'absent'}: unsafe requests are ${lets ? 'accepted' : 'refused'}, safe ones accepted`, async () => {
      const from = ORIGINS[origin]();
      const headers = {
        cookie,
        ...(from === undefined ? {} : { origin: from }),
        ...(fetchSite === undefined ? {} : { 'sec-fetch-site': fetchSite }),
      };
      for (const method of ['GET', 'HEAD']) assert.equal((await ask(method, '/api/session', headers)).status, 200);
      const unsafe = [
        await ask('POST', '/api/rooms', headers, { name: '/' }),
        await ask('DELETE', '/api/rooms/Nowhere', headers),
      ];
      for (const { code } of unsafe) {
        if (lets) assert.ok(code === 'invalid_request' || code === 'room_not_found', code);
        else assert.equal(code, 'bad_origin');
      }
    });
  }
}

test('no other origin can log a user in or register one (login CSRF)', async () => {
  const credentials = { email: 'ann@example.org', password: PASSWORD };
  for (const headers of [{ origin: FOREIGN }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }] as Record<
    string,
    string
  >[]) {
    const answer = await ask('POST', '/api/session', headers, credentials);
    assert.deepEqual([answer.status, answer.code, answer.headers.get('set-cookie')], [403, 'bad_origin', null]);
    const account = { email: 'csrf@example.org', username: 'csrf', password: PASSWORD };
    assert.equal((await ask('POST', '/api/users', headers, account)).code, 'bad_origin');
  }
  assert.equal((await site.sql.query("select 1 from users where username = 'csrf'")).rows.length, 0);
});

test('a login by cookie from an allowed origin is refused and sets no cookie', async () => {
  const credentials = { email: 'ann@example.org', password: PASSWORD };
  const sessions = async () => (await site.sql.query('select count(*)::int from sessions')).rows[0].count;
  const before = await sessions();
  for (const more of [{}, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { cookie }]) {
    const answer = await ask('POST', '/api/session', { origin: ALLOWED, ...more }, credentials);
    assert.deepEqual([answer.status, answer.code, answer.headers.get('set-cookie')], [403, 'bad_origin', null]);
  }
  assert.equal(await sessions(), before);
  const forPrograms = await ask('POST', '/api/access-tokens', { origin: ALLOWED }, credentials);
  assert.equal(forPrograms.status, 201, 'the operation that the contract names instead');
});

test('a login by cookie with an Authorization header is refused from every origin and sets no cookie', async () => {
  const credentials = { email: 'ann@example.org', password: PASSWORD };
  const before = (await site.sql.query('select count(*)::int from sessions')).rows[0].count;
  for (const authorization of [`Bearer ${token}`, 'Bearer bad', 'Basic eDp5', 'Bearer']) {
    for (const origin of [undefined, site.url, ALLOWED, FOREIGN]) {
      const headers = { authorization, cookie, ...(origin === undefined ? {} : { origin }) };
      const answer = await ask('POST', '/api/session', headers, credentials);
      const [status, code] = origin === ALLOWED ? [403, 'bad_origin'] : [400, 'invalid_request'];
      assert.deepEqual([answer.status, answer.code], [status, code], `${authorization} ${origin}`);
      assert.equal(answer.headers.get('set-cookie'), null);
      if (status === 400) assert.equal(answer.pointer, '/headers/authorization');
    }
  }
  assert.equal((await site.sql.query('select count(*)::int from sessions')).rows[0].count, before);
});

test('a refused request changes nothing: the session stays valid', async () => {
  const answer = await ask('DELETE', '/api/session', { cookie, origin: FOREIGN });
  assert.equal(answer.code, 'bad_origin');
  assert.equal((await ask('GET', '/api/session', { cookie })).status, 200);
});

test('origins are compared as a whole: one that differs in prefix, suffix, port, scheme or case is refused', async () => {
  const own = new URL(site.url);
  for (const origin of [
    `${ALLOWED}.evil.example`,
    `${ALLOWED}:8443`,
    'http://app.example',
    'https://APP.example',
    'https://xapp.example',
    `${ALLOWED}/`,
    `${ALLOWED}, ${FOREIGN}`,
    `https://${own.host}`,
    `http://${own.hostname}`,
    `http://${own.hostname}:1`,
    `${site.url}.evil.example`,
  ]) {
    assert.equal((await ask('POST', '/api/rooms', { cookie, origin }, { name: 'x' })).code, 'bad_origin', origin);
    const read = await ask('GET', '/api/session', { authorization: `Bearer ${token}`, origin });
    assert.equal(read.headers.get('access-control-allow-origin'), null, origin);
  }
});

test('pages of an allowed origin read answers to requests with tokens, refusals included, and cannot use cookies', async () => {
  const bearer = { authorization: `Bearer ${token}`, origin: ALLOWED };
  for (const answer of [
    await ask('GET', '/api/session', bearer),
    await ask('POST', '/api/rooms', bearer, { name: 'Opened from elsewhere' }),
    await ask('POST', '/api/rooms', bearer, { name: '/' }),
    await ask('GET', '/api/session', { ...bearer, authorization: 'Bearer bad' }),
    await ask('GET', '/api/nowhere', bearer),
    await ask('POST', '/api/access-tokens', { origin: ALLOWED }, { email: 'ann@example.org', password: PASSWORD }),
  ]) {
    assert.ok(answer.status < 500 && answer.code !== 'bad_origin', `${answer.status} ${answer.code}`);
    assert.equal(answer.headers.get('access-control-allow-origin'), ALLOWED);
    assert.equal(answer.headers.get('access-control-allow-credentials'), null);
    assert.match(answer.headers.get('vary') ?? '', /origin/i);
    const readable = (answer.headers.get('access-control-expose-headers') ?? '').split(',');
    for (const name of ['Location', 'Retry-After', 'X-Request-Id']) assert.ok(readable.includes(name), name);
  }
  const withCookie = await ask('POST', '/api/rooms', { cookie, origin: ALLOWED }, { name: 'x' });
  assert.equal(withCookie.code, 'bad_origin');
  const bearerFromAnywhere = await ask('DELETE', '/api/rooms/Nowhere', { ...bearer, cookie, origin: FOREIGN });
  assert.equal(bearerFromAnywhere.code, 'room_not_found', 'only a page that has a token can send it');
});

test('every answer has Vary: Origin, from every origin', async () => {
  for (const headers of [{}, { origin: FOREIGN }, { origin: ALLOWED }] as Record<string, string>[]) {
    const answer = await ask('GET', '/api/session', headers);
    assert.match(answer.headers.get('vary') ?? '', /origin/i, JSON.stringify(headers));
  }
});

test('a preflight of an allowed origin is answered; any other OPTIONS is method_not_allowed', async () => {
  const asks = { 'access-control-request-method': 'DELETE', 'access-control-request-headers': 'authorization' };
  const answer = await ask('OPTIONS', '/api/rooms/x', { ...asks, origin: ALLOWED });
  assert.equal(answer.status, 204);
  assert.equal(answer.headers.get('access-control-allow-origin'), ALLOWED);
  assert.equal(answer.headers.get('access-control-allow-credentials'), null);
  assert.match(answer.headers.get('access-control-allow-methods') ?? '', /\bDELETE\b/);
  assert.match(answer.headers.get('access-control-allow-headers') ?? '', /\bauthorization\b/i);
  for (const headers of [{ ...asks, origin: FOREIGN }, asks, { origin: ALLOWED }, {}] as Record<string, string>[]) {
    const refused = await ask('OPTIONS', '/api/rooms/x', headers);
    assert.deepEqual([refused.status, refused.code], [405, 'method_not_allowed'], JSON.stringify(headers));
    assert.equal(refused.headers.get('access-control-allow-methods'), null);
  }
});

test('a preflight allows the methods and headers of the contract, and pages can read its response headers', async () => {
  const asks = { 'access-control-request-method': 'DELETE', 'access-control-request-headers': 'authorization' };
  const preflight = await ask('OPTIONS', '/api/rooms/x', { ...asks, origin: ALLOWED });
  const answer = await ask('GET', '/api/session', { origin: ALLOWED, authorization: `Bearer ${token}` });
  const listed = ({ headers }: Answered, what: string) =>
    (headers.get(`access-control-${what}`) ?? '')
      .split(',')
      .map((name) => name.trim().toLowerCase())
      .toSorted();
  const methods = Object.values(openapi.paths).flatMap((item) => Object.keys(item));
  assert.deepEqual(listed(preflight, 'allow-methods'), [...new Set(['head', ...methods])].toSorted());

  const { parameters } = openapi.components;
  const inHeader = Object.values(parameters).flatMap((one) => (one.in === 'header' ? [one.name.toLowerCase()] : []));
  assert.deepEqual(listed(preflight, 'allow-headers'), ['authorization', 'content-type', ...inHeader].toSorted());
  const declared = allOperations().flatMap((operation) =>
    Object.keys(operation.responses).flatMap((status) =>
      Object.keys((declaredResponse(operation, Number(status)) as { headers?: object }).headers ?? {}),
    ),
  );
  // No page can read Set-Cookie; every answer has X-Request-Id.
  const readable = new Set(['x-request-id', ...declared.map((name) => name.toLowerCase())]);
  readable.delete('set-cookie');
  assert.deepEqual(listed(answer, 'expose-headers'), [...readable].toSorted());
});

test('without allowed origins no other origin can read an answer', async (t) => {
  const alone = await startTestWebsite();
  t.after(() => alone.stop());
  const answer = await call(alone.url, 'GET', '/api/session', { headers: { origin: ALLOWED } });
  assert.equal(answer.headers.get('access-control-allow-origin'), null);
});
