// A room in two browsers: messages, presence, typing, links, times, the composer, and the end of the session or room.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PASSWORD } from '../../tests/people.ts';
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
} from './pages_fixture.ts';

const skip = chromiumIsMissing;
const site = siteWithVisitors({ MESSAGES_PER_10S: '10000' });

test('two users exchange messages, see each other, and see that the other is typing', { skip }, async () => {
  const { page: a, room } = await enterNewRoom(site.visitors, site.ann);
  const b = await site.visitors.enter(site.bob, roomPath(room.name), {
    colorScheme: 'dark',
    viewport: { width: 360, height: 640 },
  });
  await live(b);
  await say(a, 'Is the kettle on?');
  await lastMessage(b, 'Is the kettle on?');
  await b.getByLabel('Message', { exact: true }).pressSequentially('Yes');
  await a.getByText(`${site.bob.username} is typing…`).waitFor();
  await b.keyboard.press('Shift+Enter');
  await b.keyboard.type('two minutes');
  await b.getByRole('button', { name: 'Send' }).click();
  await lastMessage(a, 'Yes\ntwo minutes');
  assert.deepEqual(await messages(a), await messages(b));
  await a.getByRole('complementary', { name: 'Here now 2' }).waitFor();
  const people = await a.locator('.person bdi').allTextContents();
  assert.deepEqual(people.sort(), [site.ann.username, site.bob.username].sort());
  await a.locator('[data-announcer]', { hasText: `${site.bob.username}: Yes` }).waitFor({ state: 'attached' });
  await b.goto('/rooms');
  await a.getByRole('complementary', { name: 'Here now 1' }).waitFor();
});

test('every message is shown as text, and only web addresses become links', { skip }, async () => {
  const { page } = await enterNewRoom(site.visitors, site.ann);
  const texts = [
    `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`,
    'javascript:alert(1) and data:text/html,<b>x</b>',
    'See https://example.org/a_(b)?x=1&y=<2>, or (http://example.org/).',
    'ask@www.example.org or www.example.org!',
    'שלום world',
    'x'.repeat(3_000),
    '😀',
  ];
  for (const text of texts) {
    await say(page, text);
    await lastMessage(page, text);
  }
  assert.deepEqual(await messages(page), texts);
  assert.doesNotMatch(await page.title(), /owned/);
  const links = page.locator('.bubble a');
  assert.deepEqual(await links.evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href)), [
    'https://example.org/a_(b)?x=1&y=',
    'http://example.org/',
    'https://www.example.org/',
  ]);
  assert.equal(await links.first().getAttribute('rel'), 'noopener noreferrer nofollow ugc');
  assert.ok(
    await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
    'a long word does not widen the page',
  );
  const directions = page
    .locator('.bubble')
    .nth(4)
    .evaluate((bubble) => getComputedStyle(bubble).direction);
  assert.equal(await directions, 'rtl');
});

test("times and days are in the reader's time zone", { skip }, async () => {
  const room = await site.ann.createRoom();
  const { body } = await site.bob.call('POST', `/api${roomPath(room.name)}/messages`, {
    id: crypto.randomUUID(),
    content: 'hello',
  });
  const page = await site.visitors.visit({ timezoneId: 'Asia/Kathmandu' });
  const written = new Date(body.timestamp);
  await page.clock.setFixedTime(new Date(written.getTime() + 86_400_000));
  await page.goto(`/login?next=${encodeURIComponent(roomPath(room.name))}`);
  await page.getByLabel('Email').fill(site.ann.email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await lastMessage(page, 'hello');
  const time = page.locator('.message time');
  assert.equal(await time.getAttribute('datetime'), body.timestamp);
  const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'Asia/Kathmandu' }).format(written);
  assert.equal(await time.textContent(), clock);
  assert.equal(await page.locator('.day').textContent(), 'Yesterday');
});

test('messages are grouped under the time of the first, whichever page they came with', { skip }, async () => {
  const room = await site.ann.createRoom();
  const socket = await fill(site.bob, room.name, numbered(58));
  const page = await site.visitors.visit({ timezoneId: 'Asia/Kathmandu' });
  await page.route(/messages\?/, async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    for (const message of json.messages)
      message.timestamp = new Date(Date.UTC(2026, 4, 1, 9, message.seq)).toISOString();
    await route.fulfill({ response, json });
  });
  await page.goto(`/login?next=${encodeURIComponent(roomPath(room.name))}`);
  await page.getByLabel('Email').fill(site.ann.email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await lastMessage(page, 'message 58');
  await page.locator('[data-timeline]').evaluate((box) => box.scrollTo(0, 0));
  await page.getByText('This is the beginning of the room.').waitFor();
  const firsts = page.locator('.message:not(.together) .bubble');
  const expected = Array.from({ length: 12 }, (_, index) => `message ${1 + index * 5}`);
  assert.deepEqual(await firsts.allTextContents(), expected);
  assert.match((await page.getByText('message 4', { exact: true }).getAttribute('title'))!, /1 May 2026.*14:49/);
  await socket.close();
});

