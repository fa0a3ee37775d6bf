// How often somebody may try. Logins and registrations are counted in the database (they survive a restart and are
// shared by replicas), messages where they enter, in memory.
import { createHash } from 'node:crypto';
import { nameKey } from '@parlance/specs/names.ts';
import type { ProblemCode } from '@parlance/specs/problems.ts';
import type { Pool } from 'pg';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from './problems.ts';
import type { WebsiteSettings } from './settings.ts';

export interface Limits {
  /** Throws too_many_requests when one has tried too often, by account or by address. */
  login(email: string, address: string): Promise<void>;
  registration(address: string): Promise<void>;
  /** Throws rate_limited. */
  message(userId: string, roomName: string): Promise<void>;
}

export function createLimits(pool: Pool, settings: WebsiteSettings): Limits {
  const counted = (keyPrefix: string, points: number, duration: number) =>
    new RateLimiterPostgres({
      storeClient: pool,
      tableName: 'rate_limits',
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix,
      points,
      duration,
    });
  const logins = counted('login', settings.LOGINS_PER_10MIN, 600);
  const loginAddresses = counted('login_from', settings.LOGINS_PER_10MIN * 10, 600);
  const registrations = counted('register_from', settings.REGISTRATIONS_PER_HOUR, 3_600);
  const messages = new RateLimiterMemory({ points: settings.MESSAGES_PER_10S, duration: 10 });
  return {
    login: async (email, address) => {
      await consume(loginAddresses, address, 'too_many_requests');
      await consume(logins, hashed(nameKey(email)), 'too_many_requests');
    },
    registration: (address) => consume(registrations, address, 'too_many_requests'),
    message: (userId, roomName) => consume(messages, `${userId}/${nameKey(roomName)}`, 'rate_limited'),
  };
}

/** Keeps what people type as an address out of the table, and its length within the key's. */
const hashed = (key: string) => createHash('sha256').update(key).digest('base64url');

async function consume(
  limiter: { consume(key: string): Promise<unknown> },
  key: string,
  code: ProblemCode,
): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    throw new Problem(code, undefined, { retryAfter: refused.msBeforeNext / 1_000 });
  }
}
