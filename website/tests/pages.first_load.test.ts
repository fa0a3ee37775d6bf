// The size of a room page on its first load: its HTML, scripts and styles, as compressed on the wire. A real Chromium
// accepts brotli at a secure origin and only gzip at a plain one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { nginxIsMissing, startNginx } from '../../tests/nginx_fixture.ts';
import { PASSWORD, type Person } from '../../tests/people.ts';
import { chromiumIsMissing, live, PLAIN_HOST, roomPath, siteWithVisitors } from './pages_fixture.ts';

/** The limit in bytes: 30 KB. */
const MAX_BYTES = 30_000;
const KINDS = ['document', 'script', 'stylesheet'];
const site = siteWithVisitors({ TRUSTED_PROXIES: '127.0.0.1' });

/** Opens a room in a new browser profile that is logged in. @returns its parts with their bytes, once it is live. */
async function firstLoad(origin: string, who: Person, room: string): Promise<[part: string, bytes: number][]> {
  const login = await site.visitors.visit({ baseURL: origin });
  await login.goto('/login');
  await login.getByLabel('Email').fill(who.email);
  await login.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await login.keyboard.press('Enter');
  await login.waitForURL('**/rooms');
  // Only the cookies are copied: the cache of this profile is empty.
  const page = await site.visitors.visit({ baseURL: origin, storageState: await login.context().storageState() });
  const parts = collect(page);
  await page.goto(roomPath(room));
  await live(page);
  await page.waitForLoadState('networkidle');
  await page.locator('.messages .more').first().waitFor();
  return await Promise.all(parts);
}

function collect(page: Page): Promise<[string, number]>[] {
  const parts: Promise<[string, number]>[] = [];
  page.on('requestfinished', (request) => {
    if (!KINDS.includes(request.resourceType())) return;
    const measured = async (): Promise<[string, number]> => {
      const encoding = (await request.response())?.headers()['content-encoding'] ?? 'identity';
      const { responseBodySize } = await request.sizes();
      return [`${new URL(request.url()).pathname} (${encoding})`, responseBodySize];
    };
    parts.push(measured());
  });
  return parts;
}

async function weigh(origin: string, encoding: string): Promise<void> {
  const { name } = await site.ann.createRoom();
  await (await site.ann.join(name)).say('the first message');
  for (const [who, person] of Object.entries({ owner: site.ann, member: site.bob })) {
    const parts = await firstLoad(origin, person, name);
    const total = parts.reduce((sum, [, bytes]) => sum + bytes, 0);
    const table = [...parts.sort(([, a], [, b]) => b - a), [`a room page for its ${who}`, total] as const]
      .map(([part, bytes]) => `${String(bytes).padStart(7)}  ${part}`)
      .join('\n');
    for (const kind of [/^\/rooms\//, /\.js /, /\.css /]) {
      const compressed = parts.find(([part]) => kind.test(part) && part.endsWith(`(${encoding})`));
      assert.ok(compressed, `precondition: ${encoding} was accepted and sent\n${table}`);
    }
    assert.ok(total <= MAX_BYTES, `more than ${MAX_BYTES} bytes:\n${table}`);
  }
}

const plain = (url: string) => url.replace('127.0.0.1', PLAIN_HOST);

test('a room page has at most 30 KB, in brotli and in gzip', { skip: chromiumIsMissing }, async () => {
  await weigh(site.stack.url, 'br');
  await weigh(plain(site.stack.url), 'gzip');
});

test('a room page has at most 30 KB behind nginx', { skip: chromiumIsMissing || nginxIsMissing }, async (t) => {
  const service = new URL(site.stack.url).host;
  const { port } = await startNginx(t, { website: service, chat: service });
  await weigh(`http://127.0.0.1:${port}`, 'br');
  await weigh(plain(`http://127.0.0.1:${port}`), 'gzip');
});
