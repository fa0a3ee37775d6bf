// Creates a connection to Redis and detects when it is dead. A client never reconnects: broker_redis.ts creates a new
// one.
import { createClient } from '@redis/client';

export type RedisClient = ReturnType<typeof createRedisClient>;

/** Timeout in ms for connecting and confirming all subscriptions. */
export const CONNECT_MS = 3_000;
/** Interval of pings; a connection with SILENT_PINGS unanswered pings is dropped. */
const PING_MS = 500;
const SILENT_PINGS = 4;

/** Creates a client that is not connected yet. @param url redis:, rediss: or unix: and a path. @throws on any other. */
export function createRedisClient(url: string) {
  const { protocol, pathname } = new URL(url);
  const place = protocol === 'unix:' ? { path: decodeURIComponent(pathname), tls: false as const } : {};
  return createClient({
    ...(protocol === 'unix:' ? {} : { url }),
    RESP: 3,
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    // A timer per command would cost more than the command; the pings detect a dead connection.
    commandOptions: { timeout: 0 },
    socket: { ...place, connectTimeout: CONNECT_MS, reconnectStrategy: false, keepAlive: true },
  });
}

/**
 * Pings until clearInterval(). Counts unanswered pings instead of measuring time, so that a pause of this process does
 * not look like a dead Redis.
 */
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

/**
 * Whether the Unix socket does not exist: containers without the profile `replicas` have none, which is not an error.
 */
export const isAbsent = (reason: unknown): boolean => (reason as NodeJS.ErrnoException)?.code === 'ENOENT';
