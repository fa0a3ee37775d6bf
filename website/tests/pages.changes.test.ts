// Messages change on the page: edited and deleted by menu, keyboard or touch, live for everybody, also for who was away.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import type { Json, Person } from '../../tests/people.ts';
import { eventually } from './fixture.ts';
import {
  act,
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
  shown,
  siteWithVisitors,
} from './pages_fixture.ts';

const skip = chromiumIsMissing;
const site = siteWithVisitors({ MESSAGES_PER_10S: '10000' });

const composer = (page: Page) => page.getByLabel('Message', { exact: true });
const editor = (page: Page) => page.getByLabel('Edit the message');
const message = (page: Page, text: string) => page.locator('.message', { hasText: text });
const announced = (page: Page, text: string) =>
  page.locator('[data-announcer]', { hasText: text }).waitFor({ state: 'attached' });
const top = (element: Locator) => element.evaluate((one) => one.getBoundingClientRect().top);

/** Has somebody send a message over HTTP. @returns its path. */
async function post(who: Person, room: string, content: string): Promise<{ path: string; message: Json }> {
  const at = `/api${roomPath(room)}/messages`;
  const { status, body } = await who.call('POST', at, { id: randomUUID(), content });
  assert.equal(status, 201);
  return { path: `${at}/${body.id}`, message: body };
}

/** Two pages in a new room of ann's: hers and bob's. */
async function together(): Promise<{ a: Page; b: Page; name: string }> {
  const { page: a, room } = await enterNewRoom(site.visitors, site.ann);
  const b = await site.visitors.enter(site.bob, roomPath(room.name));
  await live(b);
  return { a, b, name: room.name };
}

test('an edit by the menu replaces the text for everybody, marked with the moment, and stays text', {
  skip,
}, async () => {
  const { a, b, name } = await together();
  await say(a, 'first');
  await say(a, 'second');
  await lastMessage(b, 'second');
  await act(a, 'first', 'Edit');
  assert.equal(await editor(a).inputValue(), 'first');
  assert.equal(
    await a.getByText('first', { exact: true }).locator('visible=true').count(),
    0,
    'it is in place of the bubble',
  );
  const attack = `<img src=x onerror="document.title='owned'"> https://example.org`;
  await editor(a).fill(attack);
  await editor(a).press('Shift+Enter');
  await editor(a).press('x');
  await editor(a).press('Enter');
  for (const page of [a, b]) {
    await page.locator('.edited').waitFor();
    assert.deepEqual(await messages(page), [`${attack}\nx`, 'second']);
    assert.equal(await page.locator('.bubble img').count(), 0);
    assert.doesNotMatch(await page.title(), /owned/);
    assert.match((await page.locator('.edited time').getAttribute('title'))!, /^Edited .*\d{4} at \d/);
  }
  await announced(a, 'The message is saved.');
  assert.equal(await editor(a).count(), 0);
  await b.reload();
  await live(b);
  assert.deepEqual(await shown(b), await shown(a), name);
});

test('the menu offers what one may do', { skip }, async () => {
  const { a, b } = await together();
  await say(a, 'hers');
  await say(b, 'his');
  await lastMessage(a, 'his');
  await lastMessage(b, 'his');
  const offered = async (page: Page, text: string) => {
    await message(page, text).hover();
    await message(page, text).getByRole('button', { name: 'Actions' }).click();
    const menu = page.getByRole('dialog', { name: 'Actions' });
    const entries = await menu.locator('.quiet:visible').allTextContents();
    await page.keyboard.press('Escape');
    await menu.waitFor({ state: 'hidden' });
    return entries;
  };
  assert.deepEqual(await offered(a, 'hers'), ['Edit', 'Delete']);
  assert.deepEqual(await offered(a, 'his'), ['Delete'], 'she owns the room');
  assert.deepEqual(await offered(b, 'hers'), []);
  assert.deepEqual(await offered(b, 'his'), ['Edit', 'Delete']);
});

