// Reactions on the page: from the menu, the picker and a chip; live on every page; by mouse, keyboard and touch.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { isEmoji } from '@parlance/specs/emoji.ts';
import type { Page } from 'playwright-core';
import { EMOJI_GROUPS } from '../app/browser/emoji_list.ts';
import { sqlFor } from './fixture.ts';
import {
  act,
  chromiumIsMissing,
  enterNewRoom,
  lastMessage,
  live,
  roomPath,
  say,
  shown,
  siteWithVisitors,
} from './pages_fixture.ts';

const skip = chromiumIsMissing;
const site = siteWithVisitors({ MESSAGES_PER_10S: '10000' });

const chip = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const picker = (page: Page) => page.getByRole('dialog', { name: 'React', exact: true });

test('every emoji of the list is valid in the contract and unique', () => {
  const all = Object.values(EMOJI_GROUPS).flatMap((group) => group.split(' '));
  assert.deepEqual(
    all.filter((emoji) => !isEmoji(emoji)),
    [],
  );
  assert.equal(new Set(all).size, all.length);
  assert.ok(all.length >= 60 && all.length <= 100, `${all.length}`);
});

test('a reaction appears on every page with names, a click toggles it, and it disappears with the last user', {
  skip,
}, async () => {
  const { page: a, room } = await enterNewRoom(site.visitors, site.ann);
  const b = await site.visitors.enter(site.bob, roomPath(room.name));
  const [ann, bob] = [site.ann.username, site.bob.username];
  await live(b);
  await say(a, 'react to this');
  await lastMessage(b, 'react to this');
  await lastMessage(a, 'react to this');
  await act(a, 'react to this', '👍');
  const alone = chip(a, `👍 1 reaction: ${ann}. You reacted`);
  await alone.waitFor();
  assert.equal(await alone.getAttribute('aria-pressed'), 'true');
  assert.equal(await alone.textContent(), '👍 1');
  assert.equal(await alone.getAttribute('title'), ann);
  const hers = chip(b, `👍 1 reaction: ${ann}.`);
  assert.equal(await hers.getAttribute('aria-pressed'), 'false');
  await b.locator('[data-announcer]', { hasText: 'react to this' }).waitFor({ state: 'attached' });
  await hers.click();
  const both = chip(b, `👍 2 reactions: ${ann}, ${bob}. You reacted`);
  await both.waitFor();
  assert.ok(await both.evaluate((button) => button === document.activeElement), 'the chip keeps the focus');
  await chip(a, `👍 2 reactions: ${ann}, ${bob}. You reacted`).waitFor();
  assert.doesNotMatch(
    (await a.locator('[data-announcer]').textContent())!,
    new RegExp(bob),
    'reactions of others are not announced',
  );
  await both.click();
  await chip(b, `👍 1 reaction: ${ann}.`).waitFor();
  await alone.click();
  await b.locator('.chip').waitFor({ state: 'detached' });
  await a.locator('.chip').waitFor({ state: 'detached' });
  const focused = a.locator('.message:focus');
  await focused.waitFor({ timeout: 5_000 });
  assert.deepEqual(await shown(a), await shown(b));
});

