// On return to a room, a line precedes the first new message and a button scrolls to it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { Person } from '../../tests/people.ts';
import { eventually } from './fixture.ts';
import {
  cable,
  chromiumIsMissing,
  enterNewRoom,
  lastMessage,
  live,
  roomPath,
  siteWithVisitors,
} from './pages_fixture.ts';

const skip = chromiumIsMissing;
const site = siteWithVisitors({ MESSAGES_PER_10S: '10000' });

/** Sends these as `who` over HTTP, as from another device. */
async function post(who: Person, room: string, contents: string[]): Promise<void> {
  for (const content of contents) {
    const answer = await who.call('POST', `/api${roomPath(room)}/messages`, { id: randomUUID(), content });
    assert.equal(answer.status, 201);
  }
}

const from = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => `message ${first + index}`);
const line = (page: Page) => page.getByText('New messages', { exact: true });
/** The text of the message after the line. */
const firstNew = (page: Page) =>
  line(page).evaluate((element) => element.nextElementSibling!.querySelector('.bubble')!.textContent);
const jump = (page: Page) => page.locator('[data-jump]');
/** The last seen seqs that the browser has stored. */
const seen = (page: Page) => page.evaluate(() => Object.values({ ...localStorage }));

/** A room in which ann has seen `message 1` to `message 10`, and her page, which is now at /rooms. */
async function enterAndLeave(): Promise<{ page: Page; name: string; comeBack(last: string): Promise<void> }> {
  const { name } = await site.ann.createRoom();
  await post(site.bob, name, from(1, 10));
  const page = await site.visitors.enter(site.ann, roomPath(name));
  await live(page);
  await lastMessage(page, 'message 10');
  assert.equal(await line(page).count(), 0, 'nothing is new on the first visit');
  await eventually(async () => (await seen(page)).includes('10'), 20_000);
  await page.goto('/rooms');
  const comeBack = async (last: string) => {
    await page.goto(roomPath(name));
    await live(page);
    await lastMessage(page, last);
  };
  return { page, name, comeBack };
}

test('the line precedes the first new message of another user, and is gone on the next visit', {
  skip,
}, async () => {
  const { page, name, comeBack } = await enterAndLeave();
  await post(site.ann, name, ['mine from elsewhere']);
  await comeBack('mine from elsewhere');
  assert.equal(await line(page).count(), 0, 'an own message is not new');
  await page.goto('/rooms');
  await post(site.ann, name, ['mine again']);
  await post(site.bob, name, ['new', 'newer']);
  await comeBack('newer');
  await line(page).waitFor();
  assert.equal(await firstNew(page), 'new');
  await eventually(() => jump(page).isHidden(), 20_000);
  await eventually(async () => (await seen(page)).includes('14'), 20_000);
  await page.reload();
  await lastMessage(page, 'newer');
  await live(page);
  assert.equal(await line(page).count(), 0);
});

test('in a room that was empty the line precedes the first message', { skip }, async () => {
  const { page, room } = await enterNewRoom(site.visitors, site.ann);
  await page.goto('/rooms');
  await post(site.bob, room.name, ['hello']);
  await page.goto(roomPath(room.name));
  await line(page).waitFor();
  assert.equal(await firstNew(page), 'hello');
});

test('a button scrolls up to the first new message, which stays new until it was in view', { skip }, async () => {
  const { page, name, comeBack } = await enterAndLeave();
  await post(site.bob, name, from(11, 50));
  for (let visit = 0; visit < 2; visit++) {
    await comeBack('message 50');
    await page.getByRole('button', { name: '40 new messages' }).waitFor();
    assert.match((await jump(page).textContent())!, /↑/);
    assert.equal(await firstNew(page), 'message 11');
  }
  await jump(page).click();
  const box = page.locator('[data-timeline]');
  const below = async () => (await line(page).boundingBox())!.y - (await box.boundingBox())!.y;
  await eventually(async () => Math.abs(await below()) <= 1, 20_000);
  assert.equal(
    await page.evaluate(() => document.activeElement!.querySelector('.bubble')!.textContent),
    'message 11',
    'the focus moves to the message',
  );
  assert.match((await jump(page).textContent())!, /40 new messages ↓/);
  await jump(page).click();
  await jump(page).waitFor({ state: 'hidden' });
  await eventually(async () => (await seen(page)).includes('50'), 20_000);
  await comeBack('message 50');
  assert.equal(await line(page).count(), 0);
});

test('older pages are loaded until the first new message is shown', { skip }, async () => {
  const { page, name, comeBack } = await enterAndLeave();
  await post(site.bob, name, from(11, 130));
  await comeBack('message 130');
  await page.getByRole('button', { name: /^120 new messages/ }).click();
  assert.equal(await firstNew(page), 'message 11');
});

test('a limited number of new messages is loaded at once; scrolling up moves the line up', { skip }, async () => {
  const { page, name, comeBack } = await enterAndLeave();
  await post(site.bob, name, from(11, 450));
  await comeBack('message 450');
  await page.getByRole('button', { name: /^More than 300 new messages/ }).click();
  const box = page.locator('[data-timeline]');
  await eventually(async () => {
    await box.evaluate((element) => element.scrollTo(0, 0));
    return (await firstNew(page)) === 'message 11';
  }, 30_000);
  assert.equal(await line(page).count(), 1);
});

test('messages sent while the connection was lost are new', { skip }, async () => {
  const { page, room } = await enterNewRoom(site.visitors, site.ann);
  const { cut, mend } = await cable(page);
  await post(site.bob, room.name, ['before']);
  await lastMessage(page, 'before');
  assert.equal(await line(page).count(), 0, 'a message received in view is not new');
  await cut();
  await page.getByText('Connection lost.').waitFor();
  await post(site.bob, room.name, from(1, 60));
  await mend();
  await lastMessage(page, 'message 60');
  assert.equal(await firstNew(page), 'message 1');
  await page.getByRole('button', { name: /^60 new messages/ }).waitFor();
});

test('messages received by a hidden page are still new on the next visit', { skip }, async () => {
  const { page, name, comeBack } = await enterAndLeave();
  await comeBack('message 10');
  await page.evaluate(() => Object.defineProperty(document, 'hidden', { value: true, configurable: true }));
  await post(site.bob, name, ['unseen']);
  await lastMessage(page, 'unseen');
  await comeBack('unseen');
  assert.equal(await firstNew(page), 'unseen');
});
