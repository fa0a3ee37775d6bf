// Mutants of headers: security, caching, CORS, cookies, Retry-After, Allow, entity tags.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are sources
import { mutants } from '../mutant.ts';

const HEADERS = 'website/app/headers.ts';
const ORIGIN = 'website/app/origin.ts';
const SESSIONS = 'website/app/sessions.ts';
const BROWSERS = 'website/app/known_browsers.ts';
const PROBLEM = 'service/problem.ts';
const HANDSHAKE = ['chat/tests/handshake.test.ts'];

export const OF_HEADERS = mutants(
  'headers',
  ['website/tests/headers.exact.test.ts'],
  [
    { id: 'csp-default', file: HEADERS, find: `defaultSrc: ["'none'"]`, by: `defaultSrc: ["'self'"]` },
    {
      id: 'csp-inline-scripts',
      file: HEADERS,
      find: `scriptSrc: ["'self'"]`,
      by: `scriptSrc: ["'self'", "'unsafe-inline'"]`,
    },
    {
      id: 'csp-inline-styles',
      file: HEADERS,
      find: `styleSrc: ["'self'"]`,
      by: `styleSrc: ["'self'", "'unsafe-inline'"]`,
    },
    {
      id: 'csp-images',
      file: HEADERS,
      find: `imgSrc: ["'self'", 'data:']`,
      by: `imgSrc: ["'self'", 'data:', 'https:']`,
    },
    {
      id: 'csp-sockets-anywhere',
      file: HEADERS,
      find: `(req) => (settings.PUBLIC_URL ?? \`http://\${req.headers.host ?? 'localhost'}\`).replace(/^http/, 'ws'),`,
      by: `'ws:', 'wss:',`,
    },
    { id: 'csp-forms', file: HEADERS, find: `        formAction: ["'self'"],\n`, by: '' },
    { id: 'csp-base', file: HEADERS, find: `        baseUri: ["'none'"],\n`, by: '' },
    { id: 'csp-frames', file: HEADERS, find: `frameAncestors: ["'none'"]`, by: `frameAncestors: ["'self'"]` },
    { id: 'referrer', file: HEADERS, find: `policy: 'same-origin'`, by: `policy: 'strict-origin-when-cross-origin'` },
    { id: 'hsts-short', file: HEADERS, find: 'maxAge: 31_536_000', by: 'maxAge: 3_600' },
    { id: 'hsts-never', file: HEADERS, find: 'secure ? { maxAge: 31_536_000 } : false', by: 'false' },
    { id: 'permissions-clipboard', file: HEADERS, find: `'clipboard-read', `, by: '' },
    { id: 'permissions-all', file: HEADERS, find: '`${feature}=()`', by: '`${feature}=(self)`' },
    { id: 'cors-lacks-head', file: ORIGIN, find: `    'HEAD',\n`, by: '' },
    { id: 'cors-if-match', file: ORIGIN, find: `'Content-Type', 'If-Match'`, by: `'Content-Type'` },
    {
      id: 'cors-hides-etag',
      file: ORIGIN,
      find: `exposedHeaders: ['Allow', 'ETag', `,
      by: `exposedHeaders: ['Allow', `,
    },
    { id: 'cors-hides-www-authenticate', file: ORIGIN, find: `'WWW-Authenticate', `, by: '' },
    { id: 'cors-credentials', file: ORIGIN, find: 'credentials: false', by: 'credentials: true' },
    { id: 'cors-max-age', file: ORIGIN, find: 'maxAge: 600', by: 'maxAge: 86_400' },
    {
      id: 'retry-after-default',
      file: PROBLEM,
      find: 'status === 503 || status === 429 ? 1 : undefined',
      by: 'status === 503 || status === 429 ? 30 : undefined',
    },
    {
      id: 'retry-after-missing',
      file: PROBLEM,
      find: 'status === 503 || status === 429 ? 1',
      by: 'status === 429 ? 1',
    },
    {
      id: 'retry-after-floor',
      file: PROBLEM,
      find: 'Math.max(1, Math.ceil(retryAfter))',
      by: 'Math.max(1, Math.floor(retryAfter))',
      tests: [
        'website/tests/messages.sending.test.ts',
        'service/tests/problem.test.ts',
        'website/tests/limits.windows.test.ts',
      ],
    },
    { id: 'www-authenticate', file: PROBLEM, find: `'WWW-Authenticate': 'Bearer'`, by: `'WWW-Authenticate': 'Basic'` },
    { id: 'allow-lacks-head', file: 'website/app/problems.ts', find: `'GET, HEAD'`, by: `'GET'` },
    {
      id: 'refused-login-sets-cookie',
      file: 'website/app/problems.ts',
      find: `['Set-Cookie', 'Location', 'ETag']`,
      by: `['Location', 'ETag']`,
      tests: [
        'website/tests/problems.faults.test.ts',
        'website/tests/accounts.sessions.test.ts',
        'website/tests/accounts.password.test.ts',
        'website/tests/log_in_attempts.test.ts',
      ],
    },
    {
      id: 'api-json-cached',
      file: 'website/app/json_answer.ts',
      find: `'Cache-Control': 'no-store'`,
      by: `'Cache-Control': 'no-cache'`,
    },
    { id: 'icon-for-good', file: 'website/app/bundle.ts', find: 'max-age=86400', by: 'max-age=31536000' },
    {
      id: 'assets-private',
      file: 'website/app/bundle.ts',
      find: 'public, max-age=31536000, immutable',
      by: 'private, max-age=31536000, immutable',
    },
    {
      id: 'docs-cached',
      file: 'website/app/routers/docs.ts',
      find: `response.set('Cache-Control', 'no-cache')`,
      by: `response.set('Cache-Control', 'max-age=3600')`,
    },
    {
      id: 'vary-encoding',
      file: 'website/app/representation.ts',
      find: `    response.vary('Accept-Encoding');\n`,
      by: '',
    },
    {
      id: 'cookie-scripts',
      file: SESSIONS,
      find: 'httpOnly: true',
      by: 'httpOnly: false',
      tests: ['website/tests/accounts.sessions.test.ts'],
    },
    {
      id: 'cookie-cross-site',
      file: SESSIONS,
      find: `sameSite: 'lax' as const`,
      by: `sameSite: 'none' as const`,
      tests: ['website/tests/accounts.sessions.test.ts'],
    },
    {
      id: 'cookie-life',
      file: SESSIONS,
      find: 'maxAge: LIMITS.sessionSeconds * 1_000',
      by: 'maxAge: LIMITS.knownSeconds * 1_000',
    },
    {
      id: 'cookie-prefix',
      file: SESSIONS,
      find: '`__Host-${NAME}`',
      by: '`__Secure-${NAME}`',
      tests: ['website/tests/accounts.secrecy.test.ts', 'website/tests/cookies.test.ts'],
    },
    {
      id: 'cookie-cleared-otherwise',
      file: SESSIONS,
      find: 'clearCookie(cookieName(secure), attributes(secure))',
      by: `clearCookie(cookieName(secure), { path: '/' })`,
    },
    {
      id: 'browser-cookie-life',
      file: BROWSERS,
      find: 'LIMITS.knownSeconds * 1_000;',
      by: 'LIMITS.sessionSeconds * 1_000;',
    },
    { id: 'browser-cookie-scripts', file: BROWSERS, find: 'httpOnly: true', by: 'httpOnly: false' },
    {
      id: 'location-unescaped',
      file: 'website/app/routers/chat.ts',
      find: '${encodeURIComponent(room.name)}` }',
      by: '${room.name}` }',
    },
    {
      id: 'etag-of-seq',
      file: 'website/app/services/message_state.ts',
      find: 'row.content_seq ?? row.seq',
      by: 'row.seq',
    },
    {
      id: 'upgrade-version-unsaid',
      file: 'chat/app/websocket/handshake.ts',
      find: `, 'Sec-WebSocket-Version': '13' };`,
      by: ' };',
      tests: HANDSHAKE,
    },
    {
      id: 'upgrade-allow',
      file: 'chat/app/websocket/handshake.ts',
      find: `Allow: 'GET'`,
      by: `Allow: 'GET, HEAD'`,
      tests: HANDSHAKE,
    },
    {
      id: 'refused-upgrade-kept-open',
      file: 'chat/app/websocket/refusal.ts',
      find: `{ Connection: 'close', ...headers }`,
      by: '{ ...headers }',
      tests: HANDSHAKE,
    },
    {
      id: 'flood-keeps-connection',
      file: 'service/held_refusal.ts',
      find: `Connection: 'close', `,
      by: '',
      tests: ['service/tests/address_limits.test.ts'],
    },
    {
      id: 'flood-sniffing',
      file: 'service/held_refusal.ts',
      find: `, 'X-Content-Type-Options': 'nosniff'`,
      by: '',
      tests: ['service/tests/address_limits.test.ts'],
    },
  ],
);
