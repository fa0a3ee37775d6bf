// Whoever reads further up: what he looks at stays where it is, and the way down leads past all that is new.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Person, person } from '../../tests/people.ts';
import { startTestStack, type TestStack } from '../../tests/stack.ts';
import { eventually } from './fixture.ts';
import {
  cable,
  chromiumIsMissing,
  fill,
  lastMessage,
  numbered,
  openVisitors,
  roomPath,
  type Visitors,
} from './pages_fixture.ts';

const skip = chromiumIsMissing;
let stack: TestStack;
let visitors: Visitors;
let ann: Person;
let bob: Person;

before(async () => {
  if (skip) return;
  stack = await startTestStack({ MESSAGES_PER_10S: '10000' });
  visitors = await openVisitors(stack.url);
  [ann, bob] = await Promise.all([person(stack.url), person(stack.url)]);
});
after(async () => {
  try {
    await visitors?.leave();
  } finally {
    await stack?.stop(); // or a fault in a page would keep the process waiting
  }
});

test('what one reads further up stays where it is when a phone is turned and when the connection is lost', {
  skip,
}, async () => {
  const room = await ann.createRoom();
  const texts = numbered(50).map((text, index) => text + ' so on'.repeat((index % 7) * 9));
  const socket = await fill(bob, room.name, texts);
  const page = await visitors.enter(ann, roomPath(room.name), { viewport: { width: 375, height: 667 } });
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

test('the way down from further up leads to the first new message, then to the last', { skip }, async () => {
  const room = await ann.createRoom();
  const socket = await fill(bob, room.name, numbered(50));
  const page = await visitors.enter(ann, roomPath(room.name));
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
