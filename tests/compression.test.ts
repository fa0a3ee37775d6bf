// Which answers are compressed and which never are: from the stack of `npm start`, and through nginx, which changes
// nothing about them.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { get, type IncomingHttpHeaders } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { LIMITS } from '@parlance/specs/limits.ts';
import { nginxIsMissing, startNginx } from './nginx_fixture.ts';
import { PASSWORD, type Person, person } from './people.ts';
import { startTestStack, type TestStack } from './stack.ts';

let stack: TestStack;
before(async () => {
  stack = await startTestStack({ TRUSTED_PROXIES: '127.0.0.1' });
});
after(() => stack.stop());

/** The answer with the body as sent: fetch would decompress it. */
async function bytes(url: string, headers: Record<string, string> = {}, method = 'GET') {
  return await new Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }>((resolve, reject) => {
    const request = get(url, { method, headers }, async (response) => {
      const body = Buffer.concat(await response.toArray());
      resolve({ status: response.statusCode!, headers: response.headers, body });
    });
    request.on('error', reject);
  });
}

const DECODERS: Record<string, (body: Buffer) => Buffer> = { br: brotliDecompressSync, gzip: gunzipSync };

/** An Accept-Encoding and the encoding of the answer. The first two: a browser on a secure origin, and elsewhere. */
const WISHES: [string | undefined, string | undefined][] = [
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip, deflate', 'gzip'],
  ['br;q=0.5, gzip;q=0.8', 'gzip'],
  ['br;q=0, *', 'gzip'],
  ['gzip;q=0.5, identity', undefined],
  ['gzip;q=0, br;q=0.0', undefined],
  ['zstd', undefined],
  ['identity;q=0', undefined],
  ['gzip;q=x', undefined],
  [undefined, undefined],
];

function compresses(start: (t: { after(end: () => unknown): void }) => Promise<string>, skip: string | false): void {
  let url: string;
  const ends: (() => unknown)[] = [];
  before(async () => {
    if (!skip) url = await start({ after: (end) => ends.push(end) });
  });
  after(async () => {
    for (const end of ends) await end();
  });

  test('pages, documents and their assets have the encoding that Accept-Encoding prefers', { skip }, async () => {
    const page = (await bytes(`${url}/login`)).body.toString();
    const docs = (await bytes(`${url}/docs`)).body.toString();
    const [script] = /\/assets\/chunk-[^"]+\.js/.exec(page) ?? [];
    const [style] = /\/docs\/assets\/docs-[^"]+\.css/.exec(docs) ?? [];
    assert.ok(script && style, 'the premise: both are found');
    const paths = ['/login', '/nowhere', '/docs', '/docs/http', '/docs/openapi.json', '/docs/asyncapi.yaml'];
    for (const path of [...paths, script, style]) {
      const headers = { accept: 'text/html, */*' };
      // The page for an unknown path shows the id of its request.
      const shown = (body: Buffer) => body.toString().replace(/[0-9a-f-]{32,36}/, 'id');
      const plain = await bytes(url + path, headers);
      for (const [wish, encoding] of WISHES) {
        const answer = await bytes(url + path, { ...headers, ...(wish ? { 'accept-encoding': wish } : {}) });
        const what = `${path} to ${wish}`;
        assert.equal(answer.headers['content-encoding'], encoding, what);
        assert.match(String(answer.headers.vary), /\bAccept-Encoding\b/, what);
        const body = encoding ? DECODERS[encoding]!(answer.body) : answer.body;
        assert.equal(shown(body), shown(plain.body), what);
        if (encoding) assert.ok(answer.body.length < plain.body.length * 0.7, `${what}: ${answer.body.length} bytes`);
        assert.equal(answer.headers['content-length'], String(answer.body.length), what);
      }
    }
  });

  test('each encoding has its own ETag, If-None-Match with it gets 304, and HEAD has the same headers', {
    skip,
  }, async () => {
    const page = (await bytes(`${url}/login`)).body.toString();
    const [style] = /\/assets\/parlance-[^"]+\.css/.exec(page) ?? assert.fail('no style');
    for (const path of [style, '/docs', '/docs/openapi.yaml']) {
      const tags = new Set<string>();
      for (const wish of ['br', 'gzip', 'identity']) {
        const headers = { 'accept-encoding': wish };
        const first = await bytes(url + path, headers);
        const tag = String(first.headers.etag);
        assert.match(tag, /^"[\w-]+"$/);
        tags.add(tag);
        const again = await bytes(url + path, { ...headers, 'if-none-match': tag });
        assert.deepEqual([again.status, again.body.length, again.headers.etag], [304, 0, tag]);
        assert.match(String(again.headers.vary), /\bAccept-Encoding\b/);
        const head = await bytes(url + path, headers, 'HEAD');
        for (const name of ['content-encoding', 'content-length', 'etag'] as const) {
          assert.equal(head.headers[name], first.headers[name], `${name} of ${path} as ${wish}`);
        }
      }
      assert.equal(tags.size, 3, path);
    }
  });

  test('no answer of the API is compressed: its length would reveal a secret next to text that others choose', {
    skip,
  }, async () => {
    const ann = await person(url);
    const { name } = await ann.createRoom(`${randomUUID()} ${'𝒜'.repeat(LIMITS.roomNameMax)}`.slice(0, 91));
    const room = `/api/rooms/${encodeURIComponent(name)}`;
    await ann.call('POST', `${room}/messages`, { id: randomUUID(), content: 'a'.repeat(3_000) });
    const like = { 'accept-encoding': 'br, gzip' };
    const asked = (who: Person, method: string, path: string, body?: unknown) => who.call(method, path, body, like);
    const credentials = { email: ann.email, password: PASSWORD };
    const answers = [
      await asked(ann, 'POST', `${room}/tokens`),
      await asked(ann, 'POST', '/api/access-tokens', credentials),
      await asked(ann, 'GET', `${room}/messages`),
      await asked(ann, 'GET', `${room}/events`),
      await asked(ann, 'GET', '/api/session'),
      await asked(ann, 'GET', '/api/sessions'),
      await asked(ann, 'GET', '/api/limits'),
      await asked(ann, 'GET', '/api/nowhere'),
    ];
    for (const { status, headers } of answers) {
      assert.equal(headers.get('content-encoding'), null, String(status));
      assert.doesNotMatch(headers.get('vary') ?? '', /Accept-Encoding/i);
    }
    const long = answers.filter(({ headers }) => Number(headers.get('content-length')) > 1_024);
    assert.ok(long.length >= 3, 'the premise: some of them are long enough for a compressor');
  });
}

describe('with npm start', () => compresses(async () => stack.url, false));

describe('through nginx', () =>
  compresses(async (t) => {
    const service = new URL(stack.url).host;
    return `http://127.0.0.1:${(await startNginx(t, { website: service, chat: service })).port}`;
  }, nginxIsMissing));