test('ArrowUp in the empty composer edits the newest own message; Escape and the same text change nothing', {
  skip,
}, async () => {
  const { a, b } = await together();
  await composer(a).press('ArrowUp');
  assert.equal(await editor(a).count(), 0, 'there is nothing to edit');
  await say(a, 'mine');
  await say(b, 'not mine');
  await lastMessage(a, 'not mine');
  await composer(a).fill('draft');
  await composer(a).press('ArrowUp');
  assert.equal(await editor(a).count(), 0, 'the composer is not empty');
  await composer(a).fill('');
  const requests: string[] = [];
  a.on('request', (request) => requests.push(request.method()));
  for (const end of ['Escape', 'Enter']) {
    await composer(a).press('ArrowUp');
    assert.equal(await editor(a).inputValue(), 'mine');
    assert.ok(await editor(a).evaluate((field) => field === document.activeElement));
    if (end === 'Escape') await editor(a).fill('something else');
    await editor(a).press(end);
    assert.equal(await editor(a).count(), 0);
    assert.ok(await composer(a).evaluate((field) => field === document.activeElement), 'the focus is back');
  }
  await composer(a).press('ArrowUp');
  await editor(a).fill('lost');
  await a.getByRole('button', { name: 'Cancel' }).click();
  assert.deepEqual(requests, []);
  assert.deepEqual(await messages(a), ['mine', 'not mine']);
  await composer(a).press('ArrowUp');
  await editor(a).fill('x'.repeat(4_001));
  await a.getByText('1 character too many').waitFor();
  assert.ok(await a.getByRole('button', { name: 'Save' }).isDisabled());
  await editor(a).fill('mine, better');
  await a.getByRole('button', { name: 'Save' }).click();
  await message(b, 'mine, better').waitFor();
});

test('a stale edit shows both texts, and either can win', { skip }, async () => {
  const { a, b, name } = await together();
  for (const [button, wins] of [
    ['Save mine', 'my draft'],
    ['Keep theirs', 'from elsewhere'],
  ] as const) {
    const { path } = await post(site.ann, name, 'original');
    await lastMessage(a, 'original');
    await composer(a).press('ArrowUp');
    await editor(a).fill('my draft');
    await site.ann.call('PATCH', path, { content: 'from elsewhere' });
    await lastMessage(b, 'from elsewhere');
    assert.equal(await editor(a).inputValue(), 'my draft', 'a live change does not wipe the draft');
    await editor(a).press('Enter');
    await a.getByRole('alert').getByText('edited elsewhere').waitFor();
    await a.locator('[data-their-text]', { hasText: 'from elsewhere' }).waitFor();
    assert.equal(await editor(a).inputValue(), 'my draft');
    await a.getByRole('button', { name: button }).click();
    for (const page of [a, b]) await lastMessage(page, wins);
    assert.equal(await editor(a).count(), 0);
  }
});

test('an edit that fails keeps the draft and says why', { skip }, async () => {
  const { a, name } = await together();
  const { path } = await post(site.ann, name, 'original');
  await lastMessage(a, 'original');
  await composer(a).press('ArrowUp');
  await editor(a).fill('my draft');
  const fails = async (reason: string) => {
    await editor(a).press('Enter');
    await a.getByRole('alert').getByText(reason).waitFor();
    assert.equal(await editor(a).inputValue(), 'my draft');
  };
  await a.route('**/messages/*', (route) => route.abort());
  await fails('The server does not answer.');
  await a.unroute('**/messages/*');
  await a.route('**/messages/*', (route) =>
    route.fulfill({
      status: 429,
      contentType: 'application/problem+json',
      headers: { 'retry-after': '7' },
      json: {
        type: 'about:blank',
        title: 'Too many messages',
        status: 429,
        code: 'rate_limited',
        detail: '',
        requestId: '',
      },
    }),
  );
  await fails('Too many messages. Try again in 7 seconds.');
  await a.unroute('**/messages/*');
  await site.ann.call('DELETE', path);
  await a.locator('.tombstone').waitFor();
  await fails('deleted');
  await editor(a).press('Escape');
  assert.equal(await editor(a).count(), 0);
});

