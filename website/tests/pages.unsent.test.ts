// Messages that are not stored yet: never lost, never duplicated, never sent to another room.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from './fixture.ts';
import {
  cable,
  chromiumIsMissing,
  enterNewRoom,
  lastMessage,
  live,
  messages,
  roomPath,
  say,
  siteWithVisitors,
  unsent,
} from './pages_fixture.ts';

const skip = chromiumIsMissing;
const site = siteWithVisitors({ MESSAGES_PER_10S: '10000' });

/** The contents of the stored messages, as the API has them. */
async function log(room: string): Promise<string[]> {
  const { body } = await site.ann.call('GET', `/api${roomPath(room)}/messages`);
  return body.messages.map((message: { content: string }) => message.content);
}

test('unsent messages survive a reload and are then stored once, in order', { skip }, async () => {
  const { page, room } = await enterNewRoom(site.visitors, site.ann);
  const { cut, mend } = await cable(page);
  await cut();
  await page.getByText('Connection lost.').waitFor();
  await say(page, 'one');
  await say(page, 'two');
  await unsent(page).getByText('Not sent yet…').nth(1).waitFor();
  await page.reload();
  assert.deepEqual(await unsent(page).locator('.bubble').allTextContents(), ['one', 'two']);
  assert.deepEqual(await log(room.name), [], 'nothing is stored yet');
  await mend();
  await lastMessage(page, 'two');
  assert.equal(await unsent(page).count(), 0);
  assert.deepEqual(await log(room.name), ['one', 'two']);
  assert.equal(await page.evaluate(() => Object.keys(sessionStorage).length), 0);
});

test('a message whose answer was lost is shown once and stored once', { skip }, async () => {
  const { page, room } = await enterNewRoom(site.visitors, site.ann);
  let deaf = true;
  await cable(page, { fromServer: (frame) => (deaf && frame.includes('message.created') ? undefined : frame) });
  await say(page, 'did you hear me?');
  await unsent(page).getByText('Not sent yet…').waitFor();
  assert.deepEqual(await log(room.name), ['did you hear me?'], 'it is stored, only the answer was lost');
  deaf = false;
  await page.reload();
  await lastMessage(page, 'did you hear me?');
  await live(page);
  await say(page, 'I did');
  await lastMessage(page, 'I did');
  assert.deepEqual(await messages(page), ['did you hear me?', 'I did']);
  assert.equal(await unsent(page).count(), 0);
  assert.deepEqual(await log(room.name), ['did you hear me?', 'I did']);
});

test('a message that can never be sent shows the reason, and can be edited or discarded', { skip }, async () => {
  const { page } = await enterNewRoom(site.visitors, site.ann);
  await cable(page, {
    fromPage(frame, answer) {
      const { id, content } = JSON.parse(frame);
      if (!content?.startsWith('bad')) return frame;
      answer({ type: 'error', code: 'id_conflict', detail: 'Taken.', refId: id });
      return undefined;
    },
  });
  await say(page, 'bad one');
  await say(page, 'bad two');
  await unsent(page).getByText('Not sent: another message has its id.').nth(1).waitFor();
  await page.reload();
  await live(page);
  await unsent(page).first().getByRole('button', { name: 'Discard' }).click();
  await unsent(page).first().getByRole('button', { name: 'Edit' }).click();
  assert.equal(await page.getByLabel('Message', { exact: true }).inputValue(), 'bad two');
  assert.equal(await unsent(page).count(), 0);
  await say(page, 'good');
  await lastMessage(page, 'good');
});

test('unsent messages of a deleted room are not sent to a new room with the same name', { skip }, async () => {
  const { page, room } = await enterNewRoom(site.visitors, site.ann);
  const { cut, mend } = await cable(page);
  await say(page, 'for the old room');
  await lastMessage(page, 'for the old room');
  await cut();
  await say(page, 'a secret of the old room');
  await site.ann.call('DELETE', `/api${roomPath(room.name)}`);
  const renewed = await site.ann.createRoom(room.name);
  assert.notEqual(renewed.id, room.id);
  const reloaded = page.waitForEvent('load');
  await mend();
  await reloaded;
  await live(page);
  await say(page, 'for the new room');
  await lastMessage(page, 'for the new room');
  assert.deepEqual(await messages(page), ['for the new room']);
  assert.deepEqual(await log(room.name), ['for the new room']);
});

test('leaving the page asks for confirmation only if messages are unsent', { skip }, async () => {
  const { page } = await enterNewRoom(site.visitors, site.ann);
  const { cut, mend } = await cable(page);
  let asked = 0;
  page.on('dialog', (dialog) => {
    asked++;
    assert.equal(dialog.type(), 'beforeunload');
    void dialog.dismiss();
  });
  await cut();
  await say(page, 'wait for me');
  await unsent(page).getByText('Not sent yet…').waitFor();
  await page.getByRole('link', { name: 'All rooms' }).click();
  await eventually(() => asked === 1, 20_000);
  await mend();
  await lastMessage(page, 'wait for me');
  await page.getByRole('link', { name: 'All rooms' }).click();
  await page.waitForURL('/rooms');
  assert.equal(asked, 1);
});

test('logging out deletes drafts and unsent messages of all rooms', { skip }, async () => {
  const { page, room } = await enterNewRoom(site.visitors, site.ann);
  const { cut } = await cable(page);
  await cut();
  await say(page, 'not for the next one');
  await unsent(page).getByText('Not sent yet…').waitFor();
  await page.getByLabel('Message', { exact: true }).fill('a draft');
  page.on('dialog', () => assert.fail('a dialog was shown'));
  const kept = () => page.evaluate(() => Object.keys(sessionStorage).length);
  await page.route('**/api/session', (route) => route.abort());
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByText('You are still logged in.').waitFor();
  assert.equal(await kept(), 2);
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Log out');
  await page.unroute('**/api/session');
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.waitForURL('/');
  assert.equal(await kept(), 0, room.name);
});

test('a message over the rate limit shows when it is sent', { skip }, async () => {
  const { page } = await enterNewRoom(site.visitors, site.ann);
  let refusals = 0;
  await cable(page, {
    fromPage(frame, answer) {
      const { id, type } = JSON.parse(frame);
      if (type !== 'message.send' || refusals++ > 0) return frame;
      answer({ type: 'error', code: 'rate_limited', detail: 'Too many.', refId: id, retryAfterMs: 3_000 });
      return undefined;
    },
  });
  await say(page, 'quick');
  await unsent(page).getByText('Sending too fast. Waiting a few seconds…').waitFor();
  await lastMessage(page, 'quick');
});
