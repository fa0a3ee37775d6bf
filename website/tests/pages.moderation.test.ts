// Moderation in a real browser: banning from the menu and by name, what the banned user sees, lifting the ban, what an
// administrator can do, and registration by invitation.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '@parlance/service/log.ts';
import { openDatabases } from '@parlance/website/database.ts';
import { createInvitation } from '@parlance/website/services/invitations.ts';
import type { Page } from 'playwright-core';
import { PASSWORD, type Person, person } from '../../tests/people.ts';
import { startTestStack } from '../../tests/stack.ts';
import { connectSql, eventually } from './fixture.ts';
import { announced, composer, message, together } from './pages_changes_fixture.ts';
import { act, chromiumIsMissing, lastMessage, live, roomPath, say, siteWithVisitors } from './pages_fixture.ts';

const skip = chromiumIsMissing;
let root: Person;
const site = siteWithVisitors({}, async ({ stack }) => {
  root = await person(stack.url);
  const sql = await connectSql(stack.databaseUrl);
  await sql.query('update users set is_admin = true where username = $1', [root.username]);
  await sql.end();
});

const banDialog = (page: Page) => page.getByRole('dialog', { name: 'from this room?' });
const bans = (page: Page) => page.locator('[data-bans]');
const banned = (page: Page) => page.getByText('You are banned from this room.');

test('the owner bans the author of a message, who sees the ban and cannot write, and lifts the ban', {
  skip,
}, async () => {
  const { a, b, name } = await together(site);
  await say(b, 'spam');
  await lastMessage(a, 'spam');
  await act(a, 'spam', 'Ban from this room');
  await banDialog(a)
    .getByRole('heading', { name: `Ban ${site.bob.username} from this room?` })
    .waitFor();
  await a.keyboard.press('Escape');
  assert.equal(await banned(b).count(), 0, 'Escape bans nobody');
  await act(a, 'spam', 'Ban from this room');
  await banDialog(a).getByRole('button', { name: 'Ban', exact: true }).click();
  await banned(b).waitFor();
  await eventually(() =>
    composer(b)
      .isEditable()
      .then((editable) => !editable),
  );
  assert.equal(await message(a, 'spam').count(), 1, 'the message stays until it is deleted');
  await b.reload();
  await banned(b).waitFor();
  await bans(a).getByText('Banned from this room').click();
  await bans(a)
    .getByRole('button', { name: `Unban ${site.bob.username}` })
    .click();
  await bans(a).getByText('Nobody is banned from this room.').waitFor();
  await b.goto(roomPath(name));
  await live(b);
  await say(b, 'better now');
  await lastMessage(a, 'better now');
});

test('the owner bans by name a user who has written nothing; wrong names are explained', { skip }, async () => {
  const { a, b } = await together(site);
  await bans(a).getByText('Banned from this room').click();
  const ban = async (username: string) => {
    await bans(a).getByLabel('Ban a user').fill(username);
    await bans(a).getByRole('button', { name: 'Ban', exact: true }).click();
  };
  await ban('nobody-at-all');
  await bans(a).getByText('No user has this username.').waitFor();
  await ban(site.ann.username);
  await bans(a).getByText('The owner of a room cannot be banned from it.').waitFor();
  await ban(site.bob.username.toUpperCase());
  await announced(a, `${site.bob.username.toUpperCase()} is banned from this room.`);
  await banned(b).waitFor();
  await bans(a)
    .getByRole('button', { name: `Unban ${site.bob.username}` })
    .waitFor();
});

test('users who do not own the room have neither the menu entry nor the list of bans', { skip }, async () => {
  const { a, b } = await together(site);
  await say(a, 'hers');
  await lastMessage(b, 'hers');
  await message(b, 'hers').hover();
  await message(b, 'hers').getByRole('button', { name: 'Actions', exact: true }).click();
  const menu = b.getByRole('dialog', { name: 'Actions' });
  await menu.getByRole('button', { name: '👍' }).waitFor();
  assert.equal(await menu.getByRole('button', { name: 'Ban from this room' }).count(), 0);
  assert.equal(await bans(b).count(), 0);
  await say(b, 'his');
  await lastMessage(a, 'his');
  await message(a, 'hers').hover();
  await message(a, 'hers').getByRole('button', { name: 'Actions', exact: true }).click();
  assert.equal(await a.getByRole('button', { name: 'Ban from this room' }).count(), 0, 'the owner cannot ban herself');
});

