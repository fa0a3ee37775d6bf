// Registration, login, the list of rooms and logout in a real browser.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { PASSWORD, person } from '../../tests/people.ts';
import { eventually } from './fixture.ts';
import { chromiumIsMissing, live, roomPath, siteWithVisitors } from './pages_fixture.ts';

const skip = chromiumIsMissing;
const site = siteWithVisitors({ LOGINS_PER_10MIN: '3' });

const unique = (word: string) => `${word} ${randomUUID().slice(0, 8)}`;

test('the registration form shows each error at its field and then leads to the page that was requested', {
  skip,
}, async () => {
  const owner = await person(site.stack.url);
  const { name } = await owner.createRoom();
  const page = await site.visitors.visit();
  await page.goto(roomPath(name));
  await page.getByRole('main').getByRole('link', { name: 'Register' }).click();
  const submit = page.getByRole('button', { name: 'Create account' });
  await submit.click();
  await page.getByLabel('Email').and(page.locator(':focus[aria-invalid]')).waitFor();

  await page.getByLabel('Email').fill('nobody');
  await page.getByLabel('Username').fill(owner.username);
  await page.getByLabel('Password', { exact: true }).fill('short');
  await submit.click();
  const invalid = page.locator('[aria-invalid=true]');
  await invalid.first().waitFor();
  assert.deepEqual(await invalid.evaluateAll((all) => all.map((one) => (one as HTMLInputElement).name)), [
    'email',
    'password',
  ]);
  assert.equal(await page.locator('#email-error').textContent(), 'Enter an email address such as ann@example.org.');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'email');

  await page.getByLabel('Email').fill(`${randomUUID()}@example.org`);
  assert.equal(await page.locator('#email-error').textContent(), '');
  await page.getByLabel('Password', { exact: true }).fill('password1');
  await submit.click();
  await page.locator('#password[aria-invalid]').waitFor();
  assert.doesNotMatch((await page.locator('#password-error').textContent())!, /^(Use 8|Must)|^$/);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await submit.click();
  await page.locator('#username[aria-invalid]').waitFor();
  await page.getByLabel('Username').fill('n w');
  await submit.click();
  await page.locator('#username-error', { hasText: 'Use 3 to 32 letters' }).waitFor();
  assert.doesNotMatch((await page.locator('#username-error').textContent())!, /Other users see it/);
  await page.getByLabel('Username').fill(` new-${randomUUID().slice(0, 8)} `);
  await submit.click();
  await page.waitForURL(roomPath(name));
  await live(page);
});

