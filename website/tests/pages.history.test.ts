// The messages on the page are the log: older ones on the way up, all of them after a break, each once and in order.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Person, person } from '../../tests/people.ts';
import { startTestStack, type TestStack } from '../../tests/stack.ts';
import {
  cable,
  chromiumIsMissing,
  enterNewRoom,
  lastMessage,
  messages,
  openVisitors,
  roomPath,
  say,
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

test('older messages come as one scrolls up, in order and without a gap, and nothing jumps', { skip }, async () => {
  const room = await ann.createRoom();
  const socket = await bob.join(room.name);
  const all = Array.from({ length: 130 }, (_, index) => `message ${index + 1}`);
  for (const [index, content] of all.entries()) {
    socket.say(content);
    if (index % 50 === 49) await socket.next('message.created', (frame) => frame.content === content);
  }
  await socket.next('message.created', (frame) => frame.seq === 130);
  const page = await visitors.enter(ann, roomPath(room.name));
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

test('where the stream cannot go on the history is read again, without a gap', { skip }, async () => {
  const { page, room } = await enterNewRoom(visitors, ann);
  let broken = false;
  const refuseToResume = (frame: string) => (broken ? frame.replace('"resumed":true', '"resumed":false') : frame);
  const { cut, mend } = await cable(page, { fromServer: refuseToResume });
  await say(page, 'before');
  await lastMessage(page, 'before');
  broken = true;
  await cut();
  const others = await bob.join(room.name);
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
