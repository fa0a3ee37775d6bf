// Generates requests that each violate the public contract in one way. The same seed gives the same requests. Sends
// nothing.
import contract from '@parlance/specs/openapi.json' with { type: 'json' };
import { randomFrom } from './fixture.ts';

export interface OffSpec {
  /** The violation and the operation. */
  what: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string | Buffer;
}

const ROOM = 'Tea%20room';
const CREDENTIALS = { email: 'ann@example.org', password: 'a long enough password' };
/** Valid bodies of the operations that have one. */
const BODIES: Record<string, Record<string, unknown>> = {
  'POST /api/users': { ...CREDENTIALS, email: 'off@example.org', username: 'off.spec' },
  'POST /api/session': CREDENTIALS,
  'POST /api/access-tokens': CREDENTIALS,
  'POST /api/rooms': { name: 'Off the contract' },
  'POST /api/rooms/{roomName}/messages': { id: '0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21', content: 'off the contract' },
};
const INTEGERS: Record<string, string[]> = {
  'GET /api/rooms': ['limit'],
  'GET /api/rooms/{roomName}/messages': ['limit', 'before', 'after'],
};
const OPERATIONS = Object.entries(contract.paths).flatMap(([path, item]) =>
  Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
);
const WITH_BODY = Object.keys(BODIES);
const OPEN = ['GET /healthz', 'GET /api/limits'];
const NEED_SESSION = OPERATIONS.filter((one) => !(one in BODIES) && !OPEN.includes(one));

const words = (list: string) => list.split(' ');
const METHODS = words('GET POST PUT PATCH DELETE OPTIONS TRACE PROPFIND MKCOL REPORT LINK');
const VALUES = [
  null,
  0,
  -1,
  1e308,
  2 ** 53,
  0.5,
  true,
  [],
  {},
  ['x'],
  { $ne: '' },
  [[[]]],
  '',
  '\0',
  'x'.repeat(5_000),
];
const MEMBERS = words('admin Email $where constructor toString prototype __defineGetter__ x');
const NO_OBJECTS = [
  '[]',
  '"text"',
  'null',
  '12',
  'NaN',
  '{}{}',
  '\u2028',
  '{"a":',
  '['.repeat(20_000),
  '{"a":1,}',
  '\ufeff\ufeff{}',
];
const NO_UTF8 = [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xf8, 0x88], [0x00]];
const TYPES = [
  ...words(
    'text/plain application/xml application/x-www-form-urlencoded application/jsonx image/png multipart/form-data',
  ),
  ...['', ';', 'application/', 'application/json; charset=utf-16', 'application/json; charset=none'],
];
const PARAMETERS = words('x Limit limit%20 %00 __proto__ constructor query[a] roomName');
const NO_INTEGERS = [
  ...words('-1 1.5 1e3 0x1 +5 %205 9007199254740992 NaN %00 null [1] %D9%A1 1,2'),
  ...['', '9'.repeat(30), '9'.repeat(500)],
];
const NO_ENCODINGS = words('% %% %g1 %ff %c0%af %ed%a0%80 %e2%28%a1');
const NO_NAMES = [
  ...words('%00 %0a ..%2f..%2fetc %20tea tea%20 . - %3Cscript%3E %F0%9F%AB%96 a%2fb a%5cb a;b %252f'),
  ...["'--", 'x'.repeat(65)],
];
const NO_PATHS: ((path: string) => string)[] = [
  (path) => `${path}/`,
  (path) => `${path}/more`,
  (path) => `/${path}`,
  (path) => path.replace('/api', '/API').replace('/healthz', '/HealthZ'),
  (path) => path.replace('/api', '/api/v1').replace('/healthz', '/health'),
  (path) => `${path};x=1/y`,
  (path) => `/internal${path}`,
];
const NO_TOKENS = [
  '',
  'Bearer',
  'Bearer ',
  'Bearer x',
  'Bearer a.b.c',
  'Basic YTpi',
  `Bearer ${'x'.repeat(3_000)}`,
  'bearer\t',
  'Bearer null',
];
/** Headers that have no effect. */
const NOISE: Record<string, string>[] = [
  {},
  ...['text/html', 'application/xml', 'image/*;q=0', ';;;', '*/*;q=x'].map((accept) => ({ accept })),
  ...['parlance_session=x', 'parlance_session=s%3Ax.y', '=', ';;', '__proto__=1', 'parlance_session=j%3A{"x":1}'].map(
    (cookie) => ({ cookie }),
  ),
  { 'x-http-method-override': 'DELETE', 'x-method-override': 'PUT' },
  { range: 'bytes=0-1', 'if-none-match': '*', 'if-modified-since': 'yesterday' },
  { 'x-forwarded-for': '"', 'x-forwarded-proto': 'https', forwarded: 'for=_x' },
  { 'x-request-id': 'x'.repeat(200), te: 'trailers', expect: 'nothing' },
];

