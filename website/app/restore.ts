// The operator's command that restores a backup into an empty database. Refuses a database that is in use or not empty.
import { open as openFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { readSettings, type Settings, type SettingsSpec } from '@parlance/service/settings.ts';
import { StartError } from '@parlance/service/start_error.ts';
import { parseFile } from './backup/arguments.ts';
import { type LoadOptions, loadBackup } from './backup/load.ts';
import { refuse } from './backup/new_file.ts';
import { showBytes, showNumber, showProgress } from './backup/progress.ts';
import { summarize, untilInterrupted } from './backup/summary.ts';
import { runCommand } from './command.ts';
import { WEBSITE_SETTINGS } from './settings.ts';
import { canReadKeys } from './signing_keys.ts';

/** What the command reads from the environment. */
export const RESTORE_SETTINGS = {
  DATABASE_URL: WEBSITE_SETTINGS.DATABASE_URL,
  SESSION_SECRET: WEBSITE_SETTINGS.SESSION_SECRET,
} as const satisfies SettingsSpec;

const help = (program: string) =>
  [
    `Usage: ${program} <file>`,
    '',
    'Restores a backup into an empty database that no website uses, from stdin if <file> is -. A backup of an older',
    'version is migrated to this version. If anything fails, the database is unchanged.',
    '',
  ].join('\n');

/**
 * Restores a backup and prints a summary. A failure prints one sentence, with exit code 1.
 * @param program the command line that starts this program, for its help
 * @param open calls `run` with the settings; it is called after the file was opened
 * @returns the exit code
 */
export function runRestore(
  program: string,
  args: readonly string[],
  open: (run: (settings: Settings<typeof RESTORE_SETTINGS>) => Promise<string>) => Promise<string>,
): Promise<0 | 1> {
  return runCommand(async () => {
    const file = parseFile(program, args);
    if (file === undefined) return help(program);
    if (file === '-' && process.stdin.isTTY) throw new StartError('stdin is a terminal: give a file or a pipe.');
    const { source, size } = file === '-' ? { source: process.stdin, size: undefined } : await openBackup(file);
    const run = ({ DATABASE_URL, SESSION_SECRET }: Settings<typeof RESTORE_SETTINGS>) =>
      untilInterrupted('Interrupted: nothing was changed.', (signal, commits) =>
        restore({ source, size, url: DATABASE_URL, secret: SESSION_SECRET, signal, commits }).catch((error) =>
          refuse(error, file),
        ),
      );
    return open(run).finally(() => source.destroy());
  });
}

async function openBackup(file: string): Promise<{ source: Readable; size: number }> {
  const handle = await openFile(file, 'r').catch((error) => refuse(error, file));
  const stat = await handle.stat();
  if (stat.isDirectory()) throw new StartError(`${file} is a folder.`);
  return { source: handle.createReadStream(), size: stat.size };
}

interface RestoreParts {
  source: Readable;
  /** Bytes; undefined: unknown. */
  size: number | undefined;
  url: string;
  secret: string;
  signal: AbortSignal;
  /** Called before the commit. */
  commits: () => void;
}

async function restore({ source, size, url, secret, signal, commits }: RestoreParts): Promise<string> {
  let end = () => {};
  let keysAreRead = true;
  const options: LoadOptions = {
    signal,
    onCommit: commits,
    onStart: (loaded) => {
      end = showProgress(() => {
        const { table, rows, bytes } = loaded;
        const part = size ? `${Math.round((bytes / size) * 100)} %` : showBytes(bytes);
        return table === '' ? 'waiting for the database' : `${table}: ${showNumber(rows)}; ${part} in all`;
      });
    },
    finish: async (db) => {
      keysAreRead = await canReadKeys(db, secret);
    },
  };
  const { counts, header } = await loadBackup(url, source, options).finally(() => end());
  const again = keysAreRead ? '' : ' SESSION_SECRET differs from that of the backup: all users have to log in again.';
  return `Restored ${summarize(counts)}, as they were at ${header.madeAt}.${again}`;
}

if (import.meta.main) {
  process.exitCode = await runRestore('node website/app/restore.ts', process.argv.slice(2), async (run) =>
    run(readSettings(process.env, RESTORE_SETTINGS)),
  );
}
