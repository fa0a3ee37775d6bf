// Display and copying of single messages: long ones collapse, long usernames wrap, avatars are not copied.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { person } from '../../tests/people.ts';
import {
  chromiumIsMissing,
  clipboardOf,
  enterNewRoom,
  fill,
  lastMessage,
  live,
  messages,
  numbered,
  roomPath,
  say,
  siteWithVisitors,
} from './pages_fixture.ts';

const skip = chromiumIsMissing;
const site = siteWithVisitors({ MESSAGES_PER_10S: '10000' });

const heightOf = (page: Page, selector: string) =>
  page.locator(selector).evaluate((element) => element.getBoundingClientRect().height);
const fromEnd = (page: Page) =>
  page.locator('[data-timeline]').evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);

test('a very long message is collapsed behind a button, and expands without moving', { skip }, async () => {
  const { page } = await enterNewRoom(site.visitors, site.ann);
  for (const text of numbered(30)) await say(page, text);
  for (const text of ['line\n'.repeat(200).trim(), 'many words '.repeat(363).trim()]) {
    await say(page, text);
    await lastMessage(page, text);
    const last = '[data-messages] .message:last-child';
    const item = page.locator(last);
    const top = () => item.evaluate((element) => element.getBoundingClientRect().top);
    const more = item.getByRole('button', { name: 'Show more' });
    assert.equal(await more.getAttribute('aria-expanded'), 'false');
    const low = await heightOf(page, last);
    assert.ok(low < 500 && low > 200, `${low} px`);
    assert.ok((await fromEnd(page)) < 2);
    const before = await top();
    await more.click();
    const less = item.getByRole('button', { name: 'Show less' });
    assert.equal(await less.getAttribute('aria-expanded'), 'true');
    assert.ok((await heightOf(page, last)) > low + 200);
    const after = await top();
    assert.ok(Math.abs(after - before) <= 1, `its top does not move: ${before}, then ${after} px`);
    await less.click();
    assert.equal(await heightOf(page, last), low);
    await page.waitForFunction(
      (button) => {
        const { top, bottom } = button!.getBoundingClientRect();
        return top > 0 && bottom < innerHeight;
      },
      await more.elementHandle(),
    );
  }
  await say(page, 'ten lines\n'.repeat(10).trim());
  await lastMessage(page, 'ten lines\n'.repeat(10).trim());
  assert.equal(await page.getByRole('button', { name: 'Show more' }).count(), 2, 'ten lines are not long');
});

test('a collapsed message expands when a hidden link in it gets the focus', { skip }, async () => {
  const { page } = await enterNewRoom(site.visitors, site.ann);
  const text = `${'line\n'.repeat(150)}https://example.org/\n${'line\n'.repeat(20)}end`;
  await say(page, text);
  await lastMessage(page, text);
  await page.getByRole('button', { name: 'Show more' }).waitFor();
  await page.locator('.bubble a').focus();
  await page.getByRole('button', { name: 'Show less' }).waitFor({ state: 'attached' });
  await page.waitForFunction(() => {
    const link = document.activeElement!.getBoundingClientRect();
    const box = document.querySelector('[data-timeline]')!.getBoundingClientRect();
    return document.activeElement!.matches('a') && link.top >= box.top && link.bottom <= box.bottom;
  });
});

for (const width of [320, 1200]) {
  test(`a username of 32 wide letters causes no horizontal scrolling, ${width} px wide`, { skip }, async () => {
    const wide = await person(site.stack.url, `${'W'.repeat(28)}${width}`.padEnd(32, 'W'));
    assert.equal(wide.username.length, 32);
    const room = await site.ann.createRoom();
    const socket = await fill(wide, room.name, numbered(2));
    const page = await site.visitors.enter(site.ann, roomPath(room.name), { viewport: { width, height: 640 } });
    await lastMessage(page, 'message 2');
    socket.send({ type: 'typing.start' });
    await page.getByText(`${wide.username} is typing…`).waitFor();
    await page.locator('.person bdi', { hasText: wide.username }).waitFor({ state: 'attached' });
    const wider = () =>
      [...document.querySelectorAll('html, [data-timeline], [data-people]')]
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
        .map(({ outerHTML }) => outerHTML.slice(0, 40));
    assert.deepEqual(await page.evaluate(wider), []);
    if (width < 768) await page.getByRole('button', { name: 'People here' }).click();
    await page.getByRole('heading', { name: 'Here now' }).waitFor();
    assert.deepEqual(await page.evaluate(wider), []);
    await socket.close();
  });
}

test('copied messages contain names, times and texts, but no text of avatars or buttons', { skip }, async () => {
  const room = await site.ann.createRoom();
  const socket = await fill(site.bob, room.name, ['first', `second ${'x'.repeat(2_000)}`, 'third']);
  const page = await site.visitors.enter(site.ann, roomPath(room.name), {
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await live(page);
  await lastMessage(page, 'third');
  assert.deepEqual(await page.locator('[data-messages] .avatar').first().textContent(), '');
  await page.evaluate(() => getSelection()!.selectAllChildren(document.querySelector('[data-messages]')!));
  await page.keyboard.press('Control+c');
  const copied = await clipboardOf(page);
  const lines = copied.split('\n').filter((line) => line.trim() !== '');
  const texts = await messages(page);
  assert.equal(lines[0], 'Today');
  assert.match(lines[1]!, new RegExp(`^${site.bob.username}\\s+\\d\\d:\\d\\d$`));
  assert.deepEqual(
    lines.slice(2).filter((line) => !/\d\d:\d\d$/.test(line)),
    texts,
  );
  await socket.close();
});
