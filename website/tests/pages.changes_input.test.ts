// Editing and deleting messages with the keyboard alone, and by touch on a phone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editor, post } from './pages_changes_fixture.ts';
import {
  chromiumIsMissing,
  enterNewRoom,
  lastMessage,
  live,
  roomPath,
  say,
  siteWithVisitors,
} from './pages_fixture.ts';

const skip = chromiumIsMissing;
const site = siteWithVisitors({ MESSAGES_PER_10S: '10000' });

test('a user can edit, react and delete with the keyboard alone', { skip }, async () => {
  const { page } = await enterNewRoom(site.visitors, site.ann);
  await say(page, 'by keyboard');
  await lastMessage(page, 'by keyboard');
  const focused = () =>
    page.evaluate(() => document.activeElement?.ariaLabel ?? document.activeElement?.textContent?.trim());
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
    return await focused();
  };
  await press('Shift+Tab');
  assert.equal(await press('Tab'), 'Actions');
  await press('Enter');
  await page.getByRole('dialog', { name: 'Actions' }).waitFor(); // its code is fetched when it is first used
  assert.equal(await focused(), '👍');
  assert.equal(await press('Escape'), 'Actions', 'the focus returns to the menu button');
  assert.equal(await press('Enter', 'ArrowRight', 'ArrowDown'), 'Edit');
  await press('Enter');
  await page.keyboard.type('edited ');
  await press('Enter');
  await lastMessage(page, 'by keyboardedited');
  assert.equal(await focused(), 'Actions');
  await press('Enter', 'ArrowRight', 'Enter');
  await page.getByRole('button', { name: '❤️ 1 reaction' }).waitFor();
  assert.equal(await press('Enter', 'ArrowDown', 'ArrowDown'), 'Delete');
  assert.equal(await press('Enter'), 'Keep it');
  assert.equal(await press('Shift+Tab'), 'Delete message');
  await press('Enter');
  await page.locator('.tombstone').waitFor();
});

test('a user can edit and delete by touch on a phone, and Enter inserts a new line in the editor', {
  skip,
}, async () => {
  const room = await site.ann.createRoom();
  await post(site.ann, room.name, 'by touch');
  const page = await site.visitors.enter(site.ann, roomPath(room.name), {
    viewport: { width: 360, height: 640 },
    hasTouch: true,
    isMobile: true,
  });
  await live(page);
  const actions = page.getByRole('button', { name: 'Actions', exact: true });
  assert.equal(
    await actions.evaluate((button) => getComputedStyle(button).opacity),
    '1',
    'the menu button is visible without hover',
  );
  await actions.tap();
  await page.getByRole('button', { name: 'Edit', exact: true }).tap();
  await editor(page).press('End');
  await editor(page).press('Enter');
  await editor(page).pressSequentially('two lines');
  await page.getByRole('button', { name: 'Save' }).tap();
  await lastMessage(page, 'by touch\ntwo lines');
  await actions.tap();
  const menu = await page.getByRole('dialog', { name: 'Actions' }).boundingBox();
  assert.ok(menu!.x >= 0 && menu!.x + menu!.width <= 360 && menu!.y + menu!.height <= 640, JSON.stringify(menu));
  await page.getByRole('button', { name: 'Delete', exact: true }).tap();
  await page.getByRole('button', { name: 'Delete message' }).tap();
  await page.locator('.tombstone').waitFor();
});
