// Lets a command use the embedded database, whether `npm start` runs or not. Never creates a database.
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Log } from '@parlance/service/log.ts';
import { StartError } from '@parlance/service/start_error.ts';
import { openHome } from './place.ts';
import { findPostmaster } from './postmaster.ts';
import { startEmbeddedPostgres, urlOf } from './server.ts';

/**
 * Runs `use` with the URL of the database in `directory`. A running server keeps running; otherwise one is started and
 * stopped afterwards. @throws StartError if there is no data, or like startEmbeddedPostgres.
 */
export async function visitEmbeddedPostgres<T>(
  { directory, log }: { directory: string; log: Log },
  use: (url: string) => Promise<T>,
): Promise<T> {
  const none = new StartError(`There is no data in ${directory}: run npm start once, or set DATABASE_URL.`);
  if (!(await exists(resolve(directory)))) throw none;
  const home = await openHome(resolve(directory), log);
  if (!(await exists(join(home.data, 'PG_VERSION')))) throw none;
  const running = await findPostmaster(home.data);
  if (running?.ready) return use(urlOf(home, running.port, 'parlance'));
  const postgres = await startEmbeddedPostgres({ directory, log });
  try {
    return await use(postgres.url);
  } finally {
    await postgres.stop();
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
