// The documentation in a real Chromium: accessibility, narrow screens, reading without scripts, and the API console,
// which sends real requests.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import contract from '@parlance/specs/openapi.json' with { type: 'json' };
import type { Page } from 'playwright-core';
import { call } from '../../tests/people.ts';
import { PAGES } from '../app/docs/pages.ts';
import { chromiumIsMissing, clipboardOf, siteWithVisitors } from './pages_fixture.ts';

const skip = chromiumIsMissing;
const TRY = '/docs/http/try';
const DESK = { width: 1200, height: 800 };
const PHONE = { width: 360, height: 740 };
const site = siteWithVisitors();

/** Runs all axe rules in light mode on a wide screen, then in dark mode on a phone the rules that can differ there. */
async function isReadable(page: Page, what: string): Promise<void> {
  const said: string[] = [];
  // Only violations: a reference page has thousands of passes.
  const axe = () => new AxeBuilder({ page }).options({ resultTypes: ['violations'] });
  const look = async (builder: AxeBuilder) => {
    const { violations, passes } = await builder.analyze();
    assert.ok(passes.length > 0, 'axe ran');
    said.push(...violations.map(({ id, nodes }) => `${what}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`));
    const [wanted, there] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth] as const);
    if (wanted > there) said.push(`${what} is ${wanted} px wide on ${there} px`);
  };
  await look(axe());
  await page.setViewportSize(PHONE);
  await page.emulateMedia({ colorScheme: 'dark' });
  await look(
    new AxeBuilder({ page }).withRules(['color-contrast', 'scrollable-region-focusable', 'empty-table-header']),
  );
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(DESK);
  assert.deepEqual(said, []);
}

/** Opens the page of the console and loads the console. */
async function goToForms(page: Page, path = TRY): Promise<void> {
  await page.goto(path);
  await askForForms(page);
}

async function askForForms(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Load the console' }).click();
  await page.locator('.opblock').first().waitFor();
}

/** Opens the form of an operation, ready to be filled in. */
async function openForm(page: Page, tag: string, operation: string) {
  const form = page.locator(`#operations-${tag}-${operation}`);
  await form.locator('.opblock-summary-control').click();
  await form.getByRole('button', { name: 'Try it out' }).click();
  const send = async () => {
    await form.getByRole('button', { name: 'Execute' }).click();
    const answer = form.locator('.live-responses-table .response');
    await answer.waitFor();
    const status = await answer.locator('.response-col_status').innerText();
    return { status: Number(status.split('\n')[0]), text: await answer.innerText() };
  };
  return { form, send };
}

/** Every page but those of operations, objects and frames, which have a template each: of these a few. */
const OF_TEMPLATES = [
  '/docs/http/sendMessage',
  '/docs/http/logOut',
  '/docs/http/objects/Message',
  '/docs/socket/message.created',
  '/docs/socket/error',
];
const LOOKED_AT = PAGES.filter(({ path, data }) => !data || OF_TEMPLATES.includes(path)).map(({ path }) => path);

// Each page is a subtest with its own time limit: axe is slow on a reference page.
const EVERY_PAGE = { skip, timeout: 900_000 };
test('no page violates an axe rule, is wider than a phone screen or logs to the console', EVERY_PAGE, async (t) => {
  const page = await site.visitors.visit({ colorScheme: 'light', viewport: DESK });
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  for (const path of LOOKED_AT) {
    await t.test(path, async () => {
      await page.goto(path);
      await isReadable(page, path);
      if (path !== TRY) return;
      await askForForms(page);
      await isReadable(page, `${path} with the console`);
    });
  }
  assert.deepEqual(complaints, []);
});

/** A page that is taller is not read to its end. In CSS pixels. */
const TALLEST = 20_000;

