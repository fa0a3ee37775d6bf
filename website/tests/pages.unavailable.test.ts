// Without the database a page shows a 503, does not look logged out, and a retry works once the database is back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { person } from '../../tests/people.ts';
import { startTestStack, testDatabase } from '../../tests/stack.ts';
import { databaseCable } from './fixture.ts';
import { chromiumIsMissing, openVisitors } from './pages_fixture.ts';

test('a 503 page offers a retry at the same address, but no login', {
  skip: chromiumIsMissing,
}, async (t) => {
  const database = await testDatabase();
  t.after(() => database.drop());
  const cable = await databaseCable(t, database.url);
  const stack = await startTestStack({}, { url: cable.url });
  t.after(() => stack.stop());
  const visitors = await openVisitors(stack.url);
  t.after(() => visitors.leave());
  const page = await visitors.enter(await person(stack.url), '/rooms');
  cable.cut();
  const answer = await page.goto('/rooms?query=tea');
  assert.equal(answer?.status(), 503);
  const links = await page.getByRole('link').allTextContents();
  assert.deepEqual(links.slice(-2), ['Docs', 'Try again']);
  assert.equal(await page.getByRole('link', { name: /Log in|Register/ }).count(), 0);
  cable.mend();
  await page.getByRole('link', { name: 'Try again' }).click();
  await page.getByRole('button', { name: 'Log out' }).waitFor();
  assert.equal(new URL(page.url()).search, '?query=tea');
});
