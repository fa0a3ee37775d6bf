// Wires the whole website. Started as a program, it also runs the two listeners and the shutdown.
import { createServer, type RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrate } from '@parlance/db/migrate.ts';
import { AddressLimits } from '@parlance/service/address_limits.ts';
import { exitOnCrash, onStop } from '@parlance/service/drain.ts';
import { createInternalProbe } from '@parlance/service/health.ts';
import { closeServer, drainServer, listen } from '@parlance/service/listen.ts';
import { createLog, type Log } from '@parlance/service/log.ts';
import { addAddressRefusals, addRuntimeMetrics, createMetrics } from '@parlance/service/metrics.ts';
import { createPublicServer } from '@parlance/service/public_server.ts';
import { readSettings } from '@parlance/service/settings.ts';
import { StartError } from '@parlance/service/start_error.ts';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Registry } from 'prom-client';
import { publicApp } from './app.ts';
import { EmailFilter } from './bloom.ts';
import { bundleAssets } from './bundle.ts';
import { ChangeFeed } from './changes.ts';
import { type Database, databaseReasons, isReadOnly, isUnavailable, openDatabases, sqlState } from './database.ts';
import { Eraser } from './eraser.ts';
import { startJanitor } from './janitor.ts';
import { createLimits } from './limits.ts';
import { createMailer } from './mailer.ts';
import { RequestMetrics, registerParts } from './metrics.ts';
import { ResetMails } from './reset_mails.ts';
import { internalListener } from './routers/internal.ts';
import { closeHashing } from './services/hashing_threads.ts';
import { fillNameSkeletons } from './services/room_skeletons.ts';
import { WEBSITE_SETTINGS, type WebsiteSettings } from './settings.ts';
import { SigningKeys } from './signing_keys.ts';
import { TokenDoor } from './token_door.ts';
import { tokenRequests } from './token_requests.ts';

export interface Website {
  /** For browsers and clients of the public API. */
  public: RequestListener;
  /** For chat and operators. */
  internal: RequestListener;
  metrics: Registry;
  /** From now on `/readyz` reports that the process is stopping; all requests are still answered. */
  drain(): void;
  stop(): Promise<void>;
}

/** The limit for all steps of a shutdown: connections drain for 5 s, and running requests may take another 5 s. */
const STOP_MS = 15_000;
const DATABASE_RETRY_MS = 500;

/**
 * A website that is ready but does not listen. Waits for the database up to DATABASE_WAIT. Rejects with a StartError
 * when the database cannot be used.
 */
export async function createWebsite(settings: WebsiteSettings, log: Log): Promise<Website> {
  const mailer = createMailer(settings, log);
  const assets = await bundleAssets(settings.ASSETS);
  const dbs = openDatabases(settings.DATABASE_URL, settings.DATABASE_CONNECTIONS, log);
  const db = dbs.general;
  const keys = new SigningKeys(dbs.door, settings.SESSION_SECRET, log);
  const filter = new EmailFilter(dbs.background, log);
  const changes = new ChangeFeed(dbs, settings.DATABASE_URL, log);
  try {
    await untilReachable(db, settings.DATABASE_WAIT, log);
    await migrateOnce(settings.DATABASE_URL);
    await fillNameSkeletons(dbs.background);
    await Promise.all([keys.start(dbs.background), changes.start()]);
  } catch (error) {
    await Promise.allSettled([changes.stop(), dbs.close()]);
    throw startError(error, settings.DATABASE_URL);
  }
  filter.build();
  const stopJanitor = startJanitor(dbs.background, log);
  const eraser = new Eraser(dbs.background, log, dbs.metrics.stored);
  eraser.wake();
  const origin = settings.PUBLIC_URL ?? '';
  const resetMails = mailer && new ResetMails({ db, mailer, origin, log });
  let stopping = false;
  const registry = createMetrics({ service: 'website' });
  const ready = async () => [...(stopping ? ['the website is stopping'] : []), ...(await databaseReasons(db))];
  const metrics = new RequestMetrics();
  metrics.register(registry);
  dbs.metrics.register(registry);
  registerParts(registry, { changes, mailer, ready });
  const probe = createInternalProbe({
    ready,
    warnings: () => changes.clock.warnings(),
    metrics: registry,
  });
  const internal = internalListener({ dbs, keys, changes, secret: settings.INTERNAL_SECRET, metrics, log });
  const door = new TokenDoor(settings, metrics, log);
  const limits = createLimits(db, settings);
  const shared = { dbs, keys, changes, limits, settings, metrics, log };
  const tokens = tokenRequests(shared);
  const app = publicApp({ ...shared, filter, door, assets, eraser, resetMails });
  return {
    public: door.before((req, res) => void (tokens(req, res) || app(req, res))),
    metrics: registry,
    internal: (req, res) => void (probe(req, res) || internal(req, res)),
    drain: () => {
      stopping = true;
    },
    stop: async () => {
      await Promise.all([
        changes.stop(),
        filter.stop(),
        stopJanitor(),
        eraser.stop(),
        resetMails?.settled(),
        closeHashing(),
      ]);
      await mailer?.stop();
      await dbs.close();
    },
  };
}