test('no page is taller than 20,000 px or wider than its screen, on a phone and on a desk', {
  skip,
  timeout: 300_000,
}, async () => {
  const page = await site.visitors.visit({ javaScriptEnabled: false });
  const faults: string[] = [];
  for (const viewport of [PHONE, DESK]) {
    await page.setViewportSize(viewport);
    for (const { path } of PAGES) {
      await page.goto(path);
      const [height, width] = await page.evaluate(
        () => [document.body.scrollHeight, document.body.scrollWidth] as const,
      );
      if (height > TALLEST || width > viewport.width) faults.push(`${path}: ${width} × ${height} px`);
    }
  }
  assert.deepEqual(faults, []);
});

test('the console is fetched only on request, also by keyboard, and can be loaded again after a failure', {
  skip,
}, async () => {
  const page = await site.visitors.visit();
  const weight: number[] = [];
  const heavy: string[] = [];
  page.on('response', async (answer) => {
    weight.push(Number(answer.headers()['content-length']));
    if (/swagger|openapi/.test(answer.url())) heavy.push(new URL(answer.url()).pathname);
  });
  await page.goto(TRY, { waitUntil: 'networkidle' });
  assert.deepEqual(heavy, []);
  const bytes = weight.reduce((sum, one) => sum + one, 0);
  assert.ok(weight.length >= 4 && bytes < 20_000, `${weight.length} answers have ${bytes} bytes`);

  const button = page.getByRole('button', { name: 'Load the console' });
  await page.route('**/swagger-ui-bundle-*', (route) => route.abort());
  await button.focus();
  await page.keyboard.press('Enter');
  await page.getByText('The console did not load.').waitFor();
  await page.unroute('**/swagger-ui-bundle-*');
  assert.ok(await button.evaluate((one) => one === document.activeElement));
  await page.keyboard.press('Enter');
  await page.locator('.opblock').first().waitFor();
  assert.equal(await button.isVisible(), false);
  await page.keyboard.press('Tab');
  assert.ok(await page.locator('#swagger').evaluate((one) => one.contains(document.activeElement)));
  assert.equal(await page.locator('link[href*="swagger-ui"], script[src*="swagger-ui"]').count(), 2);
});

test('the console is accessible while a form, an answer or the token dialog is open', { skip }, async () => {
  const page = await site.visitors.visit({ colorScheme: 'light', viewport: DESK });
  await goToForms(page);
  const { send } = await openForm(page, 'rooms', 'createRoom');
  await isReadable(page, 'a form');
  assert.equal((await send()).status, 401);
  await isReadable(page, 'an answer');
  await page.getByRole('button', { name: 'Authorize' }).click();
  await page.locator('.modal-ux').waitFor();
  await isReadable(page, 'the token dialog');
});

test('the console has every operation of the contract and sends a bearer token', { skip }, async () => {
  const page = await site.visitors.visit();
  await goToForms(page);
  const operations = Object.values(contract.paths).flatMap((item) => Object.keys(item));
  assert.equal(await page.locator('.opblock').count(), operations.length);

  await page.getByRole('button', { name: 'Authorize' }).click();
  const bearer = page.locator('.auth-container', { hasText: 'bearer' });
  await bearer.locator('input').fill(site.ann.token);
  await bearer.getByRole('button', { name: 'Apply credentials' }).click();
  await page.getByRole('button', { name: 'Close' }).first().click();

  const { form, send } = await openForm(page, 'rooms', 'createRoom');
  await form.getByLabel('Request body').fill(JSON.stringify({ name: 'Opened by hand' }));
  const { status, text } = await send();
  assert.equal(status, 201, text);
  assert.equal((await site.ann.call('GET', '/api/rooms/Opened%20by%20hand')).body.owner, site.ann.username);
});

test('the console sends the cookie of the session that it started', { skip }, async () => {
  const page = await site.visitors.visit();
  await goToForms(page);
  const login = await openForm(page, 'accounts', 'logIn');
  await login.form
    .getByLabel('Request body')
    .fill(JSON.stringify({ email: site.ann.email, password: 'a long enough password' }));
  assert.equal((await login.send()).status, 200);
  const session = await openForm(page, 'accounts', 'getSession');
  const { status, text } = await session.send();
  assert.equal(status, 200);
  assert.ok(text.includes(site.ann.email));
});

