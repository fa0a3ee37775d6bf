// A file that is whole or not there: it is written as FILE.part, and gets its name when it is complete and on disk. Never
// replaces a file.
import { constants } from 'node:fs';
import { access, link, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { StartError } from '@parlance/service/start_error.ts';

/** Errors of the connection to the database, which has no file. */
const OF_SOCKETS = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|EAI_|ENOTFOUND)/;

/** File systems that know no hard links. */
const WITHOUT_LINKS = ['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'];

/**
 * Makes `file`, readable for its owner alone, of what `write` writes. When `write` rejects, nothing is left.
 * @throws StartError when the file is there already or cannot be made
 */
export async function makeFile<T>(file: string, write: (to: Writable) => Promise<T>): Promise<T> {
  const part = `${file}.part`;
  if (await exists(file)) throw new StartError(`${file} exists: give a new name.`);
  const handle = await open(part, 'wx', 0o600).catch((error) => refuse(error, part));
  try {
    const result = await write(handle.createWriteStream({ flush: true }));
    await name(part, file);
    await syncFolder(dirname(file));
    return result;
  } catch (error) {
    await handle.close().catch(() => undefined);
    return refuse(error, file);
  } finally {
    await unlink(part).catch(() => undefined);
  }
}

/** By a link, because a rename would replace a file that somebody has made meanwhile. */
async function name(part: string, file: string): Promise<void> {
  try {
    await link(part, file);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!WITHOUT_LINKS.includes(code) || (await exists(file))) throw error;
    await rename(part, file);
  }
}

/** The sentence for an error of the file system; any other error as it is. */
export function refuse(error: unknown, file: string): never {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    EEXIST: `${file} exists: give a new name, or delete it if no backup is being made.`,
    ENOENT: `${file} does not exist, or its folder does not.`,
    EACCES: `This user has no permission for ${file}.`,
    ENOSPC: `The disk of ${file} is full.`,
    EROFS: `The file system of ${file} is read-only.`,
  };
  // `connect`: to the database, whose socket may be a file.
  if (!code || !syscall || syscall === 'connect' || OF_SOCKETS.test(code)) throw error;
  throw new StartError(reasons[code] ?? `${file} cannot be used: ${code}.`, { cause: error });
}

/**
 * Until its folder is on disk too, a file can lose its name in a power failure. Does nothing where the folder may not be
 * read or cannot be synced: the backup is complete all the same.
 */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

const exists = (path: string) =>
  access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
