// Counters of a website whose own clock is wrong: the clock of the database decides when a window ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabases } from '@parlance/website/database.ts';
import { recordLog, SECRETS, testDatabase, testSettings } from '../../tests/stack.ts';
import { atMost, count, isRemembered, remember } from '../app/counters.ts';
import { cleanUp } from '../app/janitor.ts';
import { createWebsite } from '../app/main.ts';

const DAY_MS = 86_400_000;

test('a website whose clock is a day ahead or behind neither shortens nor extends the windows of shared counters', async (t) => {
  const database = await testDatabase();
  t.after(() => database.drop());
  const { log } = recordLog();
  const website = await createWebsite({ ...testSettings(), ...SECRETS, DATABASE_URL: database.url }, log);
  await website.stop();
  const { general: db, close } = openDatabases(database.url, 2, log);
  t.after(close);
  const once = (key: string, seconds = 600) => count(db, [atMost(1, key, seconds)]);
  const refused = (key: string) => assert.rejects(once(key), { code: 'too_many_requests' });
  await once('before');
  await remember(db, 'browser', 600);

  const { now } = Date;
  const clock = t.mock.method(Date, 'now', () => now() + DAY_MS);
  await cleanUp(db);
  await refused('before');
  assert.equal(await isRemembered(db, 'browser'), true);

  clock.mock.mockImplementation(() => now() - DAY_MS);
  await refused('before');
  await once('short', 3);
  await remember(db, 'short browser', 3);
  const over = now() + 3_500;
  while (now() < over) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(await isRemembered(db, 'short browser'), false);
  await once('short');
  await refused('short');
});
