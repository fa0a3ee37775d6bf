// Stored cross-site scripting in a real browser: HTML in every field that a page shows. The contract allows no HTML in
// names and emoji, so a simulated hostile server inserts it. The tests fail if a script runs, an element is created or
// the content security policy is violated.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { type Person, person, sleep } from '../../tests/people.ts';
import { connectSql } from './fixture.ts';
import { cable, chromiumIsMissing, lastMessage, roomPath, siteWithVisitors } from './pages_fixture.ts';

const skip = chromiumIsMissing;

/** A marker in names and texts on the server, replaced by HTML on the way to the page. */
const MARK = 'zzmarked';
const EMOJI = '👍';
const HTML = `"'><img src=x onerror="owned=1"><svg onload="owned=1"></svg><script>owned=1</script><a href="javascript:owned=1">x</a>{{7*7}}&lt;`;

/** The user whose name is the marker. Ann, who views the pages, is an administrator. */
let bob: Person;
const site = siteWithVisitors({ MESSAGES_PER_10S: '1000' }, async ({ stack, ann }) => {
  bob = await person(stack.url, MARK);
  const sql = await connectSql(stack.databaseUrl);
  await sql.query('update users set is_admin = true where username = $1', [ann.username]);
  await sql.end();
});

const hostile = (json: string) =>
  json.replaceAll(MARK, JSON.stringify(HTML).slice(1, -1)).replaceAll(EMOJI, JSON.stringify(HTML).slice(1, -1));

/** Replaces the marker with HTML in every answer of the API to a GET of the page. */
async function throughHostileServer(page: Page): Promise<void> {
  await page.route('**/api/**', async (route) => {
    if (route.request().method() !== 'GET') return route.continue();
    const response = await route.fetch();
    await route.fulfill({ response, body: hostile(await response.text()) });
  });
}

/** Waits until the element shows the HTML as text. */
const shows = (element: Locator) => element.filter({ hasText: HTML }).first().waitFor({ state: 'attached' });

async function nothingRan(page: Page): Promise<void> {
  const found = await page.evaluate(() => ({
    owned: 'owned' in globalThis,
    made: document.querySelectorAll('[onerror], [onload], [src=x], [href^="javascript:"], script:not([src])').length,
  }));
  assert.deepEqual(found, { owned: false, made: 0 });
}

test('HTML in every field of a room is shown as text: names, messages, reactions, tombstones, presence, typing, bans', {
  skip,
}, async () => {
  const room = await bob.createRoom();
  const path = `/api${roomPath(room.name)}`;
  const write = async (who: Person, content: string) =>
    (await who.call('POST', `${path}/messages`, { id: randomUUID(), content })).body.id as string;
  const cid = await person(site.stack.url);
  await bob.call('DELETE', `${path}/messages/${await write(cid, 'deleted by another user')}`);
  const kept = await write(bob, `before ${MARK}`);
  await bob.call('PUT', `${path}/messages/${kept}/reactions/${encodeURIComponent(EMOJI)}`);
  const { username } = await person(site.stack.url, `${MARK}-banned`);
  assert.equal((await bob.call('PUT', `${path}/bans/${username}`)).status, 204);

  const page = await site.visitors.enter(site.ann, roomPath(room.name));
  await throughHostileServer(page);
  const wire = await cable(page, { fromServer: hostile });
  const socket = await bob.join(room.name);
  socket.say(`live ${MARK}`);
  await lastMessage(page, `live ${HTML}`);
  await shows(page.locator('.bubble', { hasText: 'before' }));
  await shows(page.locator('.message .name'));
  await shows(page.locator('.tombstone'));
  await shows(page.locator('.chip'));
  assert.ok((await page.locator('.chip').first().getAttribute('title'))?.includes(HTML));
  await shows(page.locator('.person'));
  await shows(page.locator('[data-announcer]'));
  socket.send({ type: 'typing.start' });
  await page.getByText(`${HTML} is typing`).waitFor();
  await page.locator('[data-bans] summary').click();
  await shows(page.locator('[data-bans-list]'));
  await nothingRan(page);
  await wire.cut();
  await page.locator('[data-connection-next]').waitFor({ state: 'attached' });
  await nothingRan(page);
  await socket.close();
});

test('HTML in the name and the owner of a room is shown as text in the list of rooms', { skip }, async () => {
  await bob.createRoom(`${MARK} room`);
  const page = await site.visitors.enter(site.ann, '/rooms');
  await throughHostileServer(page);
  await page.reload();
  await shows(page.locator('.room-item .room-link'));
  await shows(page.locator('.room-item bdi'));
  const [href] = await page
    .locator('.room-link', { hasText: HTML })
    .evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).pathname));
  assert.equal(href, `/rooms/${encodeURIComponent(`${HTML} room`)}`);
  await nothingRan(page);
});

test('a refusal with HTML in its detail is shown as text', { skip }, async () => {
  const page = await site.visitors.visit();
  await page.route('**/api/session', async (route) => {
    const body = { type: HTML, title: HTML, status: 400, code: HTML, detail: HTML, requestId: HTML };
    const answer = { ...body, errors: [{ pointer: '/body/email', detail: HTML }] };
    await route.fulfill({ status: 400, contentType: 'application/problem+json', body: JSON.stringify(answer) });
  });
  await page.goto('/login');
  await page.getByLabel('Email').fill(bob.email);
  await page.getByLabel('Password', { exact: true }).fill('a long enough password');
  await page.keyboard.press('Enter');
  await page.locator('#email-error, [data-form-error]').filter({ hasText: /\S/ }).first().waitFor();
  await sleep(100);
  await nothingRan(page);
});

test('HTML in the address, the query and the fragment of each page is shown as text or not at all', {
  skip,
}, async () => {
  const page = await site.visitors.enter(site.ann, '/rooms');
  const hidden = encodeURIComponent(HTML);
  for (const path of [
    `/?${hidden}#${hidden}`,
    `/rooms?query=${hidden}`,
    `/rooms/${hidden}`,
    `/login?next=${hidden}`,
    `/register?next=${encodeURIComponent(`/rooms/${HTML}`)}#invitation=${hidden}`,
    `/password-reset#${hidden}`,
    `/account#${hidden}`,
    `/${hidden}`,
    `/docs/${hidden}`,
    `/docs/http/try?${hidden}#/${hidden}`,
  ]) {
    await page.goto(path);
    if (path.includes('/try')) {
      await page.getByRole('button', { name: 'Load the console' }).click();
      await page.locator('.opblock').first().waitFor();
    }
    await nothingRan(page);
  }
  const nobody = await site.visitors.visit();
  for (const path of [
    `/register?next=${encodeURIComponent(`/rooms/${HTML}`)}#invitation=${hidden}`,
    `/login?next=${hidden}`,
    `/password-reset#${hidden}`,
  ]) {
    await nobody.goto(path);
    await nothingRan(nobody);
  }
});
