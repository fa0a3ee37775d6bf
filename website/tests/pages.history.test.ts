// The messages on the page match the log: older ones when scrolling up, all after a reconnect, each once and in order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import {
  cable,
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
} from './pages_fixture.ts';

const skip = chromiumIsMissing;
const site = siteWithVisitors({ MESSAGES_PER_10S: '10000' });

const toTop = (page: Page) => page.locator('[data-timeline]').evaluate((box) => box.scrollTo(0, 0));

/** Stops the timers of the page until the test runs its clock. */
async function stopTheClock(page: Page): Promise<void> {
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 60_000);
}

test('older messages load when the user scrolls up, in order and without a gap, and nothing jumps', {
  skip,
}, async () => {
  const all = numbered(130);
  const room = await site.ann.createRoom();
  const socket = await fill(site.bob, room.name, all);
  const page = await site.visitors.enter(site.ann, roomPath(room.name));
  await lastMessage(page, 'message 130');
  const shownAtFirst = await messages(page);
  assert.ok(shownAtFirst.length < 130, 'there is something left to load');
  assert.deepEqual(shownAtFirst, all.slice(-shownAtFirst.length));

  const box = page.locator('[data-timeline]');
  const first = page.getByText(shownAtFirst[0]!, { exact: true });
  const loaded = page.waitForResponse(/before=/);
  await box.evaluate((element) => element.scrollTo(0, 400));
  const before = await first.evaluate((element) => element.getBoundingClientRect().top);
  await loaded;
  await page.getByText('message 40', { exact: true }).waitFor();
  assert.ok(Math.abs((await first.evaluate((element) => element.getBoundingClientRect().top)) - before) <= 1);

  await page.evaluate(() => Object.defineProperty(document, 'hidden', { value: true, configurable: true }));
  socket.say('while you read');
  await page.getByRole('button', { name: '1 new message' }).waitFor();
  assert.match(await page.title(), /^\(1\) /);
  await box.focus();
  await page.keyboard.press('Home');
  await page.getByText('message 1', { exact: true }).waitFor();
  await page.getByText('This is the beginning of the room.').waitFor();
  assert.deepEqual(await messages(page), [...all, 'while you read']);
  await page.getByRole('button', { name: '1 new message' }).click();
  const fromEnd = await box.evaluate(
    ({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight,
  );
  assert.ok(fromEnd < 2);
  await page.locator('[data-jump]').waitFor({ state: 'hidden' });
  await socket.close();
});

test('if the stream cannot resume, the history is read again, without a gap', { skip }, async () => {
  const { page, room } = await enterNewRoom(site.visitors, site.ann);
  let broken = false;
  const refuseToResume = (frame: string) => (broken ? frame.replace('"resumed":true', '"resumed":false') : frame);
  const { cut, mend } = await cable(page, { fromServer: refuseToResume });
  await say(page, 'before');
  await lastMessage(page, 'before');
  broken = true;
  await cut();
  const others = await site.bob.join(room.name);
  for (const content of ['a', 'b', 'c']) others.say(content);
  await others.next('message.created', (frame) => frame.content === 'c');
  const readAgain = page.waitForResponse(/messages\?limit=/);
  await mend();
  await readAgain;
  await lastMessage(page, 'c');
  others.say('d');
  await lastMessage(page, 'd');
  assert.deepEqual(await messages(page), ['before', 'a', 'b', 'c', 'd']);
  await others.close();
});

test('a failed request for older messages is retried by a click, or automatically after a while', {
  skip,
}, async () => {
  const room = await site.ann.createRoom();
  const socket = await fill(site.bob, room.name, numbered(130));
  const page = await site.visitors.enter(site.ann, roomPath(room.name));
  await lastMessage(page, 'message 130');
  await stopTheClock(page);
  const again = page.getByRole('button', { name: 'Try again' });
  for (const [comesBack, then] of [
    [() => again.click(), 'message 40'],
    [() => page.clock.runFor(15_000), 'message 1'],
  ] as const) {
    await page.route(/before=/, (route) => route.abort());
    await toTop(page);
    await again.waitFor();
    await page.getByText('The server does not answer.').waitFor();
    await page.unroute(/before=/);
    await comesBack();
    await page.getByText(then, { exact: true }).waitFor();
  }
  assert.deepEqual(await messages(page), numbered(130));
  await socket.close();
});

test('a room whose first request failed loads when the network returns, or automatically after a while', {
  skip,
}, async () => {
  const room = await site.ann.createRoom();
  const page = await site.visitors.enter(site.ann, '/rooms');
  for (const comesBack of [
    () => page.evaluate(() => dispatchEvent(new Event('online'))),
    () => page.clock.runFor(15_000),
  ]) {
    await page.route(/messages\?limit/, (route) => route.abort());
    await page.goto(roomPath(room.name));
    await stopTheClock(page);
    await page.getByText('The server does not answer.').waitFor();
    await say(page, 'written before');
    await page.unroute(/messages\?limit/);
    await comesBack();
    await live(page);
    await lastMessage(page, 'written before');
  }
});

test('a room that is deleted before it is shown says so, and offers no retry', { skip }, async () => {
  const room = await site.ann.createRoom();
  const page = await site.visitors.enter(site.ann, '/rooms');
  await page.route(/messages\?limit/, (route) => route.abort());
  await page.goto(roomPath(room.name));
  await page.getByRole('button', { name: 'Try again' }).waitFor();
  await site.ann.call('DELETE', `/api${roomPath(room.name)}`);
  await page.unroute(/messages\?limit/);
  await page.getByRole('status').getByText('This room was deleted.').waitFor();
  await page.getByLabel('Messages').getByText('This room was deleted.').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Try again' }).isHidden());
  assert.ok(await page.getByLabel('Message', { exact: true }).evaluate((field: HTMLTextAreaElement) => field.readOnly));
});

test('older messages of another room that now has the same name are not shown', { skip }, async () => {
  const room = await site.ann.createRoom();
  await (await fill(site.bob, room.name, numbered(130))).close();
  const page = await site.visitors.enter(site.ann, roomPath(room.name));
  await lastMessage(page, 'message 130');
  const before = await messages(page);
  await site.ann.call('DELETE', `/api${roomPath(room.name)}`);
  await page.getByRole('status').getByText('This room was deleted.').waitFor();
  await site.bob.createRoom(room.name);
  await (await fill(site.bob, room.name, ['a stranger'])).close();
  const answered = page.waitForResponse(/before=/);
  await toTop(page);
  await answered;
  await page.getByLabel('Messages').getByText('This room was deleted.').waitFor();
  assert.deepEqual(await messages(page), before);
});