test('the owner deletes what somebody else wrote after a dialog that shows it, and everybody sees who did', {
  skip,
}, async () => {
  const { a, b } = await together();
  await say(b, 'his message');
  await say(a, 'her message');
  await lastMessage(b, 'her message');
  await lastMessage(a, 'her message');
  const dialog = a.getByRole('dialog', { name: 'Delete this message?' });
  await act(a, 'his message', 'Delete');
  await dialog.getByText('his message', { exact: true }).waitFor();
  await dialog.getByText(site.bob.username, { exact: true }).waitFor();
  await a.keyboard.press('Escape');
  assert.equal(await message(a, 'his message').count(), 1);
  await a.route('**/messages/*', (route) => route.abort());
  await act(a, 'his message', 'Delete');
  await dialog.getByRole('button', { name: 'Delete message' }).click();
  await dialog.getByRole('alert').getByText('The server does not answer.').waitFor();
  await a.unroute('**/messages/*');
  await dialog.getByRole('button', { name: 'Delete message' }).click();
  for (const page of [a, b]) {
    await page.locator('.tombstone').waitFor();
    assert.equal(await page.locator('.tombstone').textContent(), `Message deleted by ${site.ann.username}`);
    assert.deepEqual(await messages(page), ['her message']);
    assert.equal(await page.locator('.message:has(.tombstone) button').count(), 0, 'no menu');
  }
  await announced(a, 'The message is deleted.');
  const focused = () => a.evaluate(() => document.activeElement!.querySelector('.tombstone')?.textContent);
  await eventually(async () => (await focused())?.startsWith('Message deleted') ?? false, 20_000);
  await act(a, 'her message', 'Delete');
  await dialog.getByRole('button', { name: 'Delete message' }).click();
  await b.locator('.tombstone').nth(1).waitFor();
  assert.equal(await b.locator('.tombstone').nth(1).textContent(), 'Message deleted');
});

test('who was offline returns to the same room, with no empty bubble and no withdrawn text on the way', {
  skip,
}, async () => {
  const { a, b, name } = await together();
  const kept = await post(site.ann, name, 'to be edited');
  const gone = await post(site.ann, name, 'to be deleted');
  await lastMessage(b, 'to be deleted');
  await b.context().setOffline(true);
  await b.getByText('You are offline.').waitFor();
  await b.evaluate(() => {
    const texts = new Set<string>();
    Object.assign(globalThis, { texts });
    const look = () => {
      for (const bubble of document.querySelectorAll('.bubble')) texts.add(bubble.textContent!);
    };
    new MutationObserver(look).observe(document.querySelector('[data-messages]')!, { childList: true, subtree: true });
  });
  const quick = await post(site.ann, name, 'withdrawn at once');
  await site.ann.call('PATCH', quick.path, { content: 'withdrawn too' });
  await site.ann.call('PATCH', quick.path, { content: 'what stays' });
  const never = await post(site.ann, name, 'never seen');
  await site.ann.call('DELETE', never.path);
  await site.ann.call('PATCH', kept.path, { content: 'edited' });
  await site.ann.call('DELETE', gone.path);
  await site.bob.call('PUT', `${kept.path}/reactions/${encodeURIComponent('👍')}`);
  await site.ann.call('PUT', `${kept.path}/reactions/${encodeURIComponent('👍')}`);
  await site.ann.call('PUT', `${kept.path}/reactions/${encodeURIComponent('🫖')}`);
  await site.bob.call('DELETE', `${kept.path}/reactions/${encodeURIComponent('👍')}`);
  await post(site.ann, name, 'the last');
  await lastMessage(a, 'the last');
  await b.context().setOffline(false);
  await lastMessage(b, 'the last');
  assert.deepEqual(await shown(b), await shown(a));
  assert.equal((await shown(b)).length, 5);
  const texts = await b.evaluate(() => [...(globalThis as unknown as { texts: Set<string> }).texts]);
  assert.ok(texts.includes('…'), 'the placeholder was there');
  assert.deepEqual(
    texts.filter((text) => text === '' || /withdrawn|never/.test(text)),
    [],
  );
  await b.getByRole('button', { name: '2 new messages' }).waitFor({ state: 'attached' });
});

