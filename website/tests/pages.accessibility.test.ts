// Accessibility of every page, light and dark, wide and narrow: axe rules, horizontal overflow, and use by keyboard.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { PASSWORD } from '../../tests/people.ts';
import { act, chromiumIsMissing, lastMessage, live, roomPath, say, siteWithVisitors } from './pages_fixture.ts';

const skip = chromiumIsMissing;
let room: { name: string };
let emptyRoom: { name: string };
let changedRoom: { name: string };
const site = siteWithVisitors({}, async ({ ann, bob }) => {
  room = await ann.createRoom('茶室');
  emptyRoom = await ann.createRoom();
  changedRoom = await ann.createRoom();
  const at = `/api${roomPath(changedRoom.name)}/messages`;
  for (const [who, content] of [
    [bob, 'deleted'],
    [bob, 'edited'],
    [ann, 'hers'],
  ] as const) {
    const path = `${at}/${(await who.call('POST', at, { id: randomUUID(), content })).body.id}`;
    if (content === 'deleted') await ann.call('DELETE', path);
    if (content === 'edited') await bob.call('PATCH', path, { content: 'edited too' });
    if (content !== 'deleted') await bob.call('PUT', `${path}/reactions/${encodeURIComponent('👍')}`);
    if (content === 'hers') await ann.call('PUT', `${path}/reactions/${encodeURIComponent('🎉')}`);
  }
  for (const content of ['See https://example.org', 'W'.repeat(300), 'long '.repeat(600)]) {
    await bob.call('POST', `/api${roomPath(room.name)}/messages`, { id: randomUUID(), content });
  }
});

/** Runs all axe rules in the page's colour scheme and the contrast rule in the other one, and checks the width. */
async function isAccessible(page: Page, what: string, scheme: 'light' | 'dark'): Promise<void> {
  const { violations, passes } = await new AxeBuilder({ page }).analyze();
  assert.ok(passes.length > 10, 'axe ran');
  await page.emulateMedia({ colorScheme: scheme === 'light' ? 'dark' : 'light' });
  violations.push(...(await new AxeBuilder({ page }).withRules('color-contrast').analyze()).violations);
  await page.emulateMedia({ colorScheme: scheme });
  assert.deepEqual(
    violations.map(({ id, nodes }) => `${what}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`),
    [],
  );
  const [wanted, there] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth] as const);
  assert.ok(wanted <= there, `${what} is ${wanted} px wide on ${there} px`);
}

for (const [scheme, width] of [
  ['light', 1200],
  ['dark', 320],
] as const) {
  test(`axe finds no violation on any page, ${width} px wide, in either colour scheme`, { skip }, async () => {
    const page = await site.visitors.visit({ colorScheme: scheme, viewport: { width, height: 640 }, bypassCSP: true });
    const check = (what: string) => isAccessible(page, what, scheme);
    await page.goto('/');
    await check('index');
    await page.goto('/register');
    await page.getByRole('button', { name: 'Create account' }).click();
    await check('register');
    await page.goto('/login?next=/rooms');
    await page.getByLabel('Email').fill(site.ann.email);
    await page.getByLabel('Password', { exact: true }).fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('email address or the password is wrong').waitFor();
    await check('login');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.locator('.room-item').first().waitFor();
    await check('rooms');
    await page.getByRole('button', { name: `Delete ${room.name}` }).click();
    await check('the dialog before deleting');
    await page.goto('/account');
    await page.getByText('this session').waitFor();
    await page.getByRole('button', { name: 'Change password' }).click();
    await check('account');
    await page.getByLabel('Password', { exact: true }).fill('wrong');
    await page.getByRole('button', { name: 'Delete account…' }).click();
    await page.getByRole('button', { name: 'Delete account', exact: true }).click();
    await page.getByText('not the one of this account').waitFor();
    await check('the dialog before deleting the account');
    for (const hash of ['', `#${'A'.repeat(43)}`]) {
      await page.goto('/login');
      await page.goto(`/password-reset${hash}`);
      await page.getByRole('heading', { name: 'Set a new password' }).waitFor();
      await check(`a new password ${hash}`);
    }
    await page.goto(roomPath(room.name));
    await live(page);
    await check('room');
    if (width < 768) {
      await page.getByRole('button', { name: 'People here' }).click();
      await check('people');
    }
    await page.getByText('Banned from this room').click();
    await page.getByText('Nobody is banned').waitFor();
    await check('bans');
    if (width < 768) await page.keyboard.press('Escape');
    const words = 'See https://example.org';
    await act(page, words, 'Ban from this room');
    await check('the dialog before a ban');
    await page.keyboard.press('Escape');
    await page.route('**/tokens', (route) => route.abort());
    await page.reload();
    await page.getByText('Connection lost.').waitFor();
    await say(page, 'unsent');
    await page.getByText('Not sent yet…').waitFor();
    await check('room without a connection');
    await page.unroute('**/tokens');
    await page.goto(roomPath(emptyRoom.name));
    await page.getByRole('button', { name: 'Copy link' }).waitFor();
    await check('empty room');
    await page.goto(roomPath('nowhere'));
    await check('no such room');
  });
}

