// `npm run restore`: website/app/restore.ts for the database of DATABASE_URL or the embedded database of `npm start`,
// which must not be running.
import { startEmbeddedPostgres } from '@parlance/db/embedded/server.ts';
import { createLog } from '@parlance/service/log.ts';
import { readSettings } from '@parlance/service/settings.ts';
import { fromWhereTyped } from '@parlance/website/backup/arguments.ts';
import { runRestore } from '@parlance/website/restore.ts';
import { findSecrets, START_SETTINGS } from './start.ts';

const { DATABASE_URL, DATA, INTERNAL_SECRET, SESSION_SECRET } = START_SETTINGS;

process.exitCode = await runRestore('npm run restore --', fromWhereTyped(process.argv.slice(2)), async (run) => {
  const settings = readSettings(process.env, { DATABASE_URL, DATA, INTERNAL_SECRET, SESSION_SECRET });
  const use = (url: string) => run({ ...findSecrets(settings, url), DATABASE_URL: url });
  if (settings.DATABASE_URL) return use(settings.DATABASE_URL);
  const log = createLog({ service: 'restore', level: 'warn' });
  const postgres = await startEmbeddedPostgres({ directory: settings.DATA, log });
  return use(postgres.url).finally(() => postgres.stop());
});
