// The documentation over HTTP: downloads of the contract, the server's address in pages, caching, and generated files.
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
import { PAGES } from '../app/docs/pages.ts';

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
