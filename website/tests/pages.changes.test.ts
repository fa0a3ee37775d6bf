// Editing and deleting messages on the page, and the errors shown.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { eventually } from './fixture.ts';
import { announced, composer, editor, message, post, together } from './pages_changes_fixture.ts';
import { act, chromiumIsMissing, lastMessage, live, messages, say, shown, siteWithVisitors } from './pages_fixture.ts';

const skip = chromiumIsMissing;
const site = siteWithVisitors({ MESSAGES_PER_10S: '10000' });

test('an edit through the menu replaces the text on every page, marked with its time, and is not parsed as HTML', {
  skip,
}, async () => {
  const { a, b, name } = await together(site);
  await say(a, 'first');
  await say(a, 'second');
  await lastMessage(b, 'second');
  await act(a, 'first', 'Edit');
  assert.equal(await editor(a).inputValue(), 'first');
  assert.equal(
    await a.getByText('first', { exact: true }).locator('visible=true').count(),
    0,
    'the editor replaces the bubble',
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

test('the menu offers only permitted actions', { skip }, async () => {
  const { a, b } = await together(site);
  await say(a, 'hers');
  await say(b, 'his');
  await lastMessage(a, 'his');
  await lastMessage(b, 'his');
  const offered = async (page: Page, text: string) => {
    await message(page, text).hover();
    await message(page, text).getByRole('button', { name: 'Actions', exact: true }).click();
    const menu = page.getByRole('dialog', { name: 'Actions' });
    await menu.waitFor(); // its code is fetched when it is first used
    const entries = await menu.locator('.quiet:visible').allTextContents();
    await page.keyboard.press('Escape');
    await menu.waitFor({ state: 'hidden' });
    return entries;
  };
  assert.deepEqual(await offered(a, 'hers'), ['Edit', 'Delete']);
  assert.deepEqual(await offered(a, 'his'), ['Delete', 'Ban from this room'], 'ann owns the room');
  assert.deepEqual(await offered(b, 'hers'), []);
  assert.deepEqual(await offered(b, 'his'), ['Edit', 'Delete']);
});

test('ArrowUp in the empty composer edits the newest own message; Escape or an unchanged text sends nothing', {
  skip,
}, async () => {
  const { a, b } = await together(site);
  await composer(a).press('ArrowUp');
  assert.equal(await editor(a).count(), 0, 'no message to edit');
  await say(a, 'mine');
  await say(b, 'not mine');
  await lastMessage(a, 'not mine');
  await composer(a).fill('draft');
  await composer(a).press('ArrowUp');
  assert.equal(await editor(a).count(), 0, 'the composer is not empty');
  await composer(a).fill('');
  const requests: string[] = [];
  a.on('request', (request) => request.resourceType() !== 'script' && requests.push(request.method()));
  for (const end of ['Escape', 'Enter']) {
    await composer(a).press('ArrowUp');
    assert.equal(await editor(a).inputValue(), 'mine');
    assert.ok(await editor(a).evaluate((field) => field === document.activeElement));
    if (end === 'Escape') await editor(a).fill('something else');
    await editor(a).press(end);
    assert.equal(await editor(a).count(), 0);
    assert.ok(await composer(a).evaluate((field) => field === document.activeElement), 'focus returned');
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

test('a stale edit shows both texts, and the user can keep either', { skip }, async () => {
  const { a, b, name } = await together(site);
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
    assert.equal(await editor(a).inputValue(), 'my draft', 'a live edit does not overwrite the draft');
    await editor(a).press('Enter');
    await a.getByRole('alert').getByText('edited elsewhere').waitFor();
    await a.locator('[data-their-text]', { hasText: 'from elsewhere' }).waitFor();
    assert.equal(await editor(a).inputValue(), 'my draft');
    await a.getByRole('button', { name: button }).click();
    for (const page of [a, b]) await lastMessage(page, wins);
    assert.equal(await editor(a).count(), 0);
  }
});

test('an editor is read-only while saving, and if closed meanwhile does not close a later editor', {
  skip,
}, async () => {
  const { a } = await together(site);
  await say(a, 'mine');
  await lastMessage(a, 'mine');
  let answer = () => {};
  await a.route('**/messages/*', async (route) => {
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    await route.continue();
  });
  await composer(a).press('ArrowUp');
  await editor(a).fill('first edit');
  await editor(a).press('Enter');
  await editor(a).pressSequentially('lost');
  assert.equal(await editor(a).inputValue(), 'first edit');
  await editor(a).press('Escape');
  await composer(a).press('ArrowUp');
  await editor(a).fill('second edit');
  answer();
  await lastMessage(a, 'first edit');
  await composer(a).press('ArrowUp');
  assert.equal(await editor(a).inputValue(), 'second edit', 'the second editor stays open');
  await a.unroute('**/messages/*');
  await editor(a).press('Escape');
  assert.equal(await editor(a).count(), 0);
});

test('a failed edit keeps the draft and shows the error', { skip }, async () => {
  const { a, name } = await together(site);
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

test('the owner deletes the message of another user through a dialog, and every page names the owner', {
  skip,
}, async () => {
  const { a, b } = await together(site);
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

test('the list of rooms counts messages, not events', { skip }, async () => {
  const room = await site.ann.createRoom();
  const { path } = await post(site.ann, room.name, 'one');
  await site.ann.call('PATCH', path, { content: 'two' });
  await site.ann.call('PUT', `${path}/reactions/${encodeURIComponent('👍')}`);
  const page = await site.visitors.enter(site.ann, `/rooms?query=${encodeURIComponent(room.name)}`);
  await page.locator('.room-item', { hasText: room.name }).getByText('1 message ·').waitFor();
});
