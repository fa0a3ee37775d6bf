// One connection to Redis, and how its death is noticed. A client never reconnects: broker_redis.ts makes a new one.
import { createClient } from '@redis/client';

export type RedisClient = ReturnType<typeof createRedisClient>;

/** Within this many ms a connection is made and its subscriptions are confirmed, or it is given up. */
export const CONNECT_MS = 3_000;
/** Redis is pinged this often; a connection with SILENT_PINGS unanswered pings is given up. */
const PING_MS = 500;
const SILENT_PINGS = 4;

/** A client that is not connected yet. @param url redis:, rediss: or unix: followed by a path. @throws for any other. */
export function createRedisClient(url: string) {
  const { protocol, pathname } = new URL(url);
  const place = protocol === 'unix:' ? { path: decodeURIComponent(pathname), tls: false as const } : {};
  return createClient({
    ...(protocol === 'unix:' ? {} : { url }),
    RESP: 3,
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    // A timer for each command would cost more than the command; the pings watch over all of them.
    commandOptions: { timeout: 0 },
    socket: { ...place, connectTimeout: CONNECT_MS, reconnectStrategy: false, keepAlive: true },
  });
}

/** Counts pings instead of time, so that a pause of this process does not look like a dead Redis. @returns stop with clearInterval. */
export function keepAsking(client: RedisClient, giveUp: (reason: Error) => void): NodeJS.Timeout {
  let unanswered = 0;
  return setInterval(() => {
    if (unanswered >= SILENT_PINGS) return giveUp(new Error('Redis does not answer'));
    unanswered += 1;
    client.ping().then(() => {
      unanswered = 0;
    }, giveUp);
  }, PING_MS);
}

/** Whether there is no Unix socket: containers without the profile `replicas` have none, which is not a fault. */
export const isAbsent = (reason: unknown): boolean => (reason as NodeJS.ErrnoException)?.code === 'ENOENT';
