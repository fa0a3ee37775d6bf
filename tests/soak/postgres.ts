// The soak's own PostgreSQL: durable, on a fixed port, on a separate disk where one can be mounted. It can be killed and
// restarted. Never uses an existing server: the soak creates and removes the data directory.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Home, openHome } from '@parlance/db/embedded/place.ts';
import { awaitPostmaster, makeCluster, stopPostmaster } from '@parlance/db/embedded/postmaster.ts';
import { urlOf } from '@parlance/db/embedded/server.ts';
import { createLog } from '@parlance/service/log.ts';
import pg from 'pg';

/** The settings of db/embedded/server.ts for `npm start`; fsync and synchronous_commit stay on. */
const SETTINGS = [
  'max_connections=200',
  'shared_buffers=64MB',
  'synchronous_commit=on',
  'timezone=UTC',
  'log_checkpoints=off',
  'log_min_error_statement=panic',
  'log_error_verbosity=terse',
];
const ATTEMPTS = 10;
/** Enough for a million messages, their indexes and the write-ahead log. */
const DISK_BYTES = 6 * 1024 ** 3;

export class Postgres {
  readonly #home: Home;
  readonly #port: number;
  readonly #disk: string | undefined;
  #pid = 0;
  #admin: pg.Client | undefined;

  private constructor(home: Home, port: number, disk: string | undefined) {
    this.#home = home;
    this.#port = port;
    this.#disk = disk;
  }

  /** Starts a new cluster in `directory`; with `ownDisk` on a separate file system, which can fill up (root on Linux). */
  static async start(directory: string, port: number, ownDisk: boolean): Promise<Postgres> {
    const disk = ownDisk ? mountDisk(directory) : undefined;
    const home = await openHome(join(disk ?? directory, 'postgres'), createLog({ service: 'soak', level: 'error' }));
    await makeCluster(home, true);
    const postgres = new Postgres(home, port, disk);
    await postgres.start();
    await postgres.query('create database soak', 'postgres');
    return postgres;
  }

  /** @param port the server's own port, or that of a proxy before it. */
  url(port = this.#port, database = 'soak'): string {
    return urlOf(this.#home, port, database);
  }

  async start(): Promise<void> {
    this.#pid = (await awaitPostmaster(this.#home, SETTINGS, this.#port)).pid;
  }

  /** Fast shutdown: rolls back transactions and closes connections. */
  async stop(): Promise<void> {
    await stopPostmaster(this.#home.data, this.#pid);
  }

  /** Kills all its processes at once, as the kernel's out-of-memory killer or a power failure would. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    for (const pids = this.pids(); pids.some(isAlive); ) await sleep(20);
  }

  /** Kills one backend process: PostgreSQL then ends all others and recovers. */
  killOne(pid: number): void {
    trySignal(pid, 'SIGKILL');
  }

  signal(name: NodeJS.Signals): void {
    for (const pid of this.pids()) trySignal(pid, name);
  }

  /** The postmaster and its children; without /proc only the postmaster. */
  pids(): number[] {
    if (!existsSync('/proc/self')) return [this.#pid];
    const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === this.#pid);
    return [this.#pid, ...children.map(Number)];
  }

  /** Runs a statement on a direct connection without a proxy, which may write while the server is read-only. */
  async query(text: string, database = 'soak', values: unknown[] = []): Promise<Record<string, unknown>[]> {
    if (database !== 'soak') return withClient(this.url(this.#port, database), (client) => client.query(text, values));
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.#admin ??= await this.connection();
        return (await this.#admin.query(text, values)).rows;
      } catch (error) {
        this.#admin?.end().catch(() => undefined);
        this.#admin = undefined;
        // The connection may have died in a fault before this call.
        if (attempt === ATTEMPTS) throw error;
        await sleep(200);
      }
    }
  }

  /** Opens a connection for holding locks. The caller must `end()` it. */
  async connection(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.url(),
      application_name: 'soak',
      options: '-c default_transaction_read_only=off',
      connectionTimeoutMillis: 5_000,
      query_timeout: 60_000,
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** Fills the disk; returns a function that frees it. Undefined when the cluster has no separate disk. */
  fillDisk(): (() => void) | undefined {
    if (this.#disk === undefined) return undefined;
    const balloon = join(this.#disk, 'balloon');
    const { bsize, bavail } = statfsSync(this.#disk);
    execFileSync('fallocate', ['-l', String(Math.max(1, bavail - 16) * bsize), balloon]);
    return () => rmSync(balloon, { force: true });
  }

  get hasOwnDisk(): boolean {
    return this.#disk !== undefined;
  }

  async remove(): Promise<void> {
    await this.#admin?.end().catch(() => undefined);
    await this.stop();
    if (this.#disk) execFileSync('umount', [this.#disk]);
  }
}

/** Mounts an ext4 file system in a file, so that commits reach a real disk. */
function mountDisk(directory: string): string {
  const [image, disk] = [join(directory, 'disk.img'), join(directory, 'disk')];
  mkdirSync(disk);
  execFileSync('truncate', ['-s', String(DISK_BYTES), image]);
  execFileSync('mkfs.ext4', ['-q', '-m', '0', '-F', image]);
  execFileSync('mount', ['-o', 'loop', image, disk]);
  return disk;
}

async function withClient(url: string, use: (client: pg.Client) => Promise<pg.QueryResult>) {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await use(client)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[1]);
  } catch {
    return undefined;
  }
}

function trySignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // The process has already ended.
  }
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