test('going back after a login does not lead to the login page', { skip }, async () => {
  const ann = await person(site.stack.url);
  const page = await site.visitors.visit();
  await page.goto('/register');
  // Password managers store the field marked as username, so the email has this mark in both forms.
  assert.equal(await page.getByLabel('Email').getAttribute('autocomplete'), 'username');
  await page.goto('/');
  await page.getByRole('navigation').getByRole('link', { name: 'Log in' }).click();
  assert.equal(await page.getByLabel('Email').getAttribute('autocomplete'), 'username');
  await page.getByLabel('Email').fill(ann.email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL('/rooms');
  await page.goBack();
  await page.waitForURL('/');
});

test('a wrong password is reported above the form, and too many of them with the time to wait', { skip }, async () => {
  const ann = await person(site.stack.url);
  const page = await site.visitors.visit();
  await page.goto('/login');
  await page.getByLabel('Email').fill(ann.email);
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  const top = page.locator('[data-form-error]');
  await page.keyboard.press('Enter');
  await top.filter({ hasText: 'email address or the password is wrong' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.className), 'form-error');
  for (let attempt = 0; attempt < 3; attempt++) {
    const answer = page.waitForResponse('**/api/session');
    await page.getByRole('button', { name: 'Log in' }).click();
    await answer;
  }
  await top.filter({ hasText: /Try again in \d+ (second|minute)s?\./ }).waitFor();
});

test('rooms are found while the user types, page by page, and going back keeps the search', { skip }, async () => {
  const ann = await person(site.stack.url);
  const word = unique('Много').replace(' ', '-');
  for (let index = 0; index < 53; index++) await ann.createRoom(`${word} ${index}`);
  const page = await site.visitors.enter(await person(site.stack.url), '/rooms');
  const found = page.waitForResponse(/rooms\?query=/);
  await page.getByLabel('Search rooms').fill(word.toUpperCase());
  await found;
  const rooms = page.locator('.room-item');
  await page.getByText('50 rooms shown, there are more').waitFor();
  assert.equal(await rooms.count(), 50);
  assert.equal(await page.getByRole('button', { name: /^Delete/ }).count(), 0, 'another user cannot delete them');
  await page.getByRole('button', { name: 'More rooms' }).click();
  await page.getByText('53 rooms').waitFor();
  assert.equal(new Set(await rooms.locator('a').allTextContents()).size, 53);
  const last = rooms.getByRole('link').last();
  await last.click();
  await live(page);
  await page.goBack();
  await page.getByText('53 rooms').waitFor();
  await eventually(() => last.evaluate((link) => link.getBoundingClientRect().bottom <= innerHeight), 20_000);
  await page.getByLabel('Search rooms').fill(`${word} 52`);
  await page.getByText('1 room', { exact: true }).waitFor();
  await rooms.getByRole('link').click();
  await live(page);
  await page.goBack();
  await page.getByText('1 room', { exact: true }).waitFor();
  await page.getByLabel('Search rooms').fill(`${word}%`);
  await page.getByText(`No room has “${word}%” in its name.`).waitFor();
});

test('a room is created, its name is taken, and its owner deletes it after a confirmation', { skip }, async () => {
  const ann = await person(site.stack.url);
  const page = await site.visitors.enter(ann, '/rooms');
  const name = unique('Tea & <b>"cake"').replace(/[^\p{L}\p{N}]+/gu, ' ');
  const field = page.getByLabel('Name', { exact: true });
  await field.fill('<b>');
  await page.keyboard.press('Enter');
  await page.locator('#name-error', { hasText: 'This name is not valid.' }).waitFor();
  await field.fill(name);
  await page.keyboard.press('Enter');
  await page.waitForURL(roomPath(name));
  await live(page);
  await page.getByRole('link', { name: 'All rooms' }).click();
  await field.fill(name.toLowerCase());
  await page.keyboard.press('Enter');
  const exists = `A room "${name.toLowerCase()}" exists. Join it, or choose another name.`;
  await page.locator('#name-error', { hasText: exists }).waitFor();
  await field.fill(name.replace('a', '\u0430'));
  await page.keyboard.press('Enter');
  const looksTheSame = `A room "${name}" looks the same. Join it, or choose another name.`;
  await page.locator('#name-error', { hasText: looksTheSame }).waitFor();

  await page.getByRole('button', { name: `Delete ${name}` }).click();
  await page.getByRole('dialog', { name: `Delete ${name}?` }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Keep it');
  await page.keyboard.press('Escape');
  assert.equal((await ann.call('GET', `/api${roomPath(name)}`)).status, 200, 'Escape deletes nothing');
  await page.getByRole('button', { name: `Delete ${name}` }).click();
  await page.route('**/api/rooms/*', (route) => route.abort());
  await page.getByRole('button', { name: 'Delete room' }).click();
  await page.getByRole('dialog').getByText('The server does not answer.').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Delete room');
  await page.unroute('**/api/rooms/*');
  await page.getByRole('button', { name: 'Delete room' }).click();
  await page.getByText(`${name} is deleted.`).waitFor();
  assert.equal((await ann.call('GET', `/api${roomPath(name)}`)).status, 404);
});

test('logging out ends the session, and another page of the session leads to the login', { skip }, async () => {
  const page = await site.visitors.enter(await person(site.stack.url), '/rooms');
  const other = await page.context().newPage();
  await other.goto('/rooms');
  await other.getByText(/room/).first().waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.waitForURL('/');
  await page.getByRole('link', { name: 'Create an account' }).waitFor();
  await other.getByLabel('Search rooms').fill('x');
  await other.waitForURL('/login?next=%2Frooms%3Fquery%3Dx');
});