test('an administrator deletes messages and rooms of others, and bans', { skip }, async () => {
  const { a, b, name } = await together(site);
  await say(b, 'abuse');
  const admin = await site.visitors.enter(root, roomPath(name));
  await lastMessage(admin, 'abuse');
  await act(admin, 'abuse', 'Delete');
  await admin.getByRole('button', { name: 'Delete message' }).click();
  await a.getByText(`Message deleted by ${root.username}`).waitFor();
  await say(b, 'again');
  await lastMessage(admin, 'again');
  await act(admin, 'again', 'Ban from this room');
  await banDialog(admin).getByRole('button', { name: 'Ban', exact: true }).click();
  await banned(b).waitFor();
  await admin.goto(`/rooms?query=${encodeURIComponent(name)}`);
  await admin.getByRole('button', { name: `Delete ${name}` }).click();
  await admin.getByRole('button', { name: 'Delete room', exact: true }).click();
  await a.getByText('This room was deleted.').waitFor();
});

test('an administrator suspends a user, who is logged out at once, and lifts the suspension on the account page', {
  skip,
}, async () => {
  const { b } = await together(site);
  const admin = await site.visitors.enter(root, '/account');
  const form = admin.locator('[data-suspension-form]');
  const confirm = async (username: string, choice: string) => {
    await form.getByLabel('Username').fill(username);
    await form.getByLabel(choice).check();
    await form.getByRole('button', { name: 'Confirm' }).click();
  };
  await confirm(root.username, 'Suspend the account');
  await form.getByText('Administrators cannot be suspended.').waitFor();
  await confirm(site.bob.username, 'Suspend the account');
  await form.getByText(`${site.bob.username} is suspended.`).waitFor();
  await b.getByText('Your session has ended.').waitFor();
  await b.goto('/login');
  const logIn = async () => {
    await b.getByLabel('Email').fill(site.bob.email);
    await b.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await b.keyboard.press('Enter');
  };
  await logIn();
  await b.getByText('The account is suspended.').waitFor();
  await confirm(site.bob.username, 'Lift the suspension');
  await form.getByText(`${site.bob.username} can log in again.`).waitFor();
  await logIn();
  await b.waitForURL('**/rooms');
  await b.goto('/account');
  assert.equal(await b.locator('[data-suspension-form]').count(), 0, 'users have no such form');
});

test('an invitation link registers one user, and the page explains a used invitation and a closed registration', {
  skip,
}, async () => {
  const stack = await startTestStack({ REGISTRATION: 'invited' }, { url: site.stack.databaseUrl });
  const dbs = openDatabases(site.stack.databaseUrl, 1, createLog({ service: 'test', level: 'silent' }));
  const { invitation } = await createInvitation(dbs.general);
  await dbs.close();
  const register = async (page: Page, username: string) => {
    await page.getByLabel('Email').fill(`${username}@example.org`);
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Create account' }).click();
  };
  const page = await site.visitors.visit();
  await page.goto(`${stack.url}/register#${invitation}`);
  await eventually(() =>
    page
      .getByLabel('Invitation')
      .inputValue()
      .then((value) => value === invitation),
  );
  assert.equal(page.url(), `${stack.url}/register`, 'the secret does not stay in the address');
  await register(page, 'invited-one');
  await page.waitForURL(`${stack.url}/rooms`);
  const second = await site.visitors.visit();
  await second.goto(`${stack.url}/register#${invitation}`);
  await register(second, 'invited-two');
  await second.getByText('This invitation is not valid, was used or has expired.').waitFor();
  await stack.stop();
  const closed = await startTestStack({ REGISTRATION: 'closed' }, { url: site.stack.databaseUrl });
  await second.goto(`${closed.url}/register`);
  await second.getByText('Registration is closed on this server.').waitFor();
  assert.equal(await second.getByRole('button', { name: 'Create account' }).count(), 0);
  await closed.stop();
});
