// The user of the embedded PostgreSQL. It never runs as root: started by root it runs as another user.
import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '@parlance/service/start_error.ts';

/** Empty when the server runs as the user of this process. */
export type ServerUser = { uid: number; gid: number } | Record<string, never>;

export const OWN_SERVER = 'or set DATABASE_URL to a PostgreSQL server of your own';
const run = promisify(execFile);

/**
 * Returns the owner of existing data or its folder, else `postgres`, else `nobody`: initdb needs a user with a name.
 */
export async function serverUser(home: string): Promise<ServerUser> {
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

/** Tests write access by trying: permissions of parent folders, access lists and read-only mounts all count. */
export async function canWrite(user: ServerUser, directory: string): Promise<boolean> {
  return succeeds(user, 'cd "$0" && test -w .', directory);
}

/** Whether `user` can run `program`; runs it with `--version`. */
export async function canRun(user: ServerUser, program: string): Promise<boolean> {
  return succeeds(user, '"$0" --version', program);
}

/** Changes the owner of `path` and everything below it; does not follow links. */
export async function giveAll(path: string, uid: number, gid: number): Promise<void> {
  await fs.lchown(path, uid, gid);
  if (!(await fs.lstat(path)).isDirectory()) return;
  for (const name of await fs.readdir(path)) await giveAll(join(path, name), uid, gid);
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
