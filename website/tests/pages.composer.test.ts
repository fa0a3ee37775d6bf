// The composer keeps text typed while the page loads, and the draft from before.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { chromiumIsMissing, enterNewRoom, lastMessage, live, siteWithVisitors } from './pages_fixture.ts';

const skip = chromiumIsMissing;
const site = siteWithVisitors();

const field = (page: Page) => page.getByLabel('Message', { exact: true });

/** Reloads the page, and runs its script only after `meanwhile`. */
async function reloadSlowly(page: Page, meanwhile: () => Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route('**/assets/room-*.js', async (route) => {
    await promise;
    await route.continue();
  });
  await page.reload({ waitUntil: 'commit' });
  await field(page).waitFor();
  await meanwhile();
  assert.ok(await page.getByRole('button', { name: 'Send' }).isDisabled(), 'the script has not run');
  resolve();
  await live(page);
  await page.unroute('**/assets/room-*.js');
}

test('text typed before the script runs is kept and can be sent', { skip }, async () => {
  const { page } = await enterNewRoom(site.visitors, site.ann);
  await reloadSlowly(page, async () => {
    await field(page).focus();
    await page.keyboard.type('too eager');
  });
  assert.equal(await field(page).inputValue(), 'too eager');
  await page.keyboard.type('!');
  await page.keyboard.press('Enter');
  await lastMessage(page, 'too eager!');
});

test('text typed before the script runs is appended to the draft, and the next reload restores both', {
  skip,
}, async () => {
  const { page } = await enterNewRoom(site.visitors, site.ann);
  await field(page).fill('the draft');
  await reloadSlowly(page, () => field(page).pressSequentially('typed'));
  assert.equal(await field(page).inputValue(), 'the draft\ntyped');
  await reloadSlowly(page, () => field(page).fill('the draft\ntyped'));
  assert.equal(await field(page).inputValue(), 'the draft\ntyped', 'a field that the browser restored is kept');
});
