// Malformed and hostile Cookie headers: every request gets a page, an answer or a typed refusal, never a 500.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import openapi from '@parlance/specs/openapi.json' with { type: 'json' };
import { call, PASSWORD, person } from '../../tests/people.ts';
import { cookieName } from '../app/sessions.ts';
import { assertProblem, logIn, randomFrom, raw, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
let behindTls: TestWebsite;
before(async () => {
  site = await startTestWebsite();
  behindTls = await startTestWebsite({ PUBLIC_URL: 'https://chat.example.org' });
});
after(() => Promise.all([site.stop(), behindTls.stop()]));

/** Values that a cookie parser may interpret: JSON, signed values, percent escapes, quotes. */
const VALUES = [
  ...['j:5', 'j:null', 'j:{"id":1}', 'j:[', 'j:"s:x.y"', 'j:', 'j%3A5', 's:j:5', 's:j:5.x'],
  ...['s:', 's:.', 's:.x', 's:x', 's:x.', 's:a.b', 's%3Aa.b', `s:${'a'.repeat(8_000)}.b`, 's:a.%00', 's:\u00e9.\u00e9'],
  ...[
    '',
    '"',
    '""',
    '"j:5"',
    '"s:a.b"',
    '%',
    '%zz',
    '%00',
    '%E0%A4%A',
    '%ff',
    '%C0%80',
    '[object Object]',
    'undefined',
  ],
  ...['a'.repeat(8_000), '=', '==', ',', 'a b', '\t', '{"a":1}', '-1', '0', 'true', 'constructor', '__proto__'],
];

/** Whole headers, for a cookie of this name. */
const headersFor = (name: string) => [
  ...VALUES.map((value) => `${name}=${value}`),
  ...[`${name}`, `${name};`, `;${name}=j:5`, `=${name}`, `${name}=j:5; ${name}=s:a.b`, `${name}=s:a.b; ${name}=j:5`],
  ...[`__proto__=j:5; ${name}=j:5`, `${name}[]=1`, `${name}[a]=j:5`, `${'a=j:5; '.repeat(500)}${name}=j:5`],
  ...['toString=j:5', 'hasOwnProperty=s:x.y', '__proto__=s:x', `constructor=j:{}; ${name}=s:x.y`],
];

test('the cookie has the name that the contract states, behind TLS with __Host-', async () => {
  const { name, description } = openapi.components.securitySchemes.session;
  const ann = await person(site.url, 'named');
  assert.equal((await logIn(site.url, ann.email)).cookie.split('=')[0], name);
  assert.equal(cookieName(true), `__Host-${name}`);
  const [example, browser] = Object.values(openapi.components.headers).flatMap((header) =>
    /^\w+=/.test(`${header.example}`) ? [`${header.example}`.split('=')[0]] : [],
  );
  assert.equal(example, name);
  assert.match(description, new RegExp(`__Host-${name}\\b`));
  const { headers } = await call(site.url, 'POST', '/api/session', { body: { email: ann.email, password: PASSWORD } });
  assert.deepEqual(
    headers
      .getSetCookie()
      .map((line) => line.split('=')[0])
      .toSorted(),
    [browser, name].toSorted(),
  );
});

const PAGES = ['/', '/login', '/rooms', '/docs'];

test('no cookie makes the server fail: pages are shown, and operations are refused as without a session', async () => {
  for (const [part, name] of [
    [site, 'parlance_session'],
    [behindTls, '__Host-parlance_session'],
  ] as const) {
    for (const cookie of headersFor(name)) {
      // As bytes: fetch refuses some of these values.
      const ask = (path: string) =>
        raw(part.url, `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nCookie: ${cookie}\r\n\r\n`);
      const session = await ask('/api/session');
      assert.ok(session, cookie);
      assertProblem(session, 'not_authenticated');
      const page = await ask(PAGES[cookie.length % PAGES.length]!);
      assert.ok(page !== undefined && page.status < 400, `${page?.status} ${cookie}`);
    }
  }
});

test('random bytes in the Cookie header never make the server fail', async () => {
  const random = randomFrom(7);
  const pieces = [
    'parlance_session',
    '=',
    ';',
    'j:',
    's:',
    '.',
    '%',
    '"',
    ' ',
    'a',
    '{',
    '}',
    '5',
    '\u00ff',
    '\t',
    ',',
  ];
  for (let times = 0; times < 400; times += 1) {
    const length = 1 + Math.floor(random() * 12);
    const rest = Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)]).join('');
    const cookie = `parlance_session=${rest}`;
    const text = `GET /api/session HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nCookie: ${cookie}\r\n\r\n`;
    const answer = await raw(site.url, text);
    assert.equal(answer?.status, 401, `${answer?.status} ${JSON.stringify(cookie)}`);
  }
});

test('a U+0000 in the Cookie header is refused as malformed HTTP', async () => {
  const text = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nCookie: parlance_session=s:\0\r\n\r\n';
  assertProblem((await raw(site.url, text))!, 'invalid_request');
});

test('other cookies beside a valid one, even malformed ones, do not end the session', async () => {
  const ann = await person(site.url, 'ann');
  const { cookie } = await logIn(site.url, ann.email);
  for (const beside of [
    `a=j:5; ${cookie}`,
    `${cookie}; a=j:{`,
    `b=%zz; ${cookie}; c`,
    `${cookie}; parlance_session=j:5`,
  ]) {
    const { status } = await call(site.url, 'GET', '/api/session', { headers: { cookie: beside } });
    assert.equal(status, 200, beside);
  }
});