/** `credentials`: the headers of a valid session. */
export function offSpecRequests(count: number, seed: number, credentials: Record<string, string>): OffSpec[] {
  const random = randomFrom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const of = (operation: string, what: string, more: Partial<OffSpec> = {}): OffSpec => {
    const [method, template] = operation.split(' ') as [string, string];
    return {
      what: `${what}: ${operation}`,
      method,
      path: pathOf(template),
      ...more,
      headers: { ...credentials, ...more.headers },
    };
  };
  const pathOf = (template: string) => template.replace(/^[A-Z]+ /, '').replace('{roomName}', ROOM);
  const json = (operation: string, what: string, body: string | Buffer, headers: Record<string, string> = {}) =>
    of(operation, what, { body, headers: { 'content-type': 'application/json', ...headers } });
  const whole = (operation: string) => JSON.stringify(BODIES[operation]);

  const kinds: ((operation: string) => OffSpec)[] = [
    (operation) => {
      const member = pick(Object.keys(BODIES[operation]!));
      return json(operation, `a wrong ${member}`, JSON.stringify({ ...BODIES[operation], [member]: pick(VALUES) }));
    },
    (operation) => {
      const { [pick(Object.keys(BODIES[operation]!))]: _, ...rest } = BODIES[operation]!;
      return json(operation, 'a member missing', JSON.stringify(rest));
    },
    (operation) => {
      const name = pick(MEMBERS);
      return json(operation, `the member ${name}`, JSON.stringify({ ...BODIES[operation], [name]: pick(VALUES) }));
    },
    (operation) => json(operation, 'a prototype', whole(operation).replace('{', '{"__proto__":{"x":1},')),
    (operation) => {
      const text = whole(operation);
      return json(operation, 'truncated JSON', text.slice(0, 1 + Math.floor(random() * (text.length - 2))));
    },
    (operation) => json(operation, 'not an object', pick(NO_OBJECTS)),
    (operation) => {
      const bytes = Buffer.from(whole(operation));
      const at = 3 + Math.floor(random() * (bytes.length - 5));
      const bad = Buffer.concat([bytes.subarray(0, at), Buffer.from(pick(NO_UTF8)), bytes.subarray(at)]);
      return json(operation, 'bytes that are not UTF-8', bad);
    },
    (operation) => json(operation, 'a wrong media type', whole(operation), { 'content-type': pick(TYPES) }),
    (operation) => {
      const encoding = pick(words('gzip br deflate zstd x gzip,gzip'));
      return json(operation, `a body not encoded as ${encoding}`, whole(operation), { 'content-encoding': encoding });
    },
    (operation) => json(operation, 'a body too large', JSON.stringify({ name: 'x'.repeat(66_000) })),
  ];
  const others: (() => OffSpec)[] = [
    () => {
      const operation = pick(OPERATIONS);
      return of(operation, 'an unknown parameter', { path: `${pathOf(operation)}?${pick(PARAMETERS)}=1` });
    },
    () => {
      const operation = pick(Object.keys(INTEGERS));
      const path = `${pathOf(operation)}?${pick(INTEGERS[operation]!)}=${pick(NO_INTEGERS)}`;
      return of(operation, 'not an integer', { path });
    },
    () => {
      const operation = pick(Object.keys(INTEGERS));
      const name = pick(INTEGERS[operation]!);
      return of(operation, `${name} twice`, { path: `${pathOf(operation)}?${name}=1&${name}=${pick(['1', '2', ''])}` });
    },
    () => {
      const operation = pick(OPERATIONS);
      const path = pathOf(operation);
      const inPath = random() < 0.5 && path.includes(ROOM);
      const bad = pick(NO_ENCODINGS);
      return of(operation, 'a broken encoding', { path: inPath ? path.replace(ROOM, bad) : `${path}?query=${bad}` });
    },
    () => {
      const operation = pick(OPERATIONS.filter((one) => one.includes('{roomName}')));
      return of(operation, 'not a room name', { path: pathOf(operation).replace(ROOM, pick(NO_NAMES)) });
    },
    () => json(pick(OPERATIONS.filter((one) => !(one in BODIES))), 'an undeclared body', pick(['{}', '{"a":1}', ' '])),
    () => {
      const operation = pick(OPERATIONS);
      return of(operation, 'an unknown path', { path: pick(NO_PATHS)(pathOf(operation)) });
    },
    () => {
      const path = pick(Object.keys(contract.paths));
      return of(
        `${pick(METHODS.filter((one) => !OPERATIONS.includes(`${one} ${path}`)))} ${path}`,
        'an undeclared method',
      );
    },
    () => of(pick(NEED_SESSION), 'an invalid token', { headers: { authorization: pick(NO_TOKENS) } }),
    () => {
      const { authorization: _, ...headers } = credentials;
      const origin = pick(['null', 'https://evil.example', 'x', '']);
      const asked = of(pick(OPERATIONS.filter((one) => !one.startsWith('GET'))), 'a foreign origin');
      return { ...asked, headers: { ...headers, origin } };
    },
    () =>
      of(pick(OPERATIONS), 'an invalid Host', {
        headers: { host: pick(['a b', 'a/b', 'a,b', '<a>', "a'", 'a"b', 'a|b']) },
      }),
  ];
  return Array.from({ length: count }, (_, at) => {
    const k = at % (kinds.length + others.length);
    const made = kinds[k]?.(pick(WITH_BODY)) ?? others[k - kinds.length]!();
    // Outside the contract's paths a browser's Accept header gets a page.
    const noise = /^\/(api\/|healthz(\?|$))/.test(made.path) ? pick(NOISE) : {};
    return { ...made, what: `${at} of seed ${seed}, ${made.what}`, headers: { ...noise, ...made.headers } };
  });
}
