// Code of the room page that is loaded on its first use: the first use waits for it, and a failure is explained.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { composer, editor, message, together } from './pages_changes_fixture.ts';
import { act, chromiumIsMissing, lastMessage, say, siteWithVisitors } from './pages_fixture.ts';

const skip = chromiumIsMissing;
const ACTIONS = '**/assets/message_actions-*.js';
const BANS = '**/assets/bans-*.js';
const RELOAD = 'Something went wrong on this page. Reload it and try again.';
const site = siteWithVisitors();

test('the first press of the menu button waits for the code and opens the menu once, with all entries', {
  skip,
}, async () => {
  const { a, b } = await together(site);
  await say(b, 'line\n'.repeat(40).trim());
  await say(b, 'tea?');
  await lastMessage(a, 'tea?');
  const asked = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  await a.route(ACTIONS, async (route) => {
    asked.resolve();
    await arrived.promise;
    await route.continue();
  });
  // A button that needs none of the code does not wait.
  await a.getByRole('button', { name: 'Show more' }).click();
  await a.getByRole('button', { name: 'Show less' }).click();
  const button = message(a, 'tea?').locator('.more');
  await message(a, 'tea?').hover();
  await button.click();
  await asked.promise;
  await button.click(); // only the first press counts
  assert.equal(await a.locator('#menu').isVisible(), false);
  arrived.resolve();
  await a.locator('#menu').waitFor();
  const entries = a.locator('#menu [data-entry]:visible');
  assert.deepEqual((await entries.allInnerTexts()).slice(6), ['+', 'Delete', 'Ban from this room']);
  await a.keyboard.press('Escape');
  await act(a, 'tea?', '👍');
  await message(b, 'tea?').locator('.chip').waitFor();
});

test('a failure to load code is explained where the user pressed, and the page keeps working', { skip }, async () => {
  const { a, b } = await together(site);
  await say(a, 'mine');
  await say(b, 'spam');
  await lastMessage(a, 'spam');
  await a.route(ACTIONS, (route) => route.fulfill({ status: 404 }));
  await composer(a).press('ArrowUp');
  await message(a, 'mine').getByText(RELOAD).waitFor();
  await message(a, 'spam').hover();
  await message(a, 'spam').locator('.more').click();
  await message(a, 'spam').getByText(RELOAD).waitFor();
  await say(a, 'still here');
  await lastMessage(b, 'still here');

  await a.reload();
  await a.unroute(ACTIONS);
  await a.route(BANS, (route) => route.fulfill({ status: 404 }));
  await lastMessage(a, 'still here');
  await act(a, 'spam', 'Ban from this room');
  await message(a, 'spam').getByText(RELOAD).waitFor();
  await a.locator('[data-bans] summary').click();
  await a.locator('[data-bans-status]').getByText(RELOAD).waitFor();
  await composer(a).press('ArrowUp');
  assert.equal(await editor(a).inputValue(), 'still here');
});
