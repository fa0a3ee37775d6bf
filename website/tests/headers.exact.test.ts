// The headers of the website by kind of answer: these and no others, with these values. A header that is new, gone or
// changed fails here.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { type Answer, call, type Person, person } from '../../tests/people.ts';
import { logIn, startTestWebsite, type TestWebsite } from './fixture.ts';

const ALLOWED = 'https://app.example';

let site: TestWebsite;
let behindTls: TestWebsite;
let ann: Person;
before(async () => {
  site = await startTestWebsite({ ALLOWED_ORIGINS: ALLOWED });
  behindTls = await startTestWebsite({ PUBLIC_URL: 'https://chat.example.org' });
  ann = await person(site.url, 'ann');
});
after(() => Promise.all([site.stop(), behindTls.stop()]));

/** Of the connection, the moment and the request: not the same in two answers. */
const VARIABLE = [
  'content-encoding',
  'date',
  'connection',
  'keep-alive',
  'content-length',
  'etag',
  'x-request-id',
  'transfer-encoding',
];

const REFUSED_FEATURES = [
  ...['accelerometer', 'autoplay', 'camera', 'clipboard-read', 'display-capture', 'encrypted-media', 'fullscreen'],
  ...['gamepad', 'geolocation', 'gyroscope', 'hid', 'identity-credentials-get', 'idle-detection', 'local-fonts'],
  ...['magnetometer', 'microphone', 'midi', 'otp-credentials', 'payment', 'picture-in-picture'],
  ...['publickey-credentials-create', 'publickey-credentials-get', 'screen-wake-lock', 'serial', 'storage-access'],
  ...['usb', 'window-management', 'xr-spatial-tracking'],
];

/** Of every answer. @param sockets where pages open sockets. */
const security = (sockets: string) => ({
  'content-security-policy': [
    ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:"],
    ...[`connect-src 'self' ${sockets}`, "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"],
  ].join(';'),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'permissions-policy': REFUSED_FEATURES.map((feature) => `${feature}=()`).join(', '),
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'SAMEORIGIN',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
});

/** Of what depends on the origin: also where the request names none, so that a cache keeps the two apart. */
const BY_ORIGIN = {
  'access-control-expose-headers': 'Allow,ETag,Location,Retry-After,WWW-Authenticate,X-Request-Id',
  vary: 'Origin',
};
const COMPRESSED = { ...BY_ORIGIN, vary: 'Origin, Accept-Encoding' };
const JSON_TYPE = { ...BY_ORIGIN, 'cache-control': 'no-store', 'content-type': 'application/json; charset=utf-8' };
const PROBLEM = { ...BY_ORIGIN, 'cache-control': 'no-store', 'content-type': 'application/problem+json' };
const FOR_GOOD = 'public, max-age=31536000, immutable';

function assertHeaders({ headers }: Answer, expected: Record<string, string>, sockets: string): void {
  const fixed = Object.fromEntries([...headers].filter(([name]) => !VARIABLE.includes(name) && name !== 'set-cookie'));
  assert.deepEqual(fixed, { ...security(sockets), ...expected });
  assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
}

