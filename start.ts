// `npm start`: website and chat in one process on one port, with an embedded PostgreSQL. The tests start the same
// stack.
import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createChat } from '@parlance/chat/main.ts';
import { CHAT_SETTINGS } from '@parlance/chat/settings.ts';
import { startEmbeddedPostgres } from '@parlance/db/embedded/server.ts';
import { AddressLimits } from '@parlance/service/address_limits.ts';
import { exitOnCrash, onStop } from '@parlance/service/drain.ts';
import { answerMetrics } from '@parlance/service/health.ts';
import { closeServer, listen } from '@parlance/service/listen.ts';
import { createLog, type Log } from '@parlance/service/log.ts';
import { addAddressRefusals, addRuntimeMetrics } from '@parlance/service/metrics.ts';
import { createPublicServer } from '@parlance/service/public_server.ts';
import { readSettings, type Settings, type SettingsSpec } from '@parlance/service/settings.ts';
import { StartError } from '@parlance/service/start_error.ts';
import { createWebsite } from '@parlance/website/main.ts';
import { WEBSITE_SETTINGS } from '@parlance/website/settings.ts';

const { required: _database, ...optionalDatabase } = WEBSITE_SETTINGS.DATABASE_URL;
const { required: _internal, ...optionalInternalSecret } = WEBSITE_SETTINGS.INTERNAL_SECRET;
const { required: _session, ...optionalSessionSecret } = WEBSITE_SETTINGS.SESSION_SECRET;
const { WEBSITE_URL: _own, INTERNAL_PORT: _none, ...chatSettings } = CHAT_SETTINGS;

/** The settings of both services, none required: missing secrets are generated and the database is embedded. */
export const START_SETTINGS = {
  ...chatSettings,
  ...WEBSITE_SETTINGS,
  DATABASE_URL: { ...optionalDatabase, description: 'The PostgreSQL database. Unset: the embedded database.' },
  INTERNAL_SECRET: {
    ...optionalInternalSecret,
    description: 'The secret that website and chat share. Unset: generated.',
  },
  SESSION_SECRET: {
    ...optionalSessionSecret,
    description:
      'Signs the session cookie and encrypts the signing keys. Unset: derived from the password of the database.',
  },
  INTERNAL_PORT: { ...WEBSITE_SETTINGS.INTERNAL_PORT, default: 0, description: 'The internal listener, on loopback.' },
  DATA: {
    kind: 'string',
    default: fileURLToPath(new URL('db/dump/embedded', import.meta.url)),
    description: 'The folder of the embedded database and its password.',
  },
  LOG_LEVEL: { ...WEBSITE_SETTINGS.LOG_LEVEL, default: 'warn' },
} as const satisfies SettingsSpec;

export type StartSettings = Settings<typeof START_SETTINGS>;

export interface Stack {
  port: number;
  internalPort: number;
  stop(): Promise<void>;
}

/** How long to wait for chat at the start, in ms; pages work without chat. */
const CHAT_MS = 5_000;

/** Whether chat handles the request: /ws and everything below, upgrade or not. The website handles the rest. */
const isChat = (request: IncomingMessage) => /^(https?:\/\/[^/?#]+)?\/ws(\/|\?|$)/.test(request.url ?? '');

/** Starts website and chat on `settings.PORT` (0: any free one) with an existing database. */
export async function startStack(
  settings: StartSettings,
  secrets: Secrets,
  databaseUrl: string,
  log: Log,
): Promise<Stack> {
  const website = await createWebsite({ ...settings, ...secrets, DATABASE_URL: databaseUrl }, log);
  const registries = [website.metrics];
  const internal = createServer((request, response) => {
    const isMetrics = request.method === 'GET' && request.url?.split('?', 1)[0] === '/metrics';
    if (isMetrics) void answerMetrics(registries, response);
    else website.internal(request, response);
  });
  const internalPort = Number(await listen(internal, settings.INTERNAL_PORT, '127.0.0.1', 'INTERNAL_PORT'));
  const chat = createChat({ ...settings, ...secrets, WEBSITE_URL: `http://127.0.0.1:${internalPort}` }, log);
  registries.push(chat.metrics);
  const handler: RequestListener = (request, response) => (isChat(request) ? chat : website).public(request, response);
  // An Upgrade header on any other path is ignored.
  const limits = new AddressLimits(settings, log);
  const server = createPublicServer(handler, chat.upgrade, { shouldUpgradeCallback: isChat, limits });
  addRuntimeMetrics(website.metrics);
  addAddressRefusals(website.metrics, limits.refusals);
  const stop = async () => {
    await Promise.all([chat.stop(), closeServer(server)]);
    await closeServer(internal, 500);
    await website.stop();
  };
  try {
    await Promise.race([chat.ready, sleep(CHAT_MS, undefined, { ref: false })]);
    const port = Number(await listen(server, settings.PORT, settings.HOST));
    return { port, internalPort, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export interface Secrets {
  INTERNAL_SECRET: string;
  SESSION_SECRET: string;
}

/**
 * Returns the secrets of the environment or generates them. INTERNAL_SECRET may change at each start, because website
 * and chat are one process. SESSION_SECRET is derived from the password of the database, which is kept in a file: so it
 * survives a restart and is in no dump. Without a password, users have to log in again after a restart, and new signing
 * keys are created.
 */
export function findSecrets(settings: Pick<StartSettings, keyof Secrets>, databaseUrl: string): Secrets {
  const kept = new URL(databaseUrl).password || randomBytes(32);
  return {
    INTERNAL_SECRET: settings.INTERNAL_SECRET ?? randomBytes(32).toString('base64url'),
    SESSION_SECRET: settings.SESSION_SECRET ?? createHmac('sha256', kept).update('session cookie').digest('base64url'),
  };
}

if (import.meta.main) {
  try {
    const settings = readSettings(process.env, START_SETTINGS);
    const log = createLog({ service: 'parlance', level: settings.LOG_LEVEL });
    exitOnCrash(log);
    const postgres = settings.DATABASE_URL
      ? { url: settings.DATABASE_URL, stop: async () => undefined }
      : await startEmbeddedPostgres({ directory: settings.DATA, log });
    try {
      const stack = await startStack(settings, findSecrets(settings, postgres.url), postgres.url, log);
      console.log(`Parlance is ready: ${settings.PUBLIC_URL ?? `http://localhost:${stack.port}`}`);
      onStop(log, [
        { name: 'services', run: () => stack.stop() },
        { name: 'database', run: () => postgres.stop() },
      ]);
    } catch (error) {
      await postgres.stop();
      throw error;
    }
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
