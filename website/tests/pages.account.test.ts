// The account page and the password reset in a real browser, with mails through a real SMTP server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { linkIn, type MailServer, settingsWith, startMailServer } from '../../tests/mail_server.ts';
import { call, PASSWORD, type Person, person } from '../../tests/people.ts';
import { startTestStack, type TestStack } from '../../tests/stack.ts';
import { chromiumIsMissing, lastMessage, live, openVisitors, roomPath, say, type Visitors } from './pages_fixture.ts';

const skip = chromiumIsMissing;
const NEW = 'another long enough password';

let mail: MailServer;
let stack: TestStack;
let visitors: Visitors;
before(async () => {
  if (skip) return;
  mail = await startMailServer();
  stack = await startTestStack(await settingsWith(mail));
  visitors = await openVisitors(stack.url);
});
after(async () => {
  try {
    await visitors?.leave();
  } finally {
    await stack?.stop();
    await mail?.stop();
  }
});

async function logIn(page: Page, who: Person, password: string): Promise<void> {
  await page.getByLabel('Email').fill(who.email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
}

const whoAmI = (token: string) => call(stack.url, 'GET', '/api/session', { token });
const rows = (page: Page) => page.locator('[data-sessions] > li');

test('a user resets a forgotten password by mail, sees the session of a stranger and ends it', {
  skip,
}, async () => {
  const ann = await person(stack.url);
  const room = await ann.createRoom();
  const page = await visitors.visit();
  await page.goto('/login');
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await page.getByLabel('Email').fill(ann.email);
  await page.keyboard.press('Enter');
  await page.getByText('a mail is on its way').waitFor();

  const link = linkIn(await mail.next(ann.email));
  await page.goto('/');
  await page.goto(link.href);
  await page.getByLabel('New password', { exact: true }).fill('password1');
  await page.keyboard.press('Enter');
  await page.locator('#password-error', { hasText: 'attackers try first' }).waitFor();
  await page.getByLabel('New password', { exact: true }).fill(NEW);
  await page.keyboard.press('Enter');
  await page.getByText('Your new password is set').waitFor();
  assert.equal(new URL(page.url()).hash, '');
  assert.equal((await whoAmI(ann.token)).status, 401, 'earlier sessions have ended');

  // A stranger also logs in with the new password and joins a room.
  const stranger = await visitors.visit();
  await stranger.goto(roomPath(room.name));
  await logIn(stranger, ann, NEW);
  await stranger.waitForURL(roomPath(room.name));
  await live(stranger);
  const closed = stranger.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const text = document.querySelector('[data-connection-text]')!;
        new MutationObserver(() => text.textContent?.includes('session') && resolve(text.textContent)).observe(text, {
          childList: true,
          characterData: true,
          subtree: true,
        });
      }),
  );
  await say(stranger, 'I am ann');
  await lastMessage(stranger, 'I am ann');

  await page.getByRole('link', { name: 'Log in' }).last().click();
  await logIn(page, ann, NEW);
  await page.waitForURL('/rooms');
  await page.getByRole('link', { name: `Account of ${ann.username}` }).click();
  await page.getByText('this session').waitFor();
  assert.equal(await rows(page).count(), 2);
  assert.match((await rows(page).first().textContent())!, /^Browserthis sessionLogged in .+, until /);
  await rows(page)
    .nth(1)
    .getByRole('button', { name: /^End the session of/ })
    .click();
  await page.getByText('The session has ended.').waitFor();
  assert.equal(await rows(page).count(), 1);
  assert.equal(await closed, 'Your session has ended.', 'the socket was closed with 4501');
  await stranger.goto('/rooms');
  await stranger.waitForURL('/login?next=%2Frooms');

  await page.goto(link.href);
  await page.getByLabel('New password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByText('The link was used already').waitFor();
});

test('a password change explains a wrong password and ends all other sessions', { skip }, async () => {
  const ann = await person(stack.url);
  const page = await visitors.enter(ann, '/account');
  await rows(page).nth(1).waitFor();
  const [current, next] = [page.getByLabel('Current password'), page.getByLabel('New password', { exact: true })];
  assert.deepEqual(await Promise.all([current, next].map((field) => field.getAttribute('autocomplete'))), [
    'current-password',
    'new-password',
  ]);
  await current.fill('not the password');
  await next.fill(NEW);
  await page.keyboard.press('Enter');
  await page.getByText('The password is not the one of this account.').waitFor();
  await current.fill(PASSWORD);
  await next.fill('short');
  await page.keyboard.press('Enter');
  await page.locator('#newPassword[aria-invalid]').waitFor();
  await next.fill(NEW);
  await page.keyboard.press('Enter');
  await page.getByText('Your password is changed.').waitFor();
  assert.equal(await current.inputValue(), '');
  assert.equal(await rows(page).count(), 1);
  assert.equal((await whoAmI(ann.token)).status, 401);

  const other = await visitors.visit();
  await other.goto('/account');
  await logIn(other, ann, NEW);
  await other.waitForURL('/account');
  await page.reload();
  await page.getByRole('button', { name: 'End all others' }).click();
  await page.getByText('All other sessions have ended.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'End all others' }).count(), 0);
  await other.getByRole('button', { name: 'End all others' }).click();
  await other.waitForURL('/login?next=%2Faccount');
});

test('an account is deleted after a confirmation, and its messages are kept or deleted as chosen', {
  skip,
}, async () => {
  const bob = await person(stack.url);
  const room = await bob.createRoom();
  for (const [choice, left] of [
    ['Keep them under your username', 1],
    ['Delete them in every room', 0],
  ] as const) {
    const ann = await person(stack.url);
    const path = `/api${roomPath(room.name)}/messages`;
    await ann.call('POST', path, { id: crypto.randomUUID(), content: choice });
    const page = await visitors.enter(ann, '/account');
    await page.getByLabel(choice).check();
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: `Delete the account ${ann.username}?` });
    await dialog.waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Keep it');
    await page.keyboard.press('Escape');
    assert.equal((await whoAmI(ann.token)).status, 200, 'Escape deletes nothing');
    await page.getByRole('button', { name: 'Delete account…' }).click();
    await dialog.getByRole('button', { name: 'Delete account' }).click();
    await page.waitForURL('/');
    await page.getByRole('link', { name: 'Create an account' }).waitFor();
    assert.equal((await whoAmI(ann.token)).status, 401);
    const written = async () =>
      (await bob.call('GET', path)).body.messages.filter((one: { content?: string }) => one.content === choice).length;
    for (let waited = 0; (await written()) !== left && waited < 5_000; waited += 50) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.equal(await written(), left);
  }
});

test('without a mail server the page refers to the operator, and it explains links that are unknown or incomplete', {
  skip,
}, async () => {
  const silent = await startTestStack({}, { url: stack.databaseUrl });
  const others = await openVisitors(silent.url);
  try {
    const page = await others.visit();
    await page.goto('/password-reset');
    await page.getByText('Ask its operator for a link').waitFor();
    assert.equal(await page.getByLabel('Email').count(), 0);
    await page.goto(`/password-reset#${'A'.repeat(43)}`);
    await page.getByLabel('New password', { exact: true }).fill(NEW);
    await page.keyboard.press('Enter');
    await page.getByText('never existed').waitFor();
    await page.goto('/password-reset#cut-off');
    await page.getByText('This link is incomplete.').waitFor();
  } finally {
    await others.leave();
    await silent.stop();
  }
});