test('pages of the history and events fit together, whatever happens while a page is on its way', {
  skip,
}, async () => {
  const room = await site.ann.createRoom();
  const socket = await fill(site.ann, room.name, numbered(120));
  const at = `/api${roomPath(room.name)}/messages`;
  const all: Json[] = (await site.ann.call('GET', `${at}?limit=100`)).body.messages;
  const first: Json[] = (await site.ann.call('GET', `${at}?limit=100&before=${all[0].seq}`)).body.messages;
  await site.ann.call('PATCH', `${at}/${all[99].id}`, { content: 'message 120, edited' });
  const page = await site.visitors.enter(site.bob, roomPath(room.name));
  await live(page);
  await lastMessage(page, 'message 120, edited');
  let hold = true;
  await page.route(/before=/, async (route) => {
    const response = await route.fetch();
    if (hold) {
      // Read before these, received after them.
      hold = false;
      const oldest = (await response.json()).messages[0];
      await site.ann.call('PATCH', `${at}/${oldest.id}`, { content: 'edited on the way' });
      await site.bob.call('PUT', `${at}/${oldest.id}/reactions/${encodeURIComponent('👍')}`);
      socket.say('a new one');
      await page.getByText('a new one', { exact: true }).waitFor();
    }
    await route.fulfill({ response });
  });
  await page.locator('[data-timeline]').evaluate((box) => box.scrollTo(0, 0));
  await message(page, 'edited on the way').locator('.chip').waitFor();
  await page.locator('[data-timeline]').evaluate(async (element) => {
    const beginning = () => element.textContent!.includes('This is the beginning of the room.');
    for (; !beginning(); await new Promise(requestAnimationFrame)) element.scrollTop = 0;
  });
  const texts = await messages(page);
  assert.equal(texts.length, 121);
  assert.equal(new Set(texts).size, 121);
  assert.deepEqual(
    texts.slice(0, first.length),
    first.map(({ content }) => content),
  );
  await page.reload();
  await live(page);
  await lastMessage(page, 'a new one');
  await socket.close();
});

test('a message that changes keeps the focus, the unfolded text and the place of the reader', { skip }, async () => {
  const { a, name } = await together();
  const long = await post(site.bob, name, 'line\n'.repeat(60).trim());
  for (const text of numbered(20)) await post(site.bob, name, text);
  await lastMessage(a, 'message 20');
  await a.getByRole('button', { name: 'Show more' }).click();
  const watched = a.getByText('message 5', { exact: true });
  await watched.evaluate((bubble) => bubble.closest('li')!.focus());
  await a.keyboard.press('ArrowUp');
  await a.keyboard.press('ArrowDown');
  const before = await top(watched);
  await site.bob.call('PATCH', long.path, { content: 'other line\n'.repeat(90).trim() });
  await a.locator('.edited').waitFor();
  await eventually(async () => Math.abs((await top(watched)) - before) <= 1, 20_000);
  await a.getByRole('button', { name: 'Show less' }).waitFor({ state: 'attached' });
  assert.ok(await watched.evaluate((bubble) => bubble.closest('li') === document.activeElement));
});

