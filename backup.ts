// `npm run backup`: website/app/backup.ts for the database of DATABASE_URL or the embedded database of `npm start`,
// whether it runs or not. The help text uses `-s`: otherwise npm prints its own lines to stdout, before a backup
// written there.
import { visitEmbeddedPostgres } from '@parlance/db/embedded/visit.ts';
import { createLog } from '@parlance/service/log.ts';
import { readSettings } from '@parlance/service/settings.ts';
import { fromWhereTyped } from '@parlance/website/backup/arguments.ts';
import { runBackup } from '@parlance/website/backup.ts';
import { START_SETTINGS } from './start.ts';

const { DATABASE_URL, DATA } = START_SETTINGS;

process.exitCode = await runBackup('npm run -s backup --', fromWhereTyped(process.argv.slice(2)), async (run) => {
  const settings = readSettings(process.env, { DATABASE_URL, DATA });
  if (settings.DATABASE_URL) return run({ DATABASE_URL: settings.DATABASE_URL });
  // The backup may go to stdout.
  const log = createLog({ service: 'backup', level: 'warn', to: process.stderr });
  return visitEmbeddedPostgres({ directory: settings.DATA, log }, (url) => run({ DATABASE_URL: url }));
});
