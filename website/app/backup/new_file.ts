// Creates a file atomically: writes it as FILE.part, and gives it its name once it is complete and on disk. Never
// replaces an existing file.
import { constants } from 'node:fs';
import { access, link, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { StartError } from '@parlance/service/start_error.ts';

/** Error codes of the connection to the database, not of a file. */
const OF_SOCKETS = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|EAI_|ENOTFOUND)/;

/** Error codes of file systems without hard links. */
const WITHOUT_LINKS = ['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'];

/**
 * Creates `file`, readable only by its owner, with what `write` writes. When `write` rejects, no file remains.
 * @throws StartError when the file exists or cannot be created
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

/** Uses a hard link, because a rename would replace a file that was created in the meantime. */
async function name(part: string, file: string): Promise<void> {
  try {
    await link(part, file);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!WITHOUT_LINKS.includes(code) || (await exists(file))) throw error;
    await rename(part, file);
  }
}

/** Throws a StartError for an error of the file system, and any other error unchanged. */
export function refuse(error: unknown, file: string): never {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    EEXIST: `${file} exists: give a new name, or delete it if no backup is being made.`,
    ENOENT: `${file} does not exist, or its folder does not.`,
    EACCES: `This user has no permission for ${file}.`,
    ENOSPC: `The disk of ${file} is full.`,
    EROFS: `The file system of ${file} is read-only.`,
  };
  // `connect` is a call to the database, whose socket may be a file.
  if (!code || !syscall || syscall === 'connect' || OF_SOCKETS.test(code)) throw error;
  throw new StartError(reasons[code] ?? `${file} cannot be used: ${code}.`, { cause: error });
}

/**
 * Syncs the folder: before that, a power failure can remove the file's name. Ignores a folder that cannot be read or
 * synced, because the backup is complete without it.
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