test('without scripts both references are complete, and the console page links to the contract', { skip }, async () => {
  const page = await site.visitors.visit({ javaScriptEnabled: false });
  const read = async (path: string) => {
    await page.goto(path);
    return page.locator('main').innerText();
  };
  const index = await read('/docs/http');
  for (const item of Object.values(contract.paths)) {
    for (const { operationId, description } of Object.values(item)) {
      assert.ok(index.includes(operationId), operationId);
      const operation = await read(`/docs/http/${operationId}`);
      assert.ok(operation.includes(description.replaceAll('`', '')), description);
    }
  }
  assert.match(await read('/docs/socket'), /presence\.changed[\s\S]*4500|4500[\s\S]*presence\.changed/);
  assert.match(await read('/docs/socket/room.joined'), /memberCount/);
  assert.match(await read('/docs/socket/error'), /retryAfterMs/);
  await page.goto(TRY);
  await page.locator('noscript a[href="/docs/openapi.json"]').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Load the console' }).count(), 0);
});

test('the search finds operations, sections and codes, loads its index when focused, and is absent without scripts', {
  skip,
}, async () => {
  const page = await site.visitors.visit({ colorScheme: 'light', viewport: DESK });
  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
  await page.goto('/docs', { waitUntil: 'networkidle' });
  assert.ok(!loaded.includes('/docs/search.json'));
  const field = page.getByRole('searchbox', { name: 'Search the docs' });
  const results = page.locator('.docs-search li a');
  for (const [text, path] of [
    ['sendmessage', '/docs/http/sendMessage'],
    ['room.joined', '/docs/socket/room.joined'],
    ['retry saf', '/docs/edit#retry-safely'],
    ['rate_limited', '/docs/problems#rate_limited'],
    ['4503', '/docs/close-codes#4503'],
    ['contentMax', '/docs/limits#contentMax'],
  ] as const) {
    await field.fill(text);
    await page.locator(`.docs-search a[href="${path}"]`).first().waitFor();
    assert.equal(await results.first().getAttribute('href'), path, text);
  }
  assert.equal(loaded.filter((path) => path === '/docs/search.json').length, 1);
  await isReadable(page, 'the results');
  await field.fill('xyzzy');
  await page.getByText('0 found').waitFor({ state: 'attached' });
  assert.equal(await results.count(), 0);
  await field.fill('sendmessage');
  await results.first().click();
  await page.waitForURL('**/docs/http/sendMessage');
  const plain = await site.visitors.visit({ javaScriptEnabled: false });
  await plain.goto('/docs');
  assert.equal(await plain.getByRole('searchbox').count(), 0);
  assert.equal(await plain.getByRole('button', { name: 'Copy' }).count(), 0);
});

test('a copy button copies its block', { skip }, async () => {
  const page = await site.visitors.visit();
  await page.goto('/docs/http/logOut');
  const block = page.locator('.code', { hasText: 'curl' }).first();
  await block.getByRole('button', { name: 'Copy' }).click();
  await block.getByRole('button', { name: 'Copied' }).waitFor();
  assert.equal(await clipboardOf(page), await block.locator('code').textContent());
});

test('a link in the reference opens the form of its operation', { skip }, async () => {
  const page = await site.visitors.visit();
  await page.goto('/docs/http/deleteRoom');
  await page.locator('a[href="/docs/http/try#/rooms/deleteRoom"]').click();
  await askForForms(page);
  await page.locator('#operations-rooms-deleteRoom').getByRole('button', { name: 'Try it out' }).waitFor();
});

test('the type URL of a problem opens the page at the row of its code', { skip }, async () => {
  const page = await site.visitors.visit();
  const { body } = await call(site.stack.url, 'GET', '/api/session');
  await page.goto(body.type);
  assert.ok(await page.locator(':target').evaluate((found) => found.getBoundingClientRect().top < innerHeight));
  assert.match(await page.locator('tr:has(:target)').innerText(), /not_authenticated[\s\S]*401/);
});