test('an open editor keeps its draft when the timeline is read anew', { skip }, async () => {
  const { page } = await enterNewRoom(site.visitors, site.ann);
  let broken = false;
  const { cut, mend } = await cable(page, {
    fromServer: (frame) => (broken ? frame.replace('"resumed":true', '"resumed":false') : frame),
  });
  await say(page, 'mine');
  await lastMessage(page, 'mine');
  await composer(page).press('ArrowUp');
  await editor(page).fill('my draft');
  broken = true;
  await cut();
  const readAgain = page.waitForResponse(/messages\?limit=/);
  await mend();
  await readAgain;
  await editor(page).waitFor();
  assert.equal(await editor(page).inputValue(), 'my draft');
  await editor(page).press('Enter');
  await lastMessage(page, 'my draft');
});

test('with the keyboard alone one edits, reacts and deletes', { skip }, async () => {
  const { page } = await enterNewRoom(site.visitors, site.ann);
  await say(page, 'by keyboard');
  await lastMessage(page, 'by keyboard');
  const focused = () =>
    page.evaluate(() => document.activeElement?.ariaLabel ?? document.activeElement?.textContent?.trim());
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
    return await focused();
  };
  await press('Shift+Tab');
  assert.equal(await press('Tab'), 'Actions');
  assert.equal(await press('Enter'), '👍');
  assert.equal(await press('Escape'), 'Actions', 'the focus returns');
  assert.equal(await press('Enter', 'ArrowRight', 'ArrowDown'), 'Edit');
  await press('Enter');
  await page.keyboard.type('edited ');
  await press('Enter');
  await lastMessage(page, 'by keyboardedited');
  assert.equal(await focused(), 'Actions');
  await press('Enter', 'ArrowRight', 'Enter');
  await page.getByRole('button', { name: '❤️ 1 reaction' }).waitFor();
  assert.equal(await press('Enter', 'ArrowDown', 'ArrowDown'), 'Delete');
  assert.equal(await press('Enter'), 'Keep it');
  assert.equal(await press('Shift+Tab'), 'Delete message');
  await press('Enter');
  await page.locator('.tombstone').waitFor();
});

test('on a phone one edits and deletes by touch, and Enter begins a line in the editor', { skip }, async () => {
  const room = await site.ann.createRoom();
  await post(site.ann, room.name, 'by touch');
  const page = await site.visitors.enter(site.ann, roomPath(room.name), {
    viewport: { width: 360, height: 640 },
    hasTouch: true,
    isMobile: true,
  });
  await live(page);
  const actions = page.getByRole('button', { name: 'Actions' });
  assert.equal(
    await actions.evaluate((button) => getComputedStyle(button).opacity),
    '1',
    'it is in view without hover',
  );
  await actions.tap();
  await page.getByRole('button', { name: 'Edit', exact: true }).tap();
  await editor(page).press('End');
  await editor(page).press('Enter');
  await editor(page).pressSequentially('two lines');
  await page.getByRole('button', { name: 'Save' }).tap();
  await lastMessage(page, 'by touch\ntwo lines');
  await actions.tap();
  const menu = await page.getByRole('dialog', { name: 'Actions' }).boundingBox();
  assert.ok(menu!.x >= 0 && menu!.x + menu!.width <= 360 && menu!.y + menu!.height <= 640, JSON.stringify(menu));
  await page.getByRole('button', { name: 'Delete', exact: true }).tap();
  await page.getByRole('button', { name: 'Delete message' }).tap();
  await page.locator('.tombstone').waitFor();
});

test('the list of rooms counts messages, not events', { skip }, async () => {
  const room = await site.ann.createRoom();
  const { path } = await post(site.ann, room.name, 'one');
  await site.ann.call('PATCH', path, { content: 'two' });
  await site.ann.call('PUT', `${path}/reactions/${encodeURIComponent('👍')}`);
  const page = await site.visitors.enter(site.ann, `/rooms?query=${encodeURIComponent(room.name)}`);
  await page.locator('.room-item', { hasText: room.name }).getByText('1 message ·').waitFor();
});
