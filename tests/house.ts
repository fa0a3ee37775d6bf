// A house: websites and chat replicas on one database. Each replica reaches its website through its own wire, a proxy
// that a test can make faulty.
import type { Broker } from '@parlance/chat/broker.ts';
import { LocalHub } from '@parlance/chat/broker.ts';
import { sleep } from './people.ts';
import { openRecords, type Records } from './records.ts';
import { type ChatPart, startChatPart, startWebsitePart, testDatabase, type WebsitePart } from './stack.ts';
import { startWire, type Wire } from './wire.ts';

export interface House {
  databaseUrl: string;
  records: Records;
  websites: WebsitePart[];
  chats: ChatPart[];
  /** wires[i] connects chats[i] to its website. */
  wires: Wire[];
  stop(): Promise<void>;
}

/** A broker that reports to be connected and loses every message. */
export const deafBroker = (): Broker => ({
  connected: true,
  stats: { published: 0, received: 0, dropped: 0, refused: 0 },
  publish: () => undefined,
  subscribe: () => () => undefined,
  announce: () => undefined,
  listen: () => undefined,
  close: async () => undefined,
});

/**
 * Resolves when every replica accepts sockets. Replica i uses website i modulo the number of websites. Rate limits are
 * out of reach unless `environment` sets them. `brokers`: `shared` connects the replicas, `deaf` loses every message,
 * `own` is the broker of each replica's settings: none, or the Redis at `redisUrls[i]`.
 */
export async function startHouse(
  options: {
    chats?: number;
    websites?: number;
    brokers?: 'shared' | 'deaf' | 'own';
    redisUrls?: string[];
    environment?: Record<string, string>;
  } = {},
): Promise<House> {
  const { chats: replicas = 1, websites: sites = 1, brokers = 'shared' } = options;
  const environment = { MESSAGES_PER_10S: '100000', ...options.environment };
  const database = await testDatabase();
  const websites: WebsitePart[] = [];
  for (let index = 0; index < sites; index += 1) websites.push(await startWebsitePart(database.url, environment));
  const hub = new LocalHub();
  const wires: Wire[] = [];
  const chats: ChatPart[] = [];
  for (let index = 0; index < replicas; index += 1) {
    const wire = await startWire(websites[index % sites]!.internalUrl);
    wires.push(wire);
    const broker = { shared: () => hub.connect(), deaf: deafBroker, own: () => undefined }[brokers]();
    const redis = options.redisUrls?.[index];
    chats.push(await startChatPart(wire.url, { ...environment, ...(redis ? { REDIS_URL: redis } : {}) }, broker));
  }
  await Promise.all(chats.map(untilLetIn));
  const records = openRecords(database.url);
  return {
    databaseUrl: database.url,
    records,
    websites,
    chats,
    wires,
    stop: async () => {
      await Promise.all(chats.map((chat) => chat.stop()));
      await Promise.all(wires.map((wire) => wire.stop()));
      await Promise.all(websites.map((website) => website.stop()));
      await records.close();
      await database.drop();
    },
  };
}

/** Resolves when a replica is ready and accepts sockets; rejects after 10 s. */
export async function untilLetIn(chat: ChatPart): Promise<void> {
  await until(async () => (await fetch(`${chat.internalUrl}/readyz`)).status === 200, 10_000);
}

/** Resolves when `holds` returns true; rejects after `ms`. */
export async function until(holds: () => boolean | Promise<boolean>, ms = 5_000): Promise<void> {
  for (const deadline = performance.now() + ms; !(await holds()); await sleep(5)) {
    if (performance.now() > deadline) throw new Error(`${holds} did not hold within ${ms} ms`);
  }
}

/** A gauge or counter of a replica, e.g. `parlance_sockets`. */
export async function metric(chat: ChatPart, name: string): Promise<number> {
  const text = await (await fetch(`${chat.internalUrl}/metrics`)).text();
  return Number(new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1]);
}
