// A website that starts before its database.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWebsite } from '@parlance/website/main.ts';
import { call, sleep } from '../../tests/people.ts';
import { recordLog, SECRETS, startWebsitePart, testDatabase, testSettings } from '../../tests/stack.ts';
import { databaseCable } from './fixture.ts';

test('a website that starts before its database logs one line, waits, and starts when the database is there', async (t) => {
  const database = await testDatabase();
  t.after(() => database.drop());
  const cable = await databaseCable(t, database.url);
  cable.cut();
  const starting = startWebsitePart(cable.url);
  await sleep(3_000);
  cable.mend();
  const site = await starting;
  t.after(() => site.stop());
  assert.equal((await call(site.url, 'GET', '/api/session')).status, 401);
  const told = site.lines.filter(({ msg }) => /waits for 30 s/.test(String(msg)));
  assert.equal(told.length, 1, site.text());
});

test('the start fails with an explanation after DATABASE_WAIT, or at once if waiting does not help', async (t) => {
  const database = await testDatabase();
  t.after(() => database.drop());
  const start = (change: Partial<URL>, wait: string) => {
    const url = Object.assign(new URL(database.url), change);
    const settings = { ...testSettings({ DATABASE_WAIT: wait }), ...SECRETS, DATABASE_URL: url.href };
    return createWebsite(settings, recordLog().log);
  };
  const began = performance.now();
  await assert.rejects(start({ port: '1' }, '2'), /cannot be reached: check DATABASE_URL/);
  assert.ok(performance.now() - began > 2_000);
  const again = performance.now();
  await assert.rejects(start({ password: 'wrong' }, '300'), /refuses the login: check DATABASE_URL/);
  await assert.rejects(start({ pathname: '/nowhere' }, '300'), /does not exist: create it or check DATABASE_URL/);
  assert.ok(performance.now() - again < 60_000, 'without waiting');
});