for (const [scheme, width] of [
  ['light', 1200],
  ['dark', 320],
] as const) {
  test(`axe finds no violation in message changes, ${width} px wide, in both colour schemes`, { skip }, async () => {
    const page = await site.visitors.enter(site.ann, roomPath(changedRoom.name), {
      colorScheme: scheme,
      viewport: { width, height: 640 },
      bypassCSP: true,
    });
    const check = (what: string) => isAccessible(page, what, scheme);
    await live(page);
    await lastMessage(page, 'hers');
    await page.locator('.tombstone').waitFor();
    await check('tombstone, edited message and reactions');
    await page.getByLabel('Message', { exact: true }).press('ArrowUp');
    await page.getByLabel('Edit the message').fill('draft');
    await check('editor');
    await page.keyboard.press('Escape');
    const item = page.locator('.message', { hasText: 'hers' });
    await item.getByRole('button', { name: 'Actions', exact: true }).click();
    await page.getByRole('dialog', { name: 'Actions' }).waitFor();
    await check('menu');
    await page.keyboard.press('Escape');
    await act(page, 'hers', 'React with another emoji');
    await page.getByRole('dialog', { name: 'React', exact: true }).waitFor();
    await check('picker');
    await page.keyboard.press('Escape');
    await act(page, 'hers', 'Delete');
    await page.getByRole('dialog', { name: 'Delete this message?' }).waitFor();
    await check('the dialog before deleting a message');
  });
}

test('a user can log in, open a room, send, read older messages and log out with the keyboard alone', {
  skip,
}, async () => {
  const page = await site.visitors.visit({ viewport: { width: 360, height: 640 } });
  const focused = () =>
    page.evaluate(() => document.activeElement?.ariaLabel ?? document.activeElement?.textContent?.trim());
  const tabTo = async (name: string) => {
    for (let presses = 0; presses < 20; presses++) {
      await page.keyboard.press('Tab');
      if ((await focused())?.startsWith(name)) return;
    }
    assert.fail(`no way to ${name} by Tab`);
  };
  await page.goto('/rooms');
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Skip to the content');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.type(site.ann.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.locator('.room-item').first().waitFor();
  await tabTo(room.name);
  await page.keyboard.press('Enter');
  await live(page);
  await page.getByLabel('Message', { exact: true }).focus();
  await page.keyboard.type('by keyboard');
  await page.keyboard.press('Enter');
  await lastMessage(page, 'by keyboard');
  await page.keyboard.press('Shift+Tab');
  assert.match((await focused())!, /by keyboard$/, 'the newest message');
  await page.keyboard.press('Home');
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'https://example.org', 'a link within a message');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Here now' }).waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await page.getByRole('heading', { name: 'Here now' }).isVisible(), false);
  await page.keyboard.press('Enter');
  await tabTo('Log out');
  await page.keyboard.press('Enter');
  await page.waitForURL('/');
});
