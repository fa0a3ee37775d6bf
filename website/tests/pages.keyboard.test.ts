// The keyboard in the timeline: all messages are one tab stop, and the arrow keys move between them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { eventually } from './fixture.ts';
import {
  chromiumIsMissing,
  enterNewRoom,
  fill,
  lastMessage,
  live,
  messages,
  numbered,
  roomPath,
  say,
  siteWithVisitors,
  unsent,
} from './pages_fixture.ts';

const skip = chromiumIsMissing;
const site = siteWithVisitors({ MESSAGES_PER_10S: '10000' });

/** The text of the focused message, or the label, id or text of another focused element. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const { activeElement: element } = document;
    return element?.querySelector('.bubble')?.textContent || element?.ariaLabel || element?.id || element?.textContent;
  });
const press = async (page: Page, ...keys: string[]) => {
  for (const key of keys) await page.keyboard.press(key);
  return focused(page);
};
/** Whether the focused element is within the visible part of the timeline. */
const inView = (page: Page) =>
  page.evaluate(() => {
    const box = document.querySelector('[data-timeline]')!.getBoundingClientRect();
    const { top, bottom } = document.activeElement!.getBoundingClientRect();
    return top >= box.top - 1 && bottom <= box.bottom + 1;
  });

async function enterFilled(count: number, text = (content: string) => content): Promise<Page> {
  const room = await site.ann.createRoom();
  const socket = await fill(site.bob, room.name, numbered(count).map(text));
  await socket.close();
  const page = await site.visitors.enter(site.ann, roomPath(room.name));
  await live(page);
  await lastMessage(page, text(`message ${count}`));
  return page;
}

test('Tab moves from the header to the newest message and then to the composer, and loads no history', {
  skip,
}, async () => {
  const page = await enterFilled(400, (content) => `${content} https://example.org/`);
  const requests: string[] = [];
  for (const all of [false, true]) {
    const box = page.locator('[data-timeline]');
    if (all) {
      await box.evaluate(async (element) => {
        const beginning = () => element.textContent!.includes('This is the beginning of the room.');
        for (; !beginning(); await new Promise(requestAnimationFrame)) element.scrollTop = 0;
      });
      await page.getByRole('button', { name: 'Newest messages' }).click();
      assert.equal((await messages(page)).length, 400);
    } else {
      page.on('request', (request) => requests.push(request.url()));
    }
    const shown = (await messages(page)).length;
    await page.getByRole('link', { name: 'All rooms' }).focus();
    requests.length = 0;
    assert.equal(await press(page, 'Tab'), 'message 400 https://example.org/');
    assert.equal(await press(page, 'Tab'), 'https://example.org/');
    assert.equal(await press(page, 'Tab'), 'Actions');
    assert.equal(await press(page, 'Tab'), 'message');
    assert.equal(await press(page, 'Shift+Tab'), 'message 400 https://example.org/');
    assert.equal(await press(page, 'Shift+Tab'), 'All rooms');
    assert.deepEqual(requests, []);
    assert.equal((await messages(page)).length, shown);
  }
});

test('after scrolling up, Tab focuses a message in view and does not scroll', { skip }, async () => {
  const page = await enterFilled(40);
  const box = page.locator('[data-timeline]');
  await page.getByRole('link', { name: 'All rooms' }).focus();
  await box.evaluate((element) => element.scrollTo(0, 100));
  const top = await box.evaluate((element) => element.scrollTop);
  await press(page, 'Tab');
  assert.equal(await inView(page), true);
  assert.equal(await box.evaluate((element) => element.scrollTop), top);
});

