// Starts Parlance as its containers do: PostgreSQL, a website and one or several chats, optionally nginx and Redis, all on
// the servers' core. Creates its users and rooms. Takes no measurements.
import { containerArguments } from '../container_command.ts';
import { freePort } from '../free_port.ts';
import { until } from '../house.ts';
import { startNginx } from '../nginx_fixture.ts';
import { openRecords } from '../records.ts';
import { startRedis } from '../redis.ts';
import { scrape, sumOf } from '../scrape.ts';
import { SECRETS, untilReady } from '../stack.ts';
import type { Contestant } from './contestants.ts';
import { pin } from './cores.ts';
import type { Door } from './generator/main.ts';
import { database, start, storedIn } from './programs.ts';

/** Timeout for the start. */
const START_MS = 30_000;
const MANY = '100000000';
const LIMITED = [
  ...['MESSAGES_PER_10S', 'MESSAGES_PER_USER_PER_10S', 'REQUESTS_PER_USER_PER_10S', 'SOCKETS_PER_USER'],
  ...['REQUESTS_PER_ADDRESS', 'REQUEST_BURST_PER_ADDRESS'],
];

/** Settings that raise these limits so far that the bench never reaches them. */
export const RATES = Object.fromEntries(LIMITED.map((rate) => [rate, MANY]));

export interface Parts {
  /** Number of chats; the members of each room are spread over them. */
  chats?: number;
  /** Whether nginx proxies the website and the chats. */
  nginx?: boolean;
  /** Whether the chats exchange events through Redis; otherwise through the website. */
  redis?: boolean;
}

export async function startParlance({ chats: count = 1, nginx, redis }: Parts = {}): Promise<Contestant> {
  await using starting = new AsyncDisposableStack();
  const store = await database(starting);
  const broker = redis ? await startBroker(starting) : undefined;
  const [website, websiteInternal] = [await freePort(), await freePort()];
  const shared = {
    ...RATES,
    ...SECRETS,
    ...{ HOST: '127.0.0.1', LOG_LEVEL: 'error', PUBLIC_URL: `http://127.0.0.1:${website}` },
    ...(nginx && { TRUSTED_PROXIES: '127.0.0.1' }),
  };
  const site = start(starting, containerArguments('website'), {
    ...{ ...shared, DATABASE_URL: store.url, PORT: String(website), INTERNAL_PORT: String(websiteInternal) },
  });
  site.stdout!.resume();
  const chats: { name: string; pid: number; port: number; internalPort: number }[] = [];
  for (let index = 1; index <= count; index += 1) {
    const [port, internalPort] = [await freePort(), await freePort()];
    const child = start(starting, containerArguments('chat'), {
      ...{ ...shared, WEBSITE_URL: `http://127.0.0.1:${websiteInternal}`, ...(broker && { REDIS_URL: broker.url }) },
      ...{ PORT: String(port), INTERNAL_PORT: String(internalPort) },
    });
    child.stdout!.resume();
    chats.push({ name: `chat ${index}`, pid: child.pid!, port, internalPort });
  }
  await untilReady(`http://127.0.0.1:${website}`, START_MS);
  for (const { internalPort } of chats) await until(() => isReady(internalPort, broker !== undefined), START_MS);
  const proxy = nginx
    ? await startNginx(
        { after: (end) => starting.defer(async () => void (await end())) },
        { website: `127.0.0.1:${website}`, chat: chats.map(({ port }) => `127.0.0.1:${port}`) },
      )
    : undefined;
  if (proxy) pin('server', proxy.pid);
  const records = openRecords(store.url);
  starting.defer(() => records.close());
  const scope = starting.move();
  let ids: string[] = [];
  return {
    ...{ dialect: 'parlance', tokensPort: proxy?.port ?? website },
    processes: {
      ...Object.fromEntries(chats.map(({ name, pid }) => [name, pid])),
      ...{ website: site.pid!, PostgreSQL: store.pid },
      ...(broker && { Redis: broker.pid }),
      ...(proxy && { nginx: proxy.pid }),
    },
    doors: async (rooms, members) => {
      const people = await records.members(rooms * members);
      const doors: Door[] = [];
      ids = [];
      for (let index = 0; index < rooms; index += 1) {
        const own = people.slice(index * members, (index + 1) * members);
        const room = await records.room(own[0]!);
        ids.push(room.id);
        for (const [nth, member] of own.entries()) {
          // The first member of the next room is at the next chat, so that the first senders load all chats equally.
          const port = proxy?.port ?? chats[(index + nth) % count]!.port;
          const headers = [`Authorization: Bearer ${await records.roomToken(member, room)}`];
          doors.push({ room: room.name, port, headers });
        }
      }
      return doors;
    },
    tickets: async (count) => {
      const people = await records.members(count);
      return Promise.all(
        people.map(async (member) => {
          const { name } = await records.room(member);
          const path = `/api/rooms/${encodeURIComponent(name)}/tokens`;
          return { path, accessToken: await records.accessToken(member) };
        }),
      );
    },
    storedLast: (count, but) => storedIn(store.url, { column: 'room_id', values: ids }, count, but),
    stop: () => scope.disposeAsync(),
  };
}

/** Starts Redis on the servers' core. */
async function startBroker(scope: AsyncDisposableStack) {
  const redis = await startRedis();
  scope.defer(() => redis.stop());
  pin('server', redis.pid);
  return redis;
}

/** Whether a chat accepts sockets and, with a broker, is connected to it. */
async function isReady(internalPort: number, brokered: boolean): Promise<boolean> {
  const url = `http://127.0.0.1:${internalPort}`;
  const answer = await fetch(`${url}/readyz`).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.ok === true && (!brokered || sumOf(await scrape(url), 'parlance_broker_connected') === 1);
}