test('the page shows the end of the session or the room and a way to continue, and keeps the draft', {
  skip,
}, async () => {
  const { page, room } = await enterNewRoom(site.visitors, site.ann);
  await page.getByLabel('Message', { exact: true }).fill('a draft');
  const other = await page.context().newPage();
  await other.goto('/rooms');
  await other.getByRole('button', { name: 'Log out' }).click();
  await page.getByText('Your session has ended.').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Send' }).isDisabled());
  await page.getByRole('link', { name: 'Log in again' }).click();
  await page.getByLabel('Email').fill(site.ann.email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL(roomPath(room.name));
  await live(page);
  assert.equal(await page.getByLabel('Message', { exact: true }).inputValue(), 'a draft');
  await site.ann.call('DELETE', `/api${roomPath(room.name)}`);
  await page.getByText('This room was deleted.').waitFor();
  await page.getByRole('status').getByText('This room was deleted.').waitFor();
});

test('the newest message stays in view while the composer grows and shrinks', { skip }, async () => {
  const { page } = await enterNewRoom(site.visitors, site.ann);
  for (const text of numbered(3)) await say(page, `${text}${'\nline'.repeat(20)}`);
  const field = page.getByLabel('Message', { exact: true });
  const height = () => field.evaluate((element) => element.getBoundingClientRect().height);
  const state = () => {
    const { scrollHeight, scrollTop, clientHeight } = document.querySelector('[data-timeline]')!;
    const fromEnd = scrollHeight - scrollTop - clientHeight;
    return {
      scrolls: scrollHeight > clientHeight,
      fromEnd,
      scrollTop,
      scrollHeight,
      page: document.body.innerText.slice(-200),
    };
  };
  const inView = async () => {
    const seen = async () => {
      const { scrolls, fromEnd } = await page.evaluate(state);
      return scrolls && fromEnd < 2;
    };
    await eventually(seen, 20_000).catch(async () => assert.fail(JSON.stringify(await page.evaluate(state))));
  };
  await inView();
  const low = await height();
  for (const text of ['a\nb\nc\nd', 'a\nb', 'x'.repeat(3_000), '']) {
    await field.fill(text);
    if (text.includes('d')) assert.ok((await height()) > low + 50, 'it has grown');
    await page.keyboard.press('End');
    await page.keyboard.type('!');
    await inView();
    assert.ok(await page.locator('[data-jump]').isHidden());
  }
  await field.fill('x'.repeat(3_000));
  await inView();
  await field.evaluate((element: HTMLTextAreaElement) => {
    for (const text of ['', 'a\nb\nc\nd\ne']) {
      element.value = text;
      element.dispatchEvent(new Event('input', { bubbles: true }));
      document.querySelector('[data-timeline]')!.scrollTop; // forces a layout before observers are notified
    }
  });
  await inView();
  await field.fill('');
  assert.equal(await height(), low);
});

test('the composer counts characters as the contract does and leaves Enter to an input method', { skip }, async () => {
  const { page } = await enterNewRoom(site.visitors, site.ann);
  const field = page.getByLabel('Message', { exact: true });
  const send = page.getByRole('button', { name: 'Send' });
  await field.fill(' \n\u200b ');
  assert.ok(await send.isDisabled(), 'nothing of it is visible');
  await field.fill('😀'.repeat(4_000));
  await page.getByText('0 characters left').waitFor();
  assert.ok(await send.isEnabled());
  await field.fill('😀'.repeat(4_001));
  await page.getByText('1 character too many').waitFor();
  assert.ok(await send.isDisabled());
  await field.fill('にほん');
  await field.evaluate((element) => {
    element.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }),
    );
  });
  assert.equal(await field.inputValue(), 'にほん');
  await page.keyboard.press('Enter');
  await lastMessage(page, 'にほん');
  assert.equal(await field.inputValue(), '');
});

test('on a phone Enter inserts a line, the button sends, and a tap outside closes the list of people', {
  skip,
}, async () => {
  const room = await site.ann.createRoom();
  const page = await site.visitors.enter(site.ann, roomPath(room.name), {
    viewport: { width: 360, height: 640 },
    hasTouch: true,
    isMobile: true,
  });
  await live(page);
  const field = page.getByLabel('Message', { exact: true });
  await field.fill('one');
  await field.press('Enter');
  await field.pressSequentially('two');
  await page.getByRole('button', { name: 'Send' }).tap();
  await lastMessage(page, 'one\ntwo');
  const people = page.getByRole('heading', { name: 'Here now' });
  await page.getByRole('button', { name: 'People here' }).tap();
  await people.waitFor();
  await people.tap();
  assert.ok(await people.isVisible());
  await page.locator('[data-timeline]').tap({ position: { x: 20, y: 200 } });
  await people.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'People here' }).tap();
  await people.waitFor();
});
