// The real stack in the test process: its own database, free ports, no mocks. `startWebsitePart` and `startChatPart` start
// the services separately, so that a test can stop one, run two, or put a faulty proxy between them.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Broker } from '@parlance/chat/broker.ts';
import { type Chat, createChat } from '@parlance/chat/main.ts';
import { createDatabase, dropDatabase, startEmbeddedPostgres } from '@parlance/db/embedded/server.ts';
import { AddressLimits } from '@parlance/service/address_limits.ts';
import { closeServer, listen } from '@parlance/service/listen.ts';
import { createLog, type Log } from '@parlance/service/log.ts';
import { addAddressRefusals, addRuntimeMetrics } from '@parlance/service/metrics.ts';
import { createPublicServer } from '@parlance/service/public_server.ts';
import { readSettings } from '@parlance/service/settings.ts';
import { createWebsite, type Website } from '@parlance/website/main.ts';
import { START_SETTINGS, type StartSettings, startStack } from '../start.ts';

export const SECRETS = {
  INTERNAL_SECRET: 'internal-secret-of-the-tests',
  SESSION_SECRET: 'session-secret-of-the-tests',
};

/** The logged lines as objects; `text` is the whole log, to assert what it does not contain. */
export interface LogLines {
  log: Log;
  lines: Record<string, unknown>[];
  text(): string;
}

export function recordLog(level: 'info' | 'warn' | 'debug' = 'info'): LogLines {
  const lines: Record<string, unknown>[] = [];
  const raw: string[] = [];
  const write = (line: string) => {
    raw.push(line);
    lines.push(JSON.parse(line));
  };
  return { log: createLog({ service: 'test', level, to: { write } }), lines, text: () => raw.join('') };
}

/** Creates an empty database on the server of `npm test`, or on a new server when the file runs alone. */
export async function testDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const shared = process.env.TEST_DATABASE_SERVER;
  if (shared) {
    const name = `test_${randomUUID().replaceAll('-', '')}`;
    return { url: await createDatabase(shared, name), drop: () => dropDatabase(shared, name) };
  }
  const directory = await mkdtemp(join(tmpdir(), 'parlance-test-'));
  const postgres = await startEmbeddedPostgres({ directory, log: recordLog().log, durable: false });
  const drop = async () => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return { url: postgres.url, drop };
}

/** Settings read from `environment`. Rate limits are out of reach unless it sets them. */
export const testSettings = (environment: Record<string, string> = {}): StartSettings =>
  readSettings(
    {
      PORT: '0',
      HOST: '127.0.0.1',
      LOGINS_PER_10MIN: '100000',
      REGISTRATIONS_PER_HOUR: '100000',
      REQUESTS_PER_USER_PER_10S: '100000',
      ROOMS_PER_DAY: '100000',
      MESSAGES_PER_USER_PER_10S: '1000000',
      REQUESTS_PER_ADDRESS: '100000',
      REQUEST_BURST_PER_ADDRESS: '100000',
      REQUESTS_AT_ONCE_PER_ADDRESS: '100000',
      CONNECTIONS_PER_ADDRESS: '100000',
      ...environment,
    },
    START_SETTINGS,
  );

export interface TestStack extends LogLines {
  /** `http://127.0.0.1:port`, for HTTP and, with ws:, for sockets. */
  url: string;
  internalUrl: string;
  databaseUrl: string;
  settings: StartSettings;
  stop(): Promise<void>;
}

/** The whole stack on one port, as in `npm start`; resolves when chat accepts sockets. stop() keeps `existing`. */
export async function startTestStack(
  environment: Record<string, string> = {},
  existing?: { url: string },
): Promise<TestStack> {
  const database = existing ? { url: existing.url, drop: async () => undefined } : await testDatabase();
  const recorded = recordLog();
  const settings = testSettings(environment);
  const stack = await startStack(settings, SECRETS, database.url, recorded.log);
  const url = `http://127.0.0.1:${stack.port}`;
  await untilReady(url);
  return {
    ...recorded,
    url,
    internalUrl: `http://127.0.0.1:${stack.internalPort}`,
    databaseUrl: database.url,
    settings,
    stop: async () => {
      await stack.stop();
      await database.drop();
    },
  };
}

/** Resolves when /healthz answers 200; rejects after `patienceMs`. */
export async function untilReady(url: string, patienceMs = 10_000): Promise<void> {
  for (let waited = 0; waited < patienceMs; waited += 20) {
    const answer = await fetch(`${url}/healthz`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${url} did not become ready`);
}

export interface WebsitePart extends LogLines {
  website: Website;
  url: string;
  internalUrl: string;
  stop(): Promise<void>;
}

/** A website alone, with its public and its internal listener. */
export async function startWebsitePart(
  databaseUrl: string,
  environment: Record<string, string> = {},
): Promise<WebsitePart> {
  const recorded = recordLog();
  const { SESSION_SECRET = SECRETS.SESSION_SECRET } = environment;
  const settings = { ...testSettings(environment), ...SECRETS, SESSION_SECRET, DATABASE_URL: databaseUrl };
  const website = await createWebsite(settings, recorded.log);
  const limits = new AddressLimits(settings, recorded.log);
  addRuntimeMetrics(website.metrics);
  addAddressRefusals(website.metrics, limits.refusals);
  const open = createPublicServer(website.public, undefined, { limits });
  const internal = createServer(website.internal);
  const ports = [await listen(open, 0, '127.0.0.1'), await listen(internal, 0, '127.0.0.1')];
  return {
    ...recorded,
    website,
    url: `http://127.0.0.1:${ports[0]}`,
    internalUrl: `http://127.0.0.1:${ports[1]}`,
    stop: async () => {
      await Promise.all([closeServer(open, 500), closeServer(internal, 500)]);
      await website.stop();
    },
  };
}

export interface ChatPart extends LogLines {
  chat: Chat;
  /** `ws://127.0.0.1:port`. */
  url: string;
  /** `/readyz` and `/metrics`. */
  internalUrl: string;
  stop(): Promise<void>;
}

/** A chat replica alone. `websiteUrl` is the internal listener of a website, or a proxy in front of it. */
export async function startChatPart(
  websiteUrl: string,
  environment: Record<string, string> = {},
  broker?: Broker,
): Promise<ChatPart> {
  const recorded = recordLog();
  const settings = { ...testSettings(environment), ...SECRETS, WEBSITE_URL: websiteUrl };
  const chat = createChat(settings, recorded.log, ...(broker ? [broker] : []));
  const limits = new AddressLimits(settings, recorded.log);
  addRuntimeMetrics(chat.metrics);
  addAddressRefusals(chat.metrics, limits.refusals);
  const server = createPublicServer(chat.public, chat.upgrade, { limits });
  const port = await listen(server, 0, '127.0.0.1');
  const internal = createServer(chat.internal);
  const internalPort = await listen(internal, 0, '127.0.0.1');
  return {
    ...recorded,
    chat,
    url: `ws://127.0.0.1:${port}`,
    internalUrl: `http://127.0.0.1:${internalPort}`,
    stop: async () => {
      await chat.stop();
      await Promise.all([closeServer(server, 500), closeServer(internal, 0)]);
    },
  };
}
