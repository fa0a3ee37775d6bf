// `npm run admin`: the operator's commands of website/app/admin.ts, for the database of DATABASE_URL or the embedded
// database of `npm start`, whether it runs or not.
import { visitEmbeddedPostgres } from '@parlance/db/embedded/visit.ts';
import { createLog } from '@parlance/service/log.ts';
import { readSettings } from '@parlance/service/settings.ts';
import { ADMIN_SETTINGS, runAdmin } from '@parlance/website/admin.ts';
import { findSecrets, START_SETTINGS } from './start.ts';

const { DATABASE_URL, DATA, INTERNAL_SECRET, SESSION_SECRET } = START_SETTINGS;

process.exitCode = await runAdmin('npm run admin --', process.argv.slice(2), async (run) => {
  const settings = readSettings(process.env, {
    ...ADMIN_SETTINGS,
    DATABASE_URL,
    DATA,
    INTERNAL_SECRET,
    SESSION_SECRET,
  });
  const use = (url: string) => run({ ...settings, ...findSecrets(settings, url), DATABASE_URL: url });
  if (settings.DATABASE_URL) return use(settings.DATABASE_URL);
  return visitEmbeddedPostgres({ directory: settings.DATA, log: createLog({ service: 'admin', level: 'warn' }) }, use);
});
