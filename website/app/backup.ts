// The operator's command that backs up the whole database. Needs no website; `npm start` may run at the same time.
import type { Writable } from 'node:stream';
import { readSettings, type Settings, type SettingsSpec } from '@parlance/service/settings.ts';
import { StartError } from '@parlance/service/start_error.ts';
import { parseFile } from './backup/arguments.ts';
import { makeFile, refuse } from './backup/new_file.ts';
import { showBytes, showNumber, showProgress } from './backup/progress.ts';
import { summarize, untilInterrupted } from './backup/summary.ts';
import { type Written, writeBackup } from './backup/write.ts';
import { runCommand } from './command.ts';
import { WEBSITE_SETTINGS } from './settings.ts';

/** What the command reads from the environment. */
export const BACKUP_SETTINGS = { DATABASE_URL: WEBSITE_SETTINGS.DATABASE_URL } as const satisfies SettingsSpec;

const help = (program: string) =>
  [
    `Usage: ${program} <file>`,
    '',
    'Writes a snapshot of all users, rooms, messages and sessions to a new file, or to stdout if <file> is -.',
    'Parlance can keep running. SESSION_SECRET is not in the file: store it separately.',
    '',
  ].join('\n');

/**
 * Makes a backup and prints a summary to stdout, with `-` to stderr. A failure prints one sentence, with exit code 1.
 * @param program the command line that starts this program, for its help
 * @param open calls `run` with the settings; it is called only if there is something to do
 * @returns the exit code
 */
export function runBackup(
  program: string,
  args: readonly string[],
  open: (run: (settings: Settings<typeof BACKUP_SETTINGS>) => Promise<string>) => Promise<string>,
): Promise<0 | 1> {
  const say = args.includes('-') ? console.error : console.log;
  return runCommand(async () => {
    const file = parseFile(program, args);
    if (file === undefined) return help(program);
    if (file === '-' && process.stdout.isTTY) throw new StartError('stdout is a terminal: give a file or a pipe.');
    return open(({ DATABASE_URL }) =>
      untilInterrupted('Interrupted: no backup was made.', async (signal) => {
        const write = (to: Writable) => writeShown(DATABASE_URL, to, signal);
        const written = file === '-' ? await write(process.stdout).catch(refuseClosed) : await makeFile(file, write);
        return `Backed up ${summarize(written.counts)} (${showBytes(written.bytes)}).`;
      }),
    );
  }, say);
}

async function writeShown(url: string, to: Writable, signal: AbortSignal): Promise<Written> {
  let end = () => {};
  const onStart = (written: Written) => {
    end = showProgress(() => {
      const { table, rows, estimatedRows, bytes } = written;
      const of = estimatedRows > rows ? ` of about ${showNumber(estimatedRows)}` : '';
      return table === ''
        ? 'waiting for the database'
        : `${table}: ${showNumber(rows)}${of}; ${showBytes(bytes)} in all`;
    });
  };
  return writeBackup(url, to, { signal, onStart }).finally(() => end());
}

function refuseClosed(error: NodeJS.ErrnoException): never {
  if (error.code !== 'EPIPE') return refuse(error, 'stdout');
  throw new StartError('stdout was closed: no backup was made.');
}

if (import.meta.main) {
  process.exitCode = await runBackup('node website/app/backup.ts', process.argv.slice(2), async (run) =>
    run(readSettings(process.env, BACKUP_SETTINGS)),
  );
}
