// Invitations: an empty room shows its link, and login and registration from such a link name the room.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  chromiumIsMissing,
  clipboardOf,
  enterNewRoom,
  lastMessage,
  live,
  PLAIN_HOST,
  roomPath,
  say,
  siteWithVisitors,
} from './pages_fixture.ts';

const skip = chromiumIsMissing;
const site = siteWithVisitors();

test('login and registration from a room link name the room, and the links between them keep it', {
  skip,
}, async () => {
  const page = await site.visitors.visit();
  await page.goto('/login?next=/rooms/Tea%20room');
  await page.getByRole('heading', { name: 'Log in to join Tea room', exact: true }).waitFor();
  await page.getByRole('main').getByRole('link', { name: 'Register' }).click();
  await page.getByRole('heading', { name: 'Create an account to join Tea room', exact: true }).waitFor();
  await page.getByRole('main').getByRole('link', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Log in to join Tea room', exact: true }).waitFor();
  for (const next of ['/rooms/%E8%8C%B6%E5%AE%A4', '/rooms/%E8%8C%B6%E5%AE%A4?x=1#y']) {
    await page.goto(`/login?next=${encodeURIComponent(next)}`);
    await page.getByRole('heading', { name: 'Log in to join 茶室', exact: true }).waitFor();
  }
});

test('login and registration do not name a room for an invalid path', { skip }, async () => {
  const page = await site.visitors.visit();
  const hostile = encodeURIComponent(`<img src=x onerror="document.title='owned'">`);
  for (const next of [
    '/rooms',
    '/rooms/',
    '/rooms/a/b',
    '/docs/Tea',
    'https://evil.example/rooms/Tea',
    `/rooms/${hostile}`,
    `/rooms/${'x'.repeat(65)}`,
    '/rooms/%E0%A4%A',
    '/rooms/%00',
    '/rooms/a%2Fb',
    '/rooms/%E2%80%AEmoor',
  ]) {
    for (const [path, heading] of [
      ['/login', 'Log in'],
      ['/register', 'Create an account'],
    ] as const) {
      await page.goto(`${path}?next=${encodeURIComponent(next)}`);
      assert.equal(await page.getByRole('heading').textContent(), heading, next);
      assert.doesNotMatch(await page.title(), /owned/);
    }
  }
});

test('an empty room shows a link to copy until the first message', { skip }, async () => {
  const { page, room } = await enterNewRoom(site.visitors, site.ann);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const link = site.stack.url + roomPath(room.name);
  assert.equal(await page.getByLabel('Link to this room').inputValue(), link);
  await page.getByRole('button', { name: 'Copy link' }).click();
  await page.getByRole('status').getByText('The link is copied.').waitFor();
  assert.equal(await clipboardOf(page), link);
  await say(page, 'hello');
  await page.getByRole('button', { name: 'Copy link' }).waitFor({ state: 'hidden' });
  await lastMessage(page, 'hello');
  await page.reload();
  await lastMessage(page, 'hello');
  assert.equal(await page.getByRole('button', { name: 'Copy link' }).isVisible(), false);
});

test('without clipboard access the link is selected, so that the user can copy it', { skip }, async () => {
  const room = await site.ann.createRoom();
  const origin = site.stack.url.replace('127.0.0.1', PLAIN_HOST);
  const page = await site.visitors.enter(site.ann, roomPath(room.name), { baseURL: origin });
  await live(page);
  assert.equal(await page.evaluate(() => 'clipboard' in navigator), false);
  await page.getByRole('button', { name: 'Copy link' }).click();
  await page.getByRole('status').getByText('The link is selected: copy it yourself.').waitFor();
  assert.equal(await page.evaluate(() => getSelection()!.toString()), origin + roomPath(room.name));
  assert.equal(await page.evaluate(() => document.activeElement!.ariaLabel), 'Link to this room');
});
