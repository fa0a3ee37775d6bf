// The documentation over HTTP: downloads of the contract, the server's address in pages, caching, and generated files.
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CLOSE_CODES } from '@parlance/specs/close_codes.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { PROBLEMS, SOCKET_ERRORS } from '@parlance/specs/problems.ts';
import { parse } from 'yaml';
import { cliInstalled } from '../../specs/tooling/gates/asyncapi.ts';
import { staleDocs } from '../../specs/tooling/generate/docs.ts';
import { framesAlone, trimmed, writtenByAsyncApi } from '../../specs/tooling/generate/docs_socket.ts';
import { startTestStack, type TestStack } from '../../tests/stack.ts';
import { markdownPath } from '../app/docs/llms.ts';
import { PAGES } from '../app/docs/pages.ts';
import { markdownOf } from '../app/docs/render.ts';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
});
after(() => stack.stop());

const generated = (name: string) => readFileSync(fileURLToPath(import.meta.resolve(`@parlance/specs/${name}`)), 'utf8');

async function get(path: string, headers: Record<string, string> = {}) {
  const answer = await fetch(stack.url + path, { headers, redirect: 'manual' });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

test('the contract is served byte for byte, and its YAML is equivalent', async () => {
  for (const name of ['openapi', 'asyncapi']) {
    const json = await get(`/docs/${name}.json`);
    assert.equal(json.headers.get('content-type'), 'application/json; charset=utf-8');
    assert.equal(json.text, generated(`${name}.json`));
    const yaml = await get(`/docs/${name}.yaml`);
    assert.match(yaml.headers.get('content-type')!, /^application\/yaml/);
    // Many tools read YAML 1.1, which also has times and more boolean literals.
    for (const version of ['1.1', '1.2'] as const) {
      assert.deepEqual(parse(yaml.text, { version }), JSON.parse(json.text), version);
    }
  }
});

test('the tables of problems, close codes and limits are served complete', async () => {
  const problems = JSON.parse((await get('/docs/problems.json')).text);
  assert.deepEqual(Object.keys(problems).sort(), Object.keys({ ...PROBLEMS, ...SOCKET_ERRORS }).sort());
  const { title, retry, advice } = PROBLEMS.id_conflict;
  assert.deepEqual(problems.id_conflict, { status: 409, socket: true, title, retry, stored: 'no', advice });
  assert.equal(problems.outbox_full.status, undefined);
  assert.deepEqual(JSON.parse((await get('/docs/close-codes.json')).text), structuredClone(CLOSE_CODES));
  const limits = JSON.parse((await get('/docs/limits.json')).text);
  assert.equal(limits.contentMax.value, LIMITS.contentMax);
  assert.equal(limits.contentMax.unit, 'characters');
});

test('the limits page shows the values in force beside the defaults, and the guides use them', async (t) => {
  const strict = await startTestStack({ SOCKETS_PER_USER: '3', MESSAGES_PER_10S: '7' });
  t.after(() => strict.stop());
  const read = async (path: string) => (await fetch(strict.url + path)).text();
  const page = await read('/docs/limits.md');
  const row = (name: string) => page.split('\n').find((line) => line.includes(`id="${name}"`))!;
  assert.match(row('socketsPerUser'), new RegExp(`\\| 3 sockets \\| ${LIMITS.socketsPerUser} \\|`));
  assert.match(row('contentMax'), /\| 4,000 characters \| 4,000 \|/);
  assert.match(await read('/docs/send.md'), /a user can send 7 messages into a room/);
  assert.match(await read('/docs/limits'), /data-label="On this server"/);
});

test('each release has addresses of its own, byte for byte, and an unknown one is 404', async () => {
  const versions = readdirSync(new URL('../../specs/releases', import.meta.url));
  assert.ok(versions.length >= 2);
  for (const version of versions) {
    const folder = new URL(`../../specs/releases/${version}/`, import.meta.url);
    for (const name of readdirSync(folder)) {
      const { status, text } = await get(`/docs/${version}/${name}`);
      assert.deepEqual([status, text], [200, readFileSync(new URL(name, folder), 'utf8')], `${version}/${name}`);
    }
  }
  assert.equal((await get('/docs/9.9.9/openapi.json')).status, 404);
});

test('a page of any origin can read the files of the contract, and nothing else', async () => {
  const allowed = async (path: string) =>
    (await get(path, { origin: 'https://tools.example' })).headers.get('access-control-allow-origin');
  for (const path of ['openapi.json', 'asyncapi.yaml', 'limits.json', '0.2.0/openapi.json', 'changelog.atom']) {
    assert.equal(await allowed(`/docs/${path}`), '*', path);
  }
  for (const path of [
    '/docs',
    '/docs/versions',
    '/docs/versions.md',
    '/llms.txt',
    '/api/limits',
    '/docs/nothing.json',
  ]) {
    assert.equal(await allowed(path), null, path);
  }
});

test('the feed has an entry for each release, and each entry leads to its section of the changelog', async () => {
  const { text, headers } = await get('/docs/changelog.atom');
  assert.equal(headers.get('content-type'), 'application/atom+xml; charset=utf-8');
  const changelog = readFileSync(new URL('../../specs/CHANGELOG.md', import.meta.url), 'utf8');
  const released = Array.from(changelog.matchAll(/^## (\d+\.\d+\.\d+) – (\S+)$/gm), ([, version, day]) => [
    version,
    `${day}T00:00:00Z`,
  ]);
  const entries = text.split('<entry>').slice(1);
  const one = (entry: string, pattern: RegExp) => pattern.exec(entry)?.[1];
  const titles = entries.map((entry) => [one(entry, /<title>(.+)<\/title>/), one(entry, /<updated>(.+)<\/updated>/)]);
  assert.deepEqual(titles, released);
  assert.equal(one(text, /<updated>(.+)<\/updated>/), released[0]![1]);
  const { text: page } = await get('/docs/changelog');
  for (const entry of entries) {
    const link = new URL(one(entry, /href="([^"]+)"/)!);
    assert.deepEqual([link.origin, link.pathname], [stack.url, '/docs/changelog']);
    assert.ok(page.includes(`id="${link.hash.slice(1)}"`), link.href);
    assert.match(one(entry, /<content type="html">([\s\S]+)<\/content>/)!, /^&lt;[^<]+$/, 'the HTML is escaped');
  }
  assert.ok(!text.includes('localhost:8080'));
});

test('each page has a Markdown form, and llms.txt lists them all', async () => {
  const { text, headers } = await get('/llms.txt');
  assert.equal(headers.get('content-type'), 'text/markdown; charset=utf-8');
  assert.equal((await get('/docs/llms.txt')).text, text);
  assert.match(text, /^# Parlance\n\n> [^\n]+\.\n/);
  const links = Array.from(text.matchAll(/^- \[[^\]]+\]\((\S+)\): \S.*$/gm), ([, url]) => url!.replace(stack.url, ''));
  assert.equal(links.length, text.match(/^- /gm)!.length, 'each line has a link and a sentence');
  const inForce = JSON.parse((await get('/api/limits')).text);
  for (const page of PAGES) {
    const path = markdownPath(page);
    assert.ok(links.includes(path), path);
    const form = await get(path);
    assert.equal(form.headers.get('content-type'), 'text/markdown; charset=utf-8');
    assert.equal(
      form.text.trim(),
      markdownOf(page, inForce)
        .replaceAll('http://localhost:8080', stack.url)
        .replaceAll('ws://localhost:8080', stack.url.replace('http', 'ws'))
        .trim(),
    );
    assert.match(form.text.trimStart(), /^# /, path);
  }
});

test('pages contain the address of the server that serves them', async () => {
  const { text } = await get('/docs');
  assert.ok(text.includes(`curl ${stack.url}/api/users`));
  for (const { path } of PAGES) assert.ok(!(await get(path)).text.includes('localhost:8080'), path);
});

test('behind TLS the pages contain the public address', async (t) => {
  const secure = await startTestStack({ PUBLIC_URL: 'https://chat.example.org' });
  t.after(() => secure.stop());
  const text = await (await fetch(`${secure.url}/docs`)).text();
  assert.ok(text.includes('curl https://chat.example.org/api/users'));
  assert.ok(text.includes('wss://chat.example.org/ws/Tea%20room'));
  assert.ok(!text.includes('localhost:8080'));
});

test('an unchanged page is answered with 304, and its assets are immutable', async () => {
  const first = await get('/docs');
  assert.equal(first.headers.get('cache-control'), 'no-cache');
  const again = await get('/docs', { 'if-none-match': first.headers.get('etag')!, 'cache-control': 'max-age=0' });
  assert.deepEqual([again.status, again.text], [304, '']);
  const asset = /href="(\/docs\/assets\/docs-[0-9a-f]+\.css)"/.exec(first.text)?.[1] ?? assert.fail('no style');
  assert.match((await get(asset)).headers.get('cache-control')!, /immutable/);
});

test('a trailing slash is redirected, an unknown path is 404, and HEAD is allowed', async () => {
  const slash = await get('/docs/');
  assert.deepEqual([slash.status, slash.headers.get('location')], [308, '/docs']);
  for (const path of ['/docs/nothing', '/docs/assets/nothing.js', '/docs/assets/..%2fdocs.css', '/docs/generated']) {
    assert.equal((await get(path)).status, 404, path);
  }
  assert.equal((await fetch(`${stack.url}/docs`, { method: 'HEAD' })).status, 200);
});

test('the generated documentation matches the specs, and a changed or unknown file is detected', (t) => {
  assert.deepEqual(staleDocs(), []);
  const folder = mkdtempSync(join(tmpdir(), 'parlance-docs-'));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(new URL('../app/docs/generated', import.meta.url), folder, { recursive: true });
  assert.deepEqual(staleDocs(folder), []);
  appendFileSync(join(folder, 'socket.md'), 'One more promise.\n');
  writeFileSync(join(folder, 'openapi.yaml'), '');
  writeFileSync(join(folder, 'old.md'), '');
  assert.deepEqual(staleDocs(folder).sort(), ['old.md', 'openapi.yaml', 'socket.md']);
});

// `npm run check` installs the CLI. Without it, only the seal of the file is checked.
const skip = process.env.CI || cliInstalled() ? false : 'the AsyncAPI CLI is not installed';
test('the committed reference of frames is the output of the AsyncAPI tools', { skip }, () => {
  const asyncapi = JSON.parse(generated('asyncapi.json'));
  const written = trimmed(writtenByAsyncApi(framesAlone(asyncapi)), asyncapi);
  const committed = readFileSync(new URL('../app/docs/generated/socket.md', import.meta.url), 'utf8');
  assert.equal(committed.split(/\n(.*)/s)[1], `\n${written}\n`);
});