test('a chip ignores clicks while its request is pending', { skip }, async () => {
  const { page } = await enterNewRoom(site.visitors, site.ann);
  await say(page, 'react to this');
  await lastMessage(page, 'react to this');
  await act(page, 'react to this', '🎉');
  await page.locator('.chip[aria-pressed=true]').waitFor();
  let requests = 0;
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/reactions/*', async (route) => {
    requests++;
    await held;
    await route.continue();
  });
  await page.locator('.chip').click();
  for (let times = 0; times < 2; times++) await page.locator('.chip[aria-disabled=true]').click({ force: true });
  release();
  await page.locator('.chip').waitFor({ state: 'detached' });
  assert.equal(requests, 1);
});

test('the picker offers a list with arrow keys and accepts any typed emoji, but no other text', {
  skip,
}, async () => {
  const { page } = await enterNewRoom(site.visitors, site.ann);
  await say(page, 'react to this');
  await lastMessage(page, 'react to this');
  const focused = () => page.evaluate(() => document.activeElement!.ariaLabel ?? document.activeElement!.textContent);
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
    return await focused();
  };
  await act(page, 'react to this', 'React with another emoji');
  await picker(page).waitFor();
  assert.equal(await focused(), '😀');
  await press('Escape');
  await picker(page).waitFor({ state: 'hidden' });
  assert.equal(await focused(), 'Actions', 'the focus returns to the menu button');
  await act(page, 'react to this', 'React with another emoji');
  assert.equal(await press('ArrowRight', 'ArrowRight'), '😁');
  const below = await press('ArrowDown');
  assert.ok(EMOJI_GROUPS.Faces!.split(' ').indexOf(below!) > 4, `${below} is in another row`);
  assert.equal(await press('ArrowUp'), '😁');
  await press('Enter');
  await page.locator('.chip', { hasText: '😁 1' }).waitFor();

  await act(page, 'react to this', 'React with another emoji');
  const field = page.getByLabel('Any emoji');
  for (const text of ['', 'x', '👍👍', ':)', '1']) {
    await field.fill(text);
    await field.press('Enter');
    await picker(page).getByRole('alert').getByText('Enter exactly one emoji.').waitFor();
  }
  await field.fill('👩🏽‍🚀');
  await field.press('Enter');
  await page.locator('.chip', { hasText: '👩🏽‍🚀 1' }).waitFor();
  await act(page, 'react to this', 'React with another emoji');
  await field.fill('❤');
  await field.press('Enter');
  await page.locator('.chip', { hasText: '❤️ 1' }).waitFor();
});

test('a refused reaction shows the error at the message: too many different emoji, or a deleted message', {
  skip,
}, async () => {
  const { page, room } = await enterNewRoom(site.visitors, site.ann);
  const at = `/api${roomPath(room.name)}/messages`;
  const { body } = await site.bob.call('POST', at, { id: randomUUID(), content: 'popular' });
  const emoji = EMOJI_GROUPS.Nature!.split(' ')
    .concat(EMOJI_GROUPS.Things!.split(' '))
    .filter((one) => one !== '🎉');
  for (const one of emoji.slice(0, 20)) {
    const answer = await site.bob.call('PUT', `${at}/${body.id}/reactions/${encodeURIComponent(one)}`);
    assert.equal(answer.status, 204);
  }
  await page.locator('.chip').nth(19).waitFor();
  await act(page, 'popular', '🎉');
  const alert = page.locator('.message', { hasText: 'popular' }).getByRole('alert');
  await alert.getByText(/different/).waitFor();
  await page.locator('.chip').first().click();
  await page.locator('.chip[aria-pressed=true]').waitFor();
  assert.equal(await alert.count(), 0);
  await page.route('**/reactions/*', async (route) => {
    await site.bob.call('DELETE', `${at}/${body.id}`);
    await route.continue();
  });
  await page.locator('.chip').nth(1).click();
  await page
    .locator('.message')
    .getByRole('alert')
    .getByText(/deleted/)
    .waitFor();
});

test('a user can react by touch on a phone, and the picker fits the screen', { skip }, async () => {
  const room = await site.ann.createRoom();
  const page = await site.visitors.enter(site.ann, roomPath(room.name), {
    viewport: { width: 360, height: 640 },
    hasTouch: true,
    isMobile: true,
  });
  await live(page);
  await site.bob.call('POST', `/api${roomPath(room.name)}/messages`, { id: randomUUID(), content: 'touch this' });
  await lastMessage(page, 'touch this');
  await page.getByRole('button', { name: 'Actions', exact: true }).tap();
  await page.getByRole('button', { name: 'React with another emoji' }).tap();
  await picker(page).waitFor();
  const box = await picker(page).boundingBox();
  assert.ok(
    box!.x >= 0 && box!.x + box!.width <= 360 && box!.y >= 0 && box!.y + box!.height <= 640,
    JSON.stringify(box),
  );
  await picker(page).getByRole('button', { name: '🔥' }).tap();
  await page.locator('.chip', { hasText: '🔥 1' }).tap();
  await page.locator('.chip').waitFor({ state: 'detached' });
});

test('a user beyond the named users of a reaction can add and remove it, also after a reload', {
  skip,
}, async (t) => {
  const { page, room } = await enterNewRoom(site.visitors, site.ann);
  await say(page, 'popular');
  await lastMessage(page, 'popular');
  const { body } = await site.ann.call('GET', `/api${roomPath(room.name)}/messages`);
  const sql = await sqlFor(t, site.stack.databaseUrl);
  await sql.query(
    `insert into reactions (room_id, message_id, emoji, username, seq, since, named)
      select $1, $2, '👍', 'fan-' || k, 1, 1, true from generate_series(1, 50) k`,
    [room.id, body.messages[0].id],
  );
  await act(page, 'popular', '👍');
  const chips = (count: number, pressed: boolean) =>
    page.locator(`.chip[aria-pressed=${pressed}]`, { hasText: `👍 ${count}` });
  const isTaken = () => page.locator('[data-announcer]', { hasText: 'You removed' }).waitFor({ state: 'attached' });
  await page.reload();
  await live(page);
  await chips(51, false).click();
  await chips(51, true).click();
  await isTaken();
  await chips(50, false).click();
  await chips(51, true).waitFor();
});
