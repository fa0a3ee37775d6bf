// The system under test: PostgreSQL, two websites, chats and, if it is installed, Redis. Each is a separate process, and
// every leg between them and to the clients has a proxy.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { CHAT_SETTINGS } from '@parlance/chat/settings.ts';
import { containerArguments } from '../container_command.ts';
import { Postgres } from './postgres.ts';
import { LegProxy } from './proxy.ts';
import { type Exit, Server } from './server.ts';

export interface SystemOptions {
  /** An empty directory; for data and logs. */
  directory: string;
  chats: number;
  redis: boolean;
  /** See Postgres.start. */
  ownDisk: boolean;
  onExit(exit: Exit): void;
}

/** The legs by name. Each has one proxy per replica. */
export const LEGS = ['client-website', 'client-chat', 'chat-website', 'website-database', 'chat-redis'] as const;
export type Leg = (typeof LEGS)[number];

export interface System {
  postgres: Postgres;
  websites: Server[];
  chats: Server[];
  /** Undefined when the chats have no broker. */
  redis: Server | undefined;
  legs: Record<Leg, LegProxy[]>;
  /** URLs of the proxies, to which clients connect. */
  websiteUrls: string[];
  chatUrls: string[];
  stop(): Promise<void>;
}

const WEBSITES = 2;
/** Limits for many busy users at one address. */
const LIMITS = {
  MESSAGES_PER_10S: '100000',
  MESSAGES_PER_USER_PER_10S: '1000000',
  REQUESTS_PER_USER_PER_10S: '1000000',
  SOCKETS_PER_USER: '10000',
  SOCKETS_PER_ADDRESS: '10000',
  REQUESTS_PER_ADDRESS: '100000',
  REQUEST_BURST_PER_ADDRESS: '100000',
  REQUESTS_AT_ONCE_PER_ADDRESS: '1000',
  CONNECTIONS_PER_ADDRESS: '100000',
  LOGINS_PER_10MIN: '100000',
  REGISTRATIONS_PER_HOUR: '100000',
  ROOMS_PER_DAY: '100000',
  LOG_LEVEL: 'warn',
};

/** Starts everything; resolves when every part is ready. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const { directory, onExit } = options;
  const port = portsFrom(20_000 + Math.floor(Math.random() * 8_000));
  const env = {
    ...LIMITS,
    PATH: process.env.PATH ?? '',
    HOST: '127.0.0.1',
    INTERNAL_SECRET: randomBytes(24).toString('hex'),
    SESSION_SECRET: randomBytes(24).toString('hex'),
    ASSETS: join(directory, 'assets'),
  };
  mkdirSync(join(directory, 'logs'));
  const logFile = (name: string) => join(directory, 'logs', `${name}.log`);
  execFileSync(process.execPath, [join(import.meta.dirname, '../../website/app/bundle.ts'), env.ASSETS]);
  const postgres = await Postgres.start(directory, await port(), options.ownDisk);
  const legs: System['legs'] = {
    'client-website': [],
    'client-chat': [],
    'chat-website': [],
    'website-database': [],
    'chat-redis': [],
  };
  const leg = async (name: Leg, target: number) => {
    const proxy = new LegProxy(`${name} ${legs[name].length + 1}`, await port(), target);
    await proxy.open();
    legs[name].push(proxy);
    return proxy.port;
  };
  const service = (
    kind: 'website' | 'chat',
    index: number,
    ports: { PORT: number; INTERNAL_PORT: number },
    more: object,
  ) => {
    const name = `${kind} ${index + 1}`;
    return new Server(
      {
        name,
        command: process.execPath,
        args: ['--inspect-port=0', ...containerArguments(kind)],
        env: { ...env, PORT: String(ports.PORT), INTERNAL_PORT: String(ports.INTERNAL_PORT), ...more },
        logFile: logFile(name),
        // The internal listener opens before the public one.
        isReady: async () => (await isOk(`http://127.0.0.1:${ports.INTERNAL_PORT}/readyz`)) && answers(ports.PORT),
      },
      onExit,
    );
  };
  const [websites, chats]: [Server[], Server[]] = [[], []];
  let redis: { server: Server; port: number } | undefined;
  const servers = () => [...chats, ...websites, ...(redis ? [redis.server] : [])];
  // Kills all processes when this process exits without stop().
  const lastResort = () => {
    for (const server of servers()) void server.signal('SIGKILL');
    postgres.signal('SIGKILL');
  };
  process.once('exit', lastResort);
  const internal: number[] = [];
  for (let index = 0; index < WEBSITES; index += 1) {
    const ports = { PORT: await port(), INTERNAL_PORT: await port() };
    const database = await leg('website-database', Number(new URL(postgres.url()).port));
    websites.push(service('website', index, ports, { DATABASE_URL: postgres.url(database) }));
    internal.push(ports.INTERNAL_PORT);
    await leg('client-website', ports.PORT);
  }
  if (options.redis) redis = redisServer(await port(), logFile('redis'), onExit);
  for (let index = 0; index < options.chats; index += 1) {
    const ports = { PORT: await port(), INTERNAL_PORT: await port() };
    const website = await leg('chat-website', internal[index % WEBSITES]!);
    const broker = redis ? { REDIS_URL: `redis://127.0.0.1:${await leg('chat-redis', redis.port)}` } : {};
    chats.push(
      service('chat', index, ports, {
        WEBSITE_URL: `http://127.0.0.1:${website}`,
        ...broker,
      }),
    );
    await leg('client-chat', ports.PORT);
  }
  const stop = async () => {
    for (const proxy of Object.values(legs).flat()) proxy.behave();
    await Promise.all(servers().map((server) => server.signal('SIGKILL')));
    for (const proxy of Object.values(legs).flat()) proxy.close();
    await postgres.remove();
    process.off('exit', lastResort);
  };
  try {
    // The first website creates the tables.
    await websites[0]!.start();
    await Promise.all(servers().map((server) => server === websites[0] || server.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  const urls = (name: Leg, protocol: string) => legs[name].map((proxy) => `${protocol}://127.0.0.1:${proxy.port}`);
  const [websiteUrls, chatUrls] = [urls('client-website', 'http'), urls('client-chat', 'ws')];
  return { postgres, websites, chats, redis: redis?.server, legs, websiteUrls, chatUrls, stop };
}

/** Whether this version of chat supports Redis, and a Redis server is installed. */
export function hasRedis(): boolean {
  if (!('REDIS_URL' in CHAT_SETTINGS)) return false;
  try {
    execFileSync('redis-server', ['--version']);
    return true;
  } catch {
    return false;
  }
}

function redisServer(port: number, logFile: string, onExit: (exit: Exit) => void) {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const options = { name: 'redis', command: 'redis-server', args, env: { PATH: process.env.PATH ?? '' }, logFile };
  return { server: new Server({ ...options, isReady: () => answers(port) }, onExit), port };
}

/** Returns free ports below the ephemeral range, so that a server that restarts finds its port free. */
function portsFrom(first: number): () => Promise<number> {
  let next = first;
  return async () => {
    while (!(await isFree(++next)));
    return next;
  };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

const isOk = async (url: string) => {
  const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await answer.body?.cancel();
  return answer.ok;
};

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