const KINDS: [what: string, ask: () => Promise<Answer>, status: number, expected: Record<string, string>][] = [
  [
    'a page',
    () => call(site.url, 'GET', '/login'),
    200,
    { 'cache-control': 'no-store', 'content-type': 'text/html; charset=utf-8', ...COMPRESSED },
  ],
  [
    'a document',
    () => call(site.url, 'GET', '/docs/problems'),
    200,
    { 'cache-control': 'no-cache', 'content-type': 'text/html; charset=utf-8', ...COMPRESSED },
  ],
  [
    'a file of the contract',
    () => call(site.url, 'GET', '/docs/openapi.json'),
    200,
    {
      'access-control-allow-origin': '*',
      'cache-control': 'no-cache',
      'content-type': 'application/json; charset=utf-8',
      ...COMPRESSED,
    },
  ],
  [
    'the icon',
    () => call(site.url, 'GET', '/favicon.ico'),
    200,
    { 'cache-control': 'public, max-age=86400', 'content-type': 'image/x-icon', vary: 'Accept-Encoding' },
  ],
  [
    'a script',
    async () => {
      const [path] = /\/assets\/[\w-]+\.js/.exec((await call(site.url, 'GET', '/login')).body) ?? assert.fail();
      return call(site.url, 'GET', path);
    },
    200,
    { 'cache-control': FOR_GOOD, 'content-type': 'text/javascript; charset=utf-8', vary: 'Accept-Encoding' },
  ],
  ['an answer of the API', () => ann.call('GET', '/api/session'), 200, JSON_TYPE],
  [
    'a new room',
    () => ann.call('POST', '/api/rooms', { name: 'Tea room' }),
    201,
    { ...JSON_TYPE, location: '/api/rooms/Tea%20room' },
  ],
  ['a room token', () => ann.call('POST', '/api/rooms/Tea%20room/tokens'), 201, JSON_TYPE],
  [
    'an answer without a body',
    () => ann.call('DELETE', '/api/sessions'),
    204,
    { 'cache-control': 'no-store', ...BY_ORIGIN },
  ],
  ['a refusal', () => ann.call('GET', '/api/rooms/Nowhere'), 404, PROBLEM],
  [
    'a refusal without a session',
    () => call(site.url, 'GET', '/api/session'),
    401,
    { ...PROBLEM, 'www-authenticate': 'Bearer' },
  ],
  [
    'a method that a path does not have',
    () => ann.call('PUT', '/api/rooms'),
    405,
    { ...PROBLEM, allow: 'POST, GET, HEAD' },
  ],
  ['a server that is not ready', () => call(site.url, 'GET', '/healthz'), 503, { ...PROBLEM, 'retry-after': '1' }],
];
for (const [what, ask, status, expected] of KINDS) {
  test(`${what} has exactly these headers`, async () => {
    const answer = await ask();
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assertHeaders(answer, expected, site.url.replace('http', 'ws'));
  });
}

test('behind TLS browsers are told to use it for a year, and sockets go to the public host', async () => {
  const answer = await call(behindTls.url, 'GET', '/login');
  const expected = {
    'cache-control': 'no-store',
    'content-type': 'text/html; charset=utf-8',
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    ...COMPRESSED,
  };
  assertHeaders(answer, expected, 'wss://chat.example.org');
});

test('a page of an allowed origin gets exactly these rights', async () => {
  const origin = { origin: ALLOWED };
  const preflight = { 'access-control-request-method': 'PUT', 'access-control-request-headers': 'if-match' };
  const asked = await call(site.url, 'OPTIONS', '/api/rooms', { headers: { ...origin, ...preflight } });
  assert.equal(asked.status, 204);
  const rights = { ...BY_ORIGIN, 'access-control-allow-origin': ALLOWED };
  const methods = asked.headers.get('access-control-allow-methods') ?? '';
  assert.deepEqual(methods.split(',').sort(), ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT']);
  const forPreflight = {
    ...rights,
    'access-control-allow-headers': 'Authorization,Content-Type,If-Match',
    'access-control-allow-methods': methods,
    'access-control-max-age': '600',
  };
  assertHeaders(asked, forPreflight, site.url.replace('http', 'ws'));
  const read = await call(site.url, 'GET', '/api/limits', { headers: origin });
  assertHeaders(read, { ...JSON_TYPE, ...rights }, site.url.replace('http', 'ws'));
});

test('the cookies last as long as the contract says, and are cleared with the attributes they were set with', async () => {
  const { answer, cookie } = await logIn(site.url, ann.email);
  const [session = '', browser = ''] = answer.headers.getSetCookie();
  const lasts = (Date.parse(/Expires=([^;]+)/.exec(session)![1]!) - Date.now()) / 1_000;
  assert.ok(Math.abs(lasts - LIMITS.sessionSeconds) < 60, `${lasts} s`);
  assert.match(browser, new RegExp(`; Max-Age=${LIMITS.knownSeconds}; Path=/; Expires=[^;]+; HttpOnly; SameSite=Lax$`));
  const out = await call(site.url, 'DELETE', '/api/session', { headers: { cookie } });
  assert.deepEqual(out.headers.getSetCookie(), [
    'parlance_session=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax',
  ]);
});

test('an entity tag of a message is its revision, for an edit as for a read', async () => {
  const path = '/api/rooms/Tea%20room/messages/0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21';
  const message = { id: path.split('/').at(-1), content: 'Is the kettle on?' };
  assert.equal((await ann.call('POST', path.slice(0, path.lastIndexOf('/')), message)).status, 201);
  const sockets = site.url.replace('http', 'ws');
  for (const [answer, tag] of [
    [await ann.call('GET', path), '"1"'],
    [await ann.call('PATCH', path, { content: 'Is the kettle on yet?' }), '"2"'],
  ] as const) {
    assertHeaders(answer, JSON_TYPE, sockets);
    assert.equal(answer.headers.get('etag'), tag);
  }
});
