// The pages before any script runs: access, redirects, 404 pages, caching, and what their HTML never contains.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import express from 'express';
import { bundleAssets } from '../app/bundle.ts';
import { ownPath, pages, problemPage } from '../app/routers/pages.ts';

const NASTY = `"><script>alert('1')</script>&`;
let url: string;
let stop: () => void;
const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(url + path, { headers: { accept: 'text/html', ...headers }, redirect: 'manual' });
const asAnn = { 'x-viewer': 'ann' };

before(async () => {
  const assets = await bundleAssets();
  const viewer = (request: express.Request) => {
    const username = request.get('x-viewer');
    return username ? { username, email: `${username}@example.org`, isAdmin: false } : undefined;
  };
  const findRoom = async (name: string) =>
    ({ nasty: { id: '1', name: NASTY, owner: 'bob' }, tea: { id: '2', name: 'Tea', owner: 'ann' } })[
      name.toLowerCase()
    ];
  const app = express().use(assets.router, pages({ viewer, findRoom, assets, registration: 'open', mails: true }));
  const page = problemPage({ viewer, assets });
  app.use((request, response) => {
    const html = page(request, response, { status: 404, heading: 'Nothing', text: 'Nothing is here.' });
    if (!html) response.status(404).json({ code: 'not_found' });
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  stop = () => server.close().closeAllConnections();
});
after(() => stop());

test('pages that need a login redirect to the login page, which leads back', async () => {
  for (const path of ['/rooms', '/rooms?query=tea%20room', '/rooms/Tea%20room', '/account']) {
    const answer = await get(path);
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.get('location'), `/login?next=${encodeURIComponent(path)}`);
    const login = await (await get(answer.headers.get('location')!)).text();
    assert.ok(login.includes(`data-next="${path}"`), path);
    assert.ok(login.includes(`href="/register?next=${encodeURIComponent(path)}"`), path);
  }
});

test('the login page redirects a logged-in user to next, or to the rooms', async () => {
  assert.equal((await get('/login', asAnn)).headers.get('location'), '/rooms');
  assert.equal((await get('/register?next=/rooms/Tea', asAnn)).headers.get('location'), '/rooms/Tea');
});

test('next never leads to another site, however it is written', async () => {
  const disguises = [
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '\t//evil.example',
    '/.//evil.example',
    '/x/..//evil.example',
    '/%2e//evil.example',
    '/\\/evil.example',
    'javascript:alert(1)',
    'rooms',
    '',
  ];
  for (const disguise of disguises) {
    assert.equal(ownPath(disguise), undefined, disguise);
    const query = `?next=${encodeURIComponent(disguise)}`;
    assert.equal((await get(`/login${query}`, asAnn)).headers.get('location'), '/rooms', disguise);
    assert.ok((await (await get(`/login${query}`)).text()).includes('data-next="/rooms"'), disguise);
  }
  assert.equal((await get('/login?next=/a&next=/b', asAnn)).headers.get('location'), '/rooms');
  assert.equal(ownPath('/rooms/Tea%20room?x=1#y'), '/rooms/Tea%20room?x=1#y');
});

test('an unknown room is a page that says so, with 404', async () => {
  const answer = await get('/rooms/nowhere', asAnn);
  assert.equal(answer.status, 404);
  assert.match(await answer.text(), /There is no such room/);
});

test('an unknown path is a page for clients that accept HTML, and is left to the next handler otherwise', async () => {
  const page = await get('/nowhere', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
  assert.equal(page.status, 404);
  assert.match(await page.text(), /Nothing is here/);
  for (const accept of ['*/*', 'application/json', 'application/problem+json']) {
    assert.deepEqual(await (await get('/nowhere', { accept })).json(), { code: 'not_found' });
  }
  for (const path of ['/Rooms', '/rooms/', '/login/', '/rooms/a/b']) assert.equal((await get(path, asAnn)).status, 404);
});

test('no page has an inline script, style or handler, names are escaped, and pages are not cached', async () => {
  const paths = ['/', '/rooms', '/rooms/nasty', '/rooms/tea', '/rooms/nowhere', '/nowhere'];
  const seen: string[] = [];
  for (const [path, headers] of [
    ...paths.map((path) => [path, asAnn] as const),
    ['/login', {}],
    ['/register', {}],
  ] as const) {
    const answer = await get(path, headers);
    const html = await answer.text();
    seen.push(html);
    assert.ok(html.startsWith('<!doctype html>') && html.includes('</html>'), path);
    assert.doesNotMatch(html, /<script(?![^>]* src="\/assets\/)|<style|\sstyle=|\son[a-z]+=|javascript:/i, path);
    assert.equal(answer.headers.get('cache-control'), 'no-store', path);
  }
  assert.ok(seen[2]!.includes('&quot;&gt;&lt;script&gt;'), 'the name is there, as text');
});

test('assets have a hash of their content in their names, and are immutable', async () => {
  const html = await (await get('/rooms/tea', asAnn)).text();
  const named = [...html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map((match) => match[1]!);
  assert.ok(named.length >= 3, 'a script, styles and an icon');
  for (const path of named) {
    const answer = await get(path);
    assert.equal(answer.status, 200, path);
    assert.match(path, /-[A-Z0-9]{8}\.(js|css|svg)$/);
    assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  }
  assert.equal((await get('/favicon.ico')).headers.get('content-type'), 'image/x-icon');
  assert.equal((await get('/assets/manifest.json')).status, 404);
});

test('assets that were built into an image equal those bundled at start', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'parlance-assets-'));
  t.after(() => rmSync(directory, { recursive: true }));
  execFileSync(process.execPath, [join(import.meta.dirname, '../app/bundle.ts'), directory]);
  const [built, bundled] = [await bundleAssets(directory), await bundleAssets()];
  for (const name of ['room.js', 'parlance.css', 'icon.svg']) assert.equal(built.url(name), bundled.url(name));
  assert.deepEqual(built.preloads('rooms.js'), bundled.preloads('rooms.js'));
  assert.throws(() => built.url('nothing.js'));
});