/**
 * Waits for a database that does not listen yet, is starting or is read-only; logs one line. Rejects after
 * DATABASE_WAIT, or at once for an error that waiting does not fix: a wrong password, no such database.
 */
async function untilReachable(db: Database, seconds: number, log: Log): Promise<void> {
  const until = performance.now() + seconds * 1_000;
  for (let isTold = false; ; isTold = true) {
    try {
      if (!(await isReadOnly(db))) return;
      if (performance.now() > until) throw new StartError('The database is read-only: check DATABASE_URL.');
    } catch (err) {
      if (!isUnavailable(err) || performance.now() > until) throw err;
    }
    if (!isTold) log.warn(`the database cannot be reached or is read-only; the website waits for ${seconds} s`);
    await sleep(DATABASE_RETRY_MS);
  }
}

/** Migrates on separate connections without the timeouts of the pools, because a migration may take long. */
async function migrateOnce(url: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: url, max: 2, connectionTimeoutMillis: 5_000 });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const db = new Kysely({ dialect: new PostgresDialect({ pool }) });
  await migrate(db).finally(() => db.destroy());
}

function startError(error: unknown, url: string): unknown {
  const { hostname, port, pathname } = new URL(url);
  const where = `The database ${pathname.slice(1)} at ${hostname}:${port || 5432}`;
  const state = sqlState(error);
  if (state?.startsWith('28'))
    return new StartError(`${where} refuses the login: check DATABASE_URL.`, { cause: error });
  if (state === '3D000') return new StartError(`${where} does not exist: create it or check DATABASE_URL.`);
  if (!isUnavailable(error)) return error;
  return new StartError(`${where} cannot be reached: check DATABASE_URL.`, { cause: error });
}

if (import.meta.main) {
  try {
    const settings = readSettings(process.env, WEBSITE_SETTINGS);
    const log = createLog({ service: 'website', level: settings.LOG_LEVEL });
    exitOnCrash(log);
    const website = await createWebsite(settings, log);
    const limits = new AddressLimits(settings, log);
    addRuntimeMetrics(website.metrics);
    addAddressRefusals(website.metrics, limits.refusals);
    const open = createPublicServer(website.public, undefined, { limits });
    const servers = [open, createServer(website.internal)] as const;
    await listen(servers[1], settings.INTERNAL_PORT, settings.HOST, 'INTERNAL_PORT');
    await listen(servers[0], settings.PORT, settings.HOST);
    log.info({ port: settings.PORT, internalPort: settings.INTERNAL_PORT }, 'website is ready');
    const drain = () => {
      website.drain();
      return Promise.all(servers.map((server) => drainServer(server)));
    };
    const steps = [
      { name: 'connections', run: drain },
      { name: 'public listener', run: () => closeServer(servers[0]) },
      { name: 'internal listener', run: () => closeServer(servers[1], 1_000) },
      { name: 'website', run: () => website.stop() },
    ];
    onStop(log, steps, STOP_MS);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
