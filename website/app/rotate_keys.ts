// A command: makes new signing keys. Tokens signed with the keys before stay valid until the next rotation.
import { createLog } from '@parlance/service/log.ts';
import { readSettings } from '@parlance/service/settings.ts';
import { StartError } from '@parlance/service/start_error.ts';
import { openDatabases } from './database.ts';
import { WEBSITE_SETTINGS } from './settings.ts';
import { rotateKeys } from './signing_keys.ts';

try {
  const { DATABASE_URL } = readSettings(process.env, { DATABASE_URL: WEBSITE_SETTINGS.DATABASE_URL });
  const dbs = openDatabases(DATABASE_URL, 1, createLog({ service: 'rotate-keys' }));
  await rotateKeys(dbs.general);
  await dbs.close();
  console.log('New keys sign from now on; those before still verify.');
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
