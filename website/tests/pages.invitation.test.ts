// An invitation to a room: the login of an invitee names the room.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromiumIsMissing, siteWithVisitors } from './pages_fixture.ts';

const skip = chromiumIsMissing;
const site = siteWithVisitors();

test('the login and the registration of an invitee name the room, and the links between them keep it', {
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

test('the login names nothing that cannot be a room', { skip }, async () => {
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