test('arrow keys, Home and End move between messages and scroll them into view; Home loads older ones', {
  skip,
}, async () => {
  const page = await enterFilled(130);
  await page.getByRole('link', { name: 'All rooms' }).focus();
  assert.equal(await press(page, 'Tab', 'ArrowUp'), 'message 129');
  for (let number = 128; number > 100; number--) {
    assert.equal(await press(page, 'ArrowUp'), `message ${number}`);
    assert.equal(await inView(page), true, `message ${number}`);
  }
  assert.equal(await press(page, 'ArrowDown', 'ArrowDown'), 'message 103');
  assert.equal(await press(page, 'End'), 'message 130');
  assert.equal(await inView(page), true);
  assert.equal(await press(page, 'ArrowDown'), 'message 130');
  await eventually(async () => (await press(page, 'Home')) === 'message 1', 20_000);
  assert.equal(await inView(page), true);
  await page.locator('[data-timeline]').evaluate((element) => element.scrollTo(0, element.scrollHeight));
  assert.equal(await press(page, 'ArrowUp'), 'message 130', 'from a message out of view to one in view');
  assert.equal(await press(page, 'Shift+Tab'), 'All rooms', 'one tab stop');
});

test('arrow keys scroll through a message that is taller than the timeline', { skip }, async () => {
  const { page } = await enterNewRoom(site.visitors, site.ann);
  await say(page, 'before');
  await say(page, 'line\n'.repeat(40).trim());
  await say(page, 'after');
  await lastMessage(page, 'after');
  await page.getByRole('button', { name: 'Show more' }).click();
  await page.getByText('before', { exact: true }).evaluate((bubble) => bubble.closest('li')!.focus());
  assert.match((await press(page, 'ArrowDown'))!, /^line/);
  const box = page.locator('[data-timeline]');
  const top = await box.evaluate((element) => element.scrollTop);
  assert.match((await press(page, 'ArrowDown', 'ArrowDown'))!, /^line/);
  await eventually(async () => (await box.evaluate((element) => element.scrollTop)) > top, 20_000);
  await eventually(async () => (await press(page, 'ArrowDown')) === 'after', 20_000);
});

test('Tab reaches only the controls of the focused message, also those added later', { skip }, async () => {
  const page = await enterFilled(3, (content) => `${content} https://example.org/`);
  const reached = () =>
    page
      .locator('[data-messages] :is(a, button)')
      .evaluateAll((all) => all.map((control) => (control as HTMLElement).tabIndex));
  assert.deepEqual(await reached(), [-1, -1, -1, -1, -1, -1]);
  await page.getByRole('link', { name: 'All rooms' }).focus();
  await press(page, 'Tab', 'ArrowUp');
  assert.deepEqual(await reached(), [-1, -1, 0, 0, -1, -1]);
  await page.locator('[data-messages] li').evaluateAll((items) => {
    for (const item of items) item.append(document.createElement('button'));
  });
  assert.deepEqual(await reached(), [-1, -1, -1, 0, 0, 0, -1, -1, -1]);
  await press(page, 'Tab', 'Tab', 'Tab', 'Tab');
  assert.equal(await focused(page), 'message');
  assert.deepEqual(await reached(), [-1, -1, -1, -1, -1, -1, -1, -1, -1]);
});

test('removing the focused message focuses its neighbour, and a typed character goes to the composer', {
  skip,
}, async () => {
  const page = await enterFilled(3);
  await page.getByRole('link', { name: 'All rooms' }).focus();
  assert.equal(await press(page, 'Tab', 'ArrowUp'), 'message 2');
  await page.evaluate(() => document.activeElement!.remove());
  await eventually(async () => (await focused(page)) === 'message 3', 20_000);
  await page.keyboard.type('x');
  assert.equal(await focused(page), 'message');
  assert.equal(await page.getByLabel('Message', { exact: true }).inputValue(), 'x');
});

test('an unsent message belongs to the same tab stop', { skip }, async () => {
  const { page } = await enterNewRoom(site.visitors, site.ann);
  await say(page, 'stored');
  await lastMessage(page, 'stored');
  await page.routeWebSocket(/\/ws\//, (browser) => void browser.close({ code: 1012 }));
  await page.reload();
  await page.getByText('Connection lost.').waitFor();
  await say(page, 'waiting');
  await unsent(page).getByText('Not sent yet…').waitFor();
  await page.getByLabel('Message', { exact: true }).focus();
  assert.equal(await press(page, 'Shift+Tab'), 'waiting');
  assert.equal(await press(page, 'ArrowUp'), 'stored');
  assert.equal(await press(page, 'Tab', 'Tab'), 'message');
});
