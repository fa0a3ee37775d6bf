// Live changes of messages: after a reconnect, during a request, above the scroll position, with an open editor.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator } from 'playwright-core';
import type { Json } from '../../tests/people.ts';
import { eventually } from './fixture.ts';
import { composer, editor, message, post, together } from './pages_changes_fixture.ts';
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
  shown,
  siteWithVisitors,
} from './pages_fixture.ts';

const skip = chromiumIsMissing;
const site = siteWithVisitors({ MESSAGES_PER_10S: '10000' });

const top = (element: Locator) => element.evaluate((one) => one.getBoundingClientRect().top);

test('after a reconnect the replay gives the same state as online, and never shows an empty or superseded text', {
  skip,
}, async () => {
  const { a, b, name } = await together(site);
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
  assert.ok(texts.includes('…'), 'the placeholder was shown');
  assert.deepEqual(
    texts.filter((text) => text === '' || /withdrawn|never/.test(text)),
    [],
  );
  const line = b.getByText('New messages', { exact: true });
  const firstNew = await line.evaluate((element) => element.nextElementSibling!.querySelector('.bubble')!.textContent);
  assert.equal(firstNew, 'what stays');
});

test('history pages and events merge correctly, also when events arrive during the request of a page', {
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
      // The page is read before these events and received after them.
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

test('an edit above keeps the focus, the expanded text and the scroll position', { skip }, async () => {
  const { a, name } = await together(site);
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

test('an open editor keeps its draft when the timeline is reloaded', { skip }, async () => {
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

test('an announced text leaves the live region after its message is deleted', { skip }, async () => {
  const { page, room } = await enterNewRoom(site.visitors, site.ann);
  const { path } = await post(site.bob, room.name, 'a secret');
  const announcer = page.locator('[data-announcer]', { hasText: 'a secret' });
  await announcer.waitFor({ state: 'attached' });
  await site.bob.call('DELETE', path);
  await announcer.waitFor({ state: 'detached' });
  assert.equal(await page.getByText('a secret').count(), 0);
});
