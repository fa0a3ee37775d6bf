// Reading older messages: the visible message keeps its place, and the button down stops at the first new message.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from './fixture.ts';
import { cable, chromiumIsMissing, fill, lastMessage, numbered, roomPath, siteWithVisitors } from './pages_fixture.ts';

const skip = chromiumIsMissing;
const site = siteWithVisitors({ MESSAGES_PER_10S: '10000' });

test('older messages in view keep their place when a phone is rotated and when the connection is lost', {
  skip,
}, async () => {
  const room = await site.ann.createRoom();
  const texts = numbered(50).map((text, index) => text + ' so on'.repeat((index % 7) * 9));
  const socket = await fill(site.bob, room.name, texts);
  const page = await site.visitors.enter(site.ann, roomPath(room.name), { viewport: { width: 375, height: 667 } });
  const { cut } = await cable(page);
  const box = page.locator('[data-timeline]');
  const place = () =>
    box.evaluate((element) => {
      const edge = element.getBoundingClientRect().top;
      const tops = [...element.querySelectorAll('.bubble')].map((bubble) => ({
        text: bubble.textContent!.slice(0, 12),
        top: Math.round(bubble.closest('li')!.getBoundingClientRect().top),
      }));
      return JSON.stringify(tops.find(({ top }) => top >= edge));
    });
  await box.evaluate((element) => element.scrollTo(0, element.scrollHeight / 2));
  await page.getByRole('button', { name: 'Newest messages' }).waitFor();
  const seen = await place();
  await page.setViewportSize({ width: 667, height: 375 });
  await eventually(async () => (await place()) === seen, 20_000);
  await page.setViewportSize({ width: 375, height: 667 });
  await eventually(async () => (await place()) === seen, 20_000);
  const top = () =>
    page
      .locator('.message', { hasText: JSON.parse(seen).text })
      .first()
      .boundingBox();
  const before = (await top())!.y;
  await cut();
  await page.getByText('Connection lost.').waitFor();
  await eventually(async () => Math.abs((await top())!.y - before) <= 1, 20_000);
  await socket.close();
});

test('the button down scrolls to the first new message, then to the last', { skip }, async () => {
  const room = await site.ann.createRoom();
  const socket = await fill(site.bob, room.name, numbered(50));
  const page = await site.visitors.enter(site.ann, roomPath(room.name));
  await lastMessage(page, 'message 50');
  await page.locator('[data-timeline]').evaluate((box) => box.scrollTo(0, 0));
  await page.getByRole('button', { name: 'Newest messages' }).waitFor();
  for (const content of numbered(90).slice(50)) socket.say(content);
  await page.getByRole('button', { name: '40 new messages' }).click();
  const line = page.getByText('New messages', { exact: true });
  const fromTop = async () => (await line.boundingBox())!.y - (await page.locator('[data-timeline]').boundingBox())!.y;
  await eventually(async () => Math.abs(await fromTop()) <= 1, 20_000);
  assert.equal(
    await line.evaluate((element) => element.nextElementSibling!.querySelector('.bubble')!.textContent),
    'message 51',
  );
  await page.getByRole('button', { name: '40 new messages' }).click();
  await page.locator('[data-jump]').waitFor({ state: 'hidden' });
  await page.keyboard.type('mine');
  await page.keyboard.press('Enter');
  await lastMessage(page, 'mine');
  assert.equal(await line.count(), 0);
  await socket.close();
});
