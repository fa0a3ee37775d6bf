// How often somebody may try. Logins and registrations are counted in the database (they survive a restart and are
// shared by replicas), messages where they enter, in memory.
import { createHash } from 'node:crypto';
import { Problem } from '@parlance/service/problem.ts';
import { SlidingWindow } from '@parlance/service/sliding_window.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { nameKey } from '@parlance/specs/names.ts';
import type { Pool } from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { WebsiteSettings } from './settings.ts';

export interface Limits {
  /** Throws too_many_requests when one has tried too often, by account or by address. */
  login(email: string, address: string): Promise<void>;
  registration(address: string): Promise<void>;
  passwordReset(address: string): Promise<void>;
  /** Throws rate_limited. */
  message(userId: string, roomName: string): void;
}

export function createLimits(pool: Pool, settings: WebsiteSettings): Limits {
  const counted = (keyPrefix: string, points: number, duration: number) => counter(pool, keyPrefix, points, duration);
  const logins = counted('login', settings.LOGINS_PER_10MIN, 600);
  const loginAddresses = counted('login_from', settings.LOGINS_PER_10MIN * 10, 600);
  const registrations = counted('register_from', settings.REGISTRATIONS_PER_HOUR, 3_600);
  const resets = counted('reset_from', settings.PASSWORD_RESETS_PER_HOUR, 3_600);
  const messages = new SlidingWindow(settings.MESSAGES_PER_10S, 10_000);
  return {
    login: async (email, address) => {
      await consume(loginAddresses, address);
      await consume(logins, hashed(nameKey(email)));
    },
    registration: (address) => consume(registrations, address),
    passwordReset: (address) => consume(resets, address),
    message: (userId, roomName) => {
      const waitMs = messages.take(`${userId}/${nameKey(roomName)}`, performance.now());
      if (waitMs > 0) throw new Problem('rate_limited', undefined, { retryAfter: waitMs / 1_000 });
    },
  };
}

/** Whether an account may get one more mail for a new password; counts it. */
export function createMailLimit(pool: Pool): (userId: string) => Promise<boolean> {
  const mails = counter(pool, 'reset_mail', LIMITS.resetMailsPerHour, 3_600);
  return (userId) =>
    mails.consume(userId).then(
      () => true,
      (refused) => {
        if (refused instanceof RateLimiterRes) return false;
        throw refused;
      },
    );
}

const counter = (storeClient: Pool, keyPrefix: string, points: number, duration: number) =>
  new RateLimiterPostgres({
    storeClient,
    tableName: 'rate_limits',
    tableCreated: true,
    clearExpiredByTimeout: false,
    keyPrefix,
    points,
    duration,
  });

/** Keeps what people type as an address out of the table, and its length within the key's. */
const hashed = (key: string) => createHash('sha256').update(key).digest('base64url');

async function consume(limiter: RateLimiterPostgres, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    throw new Problem('too_many_requests', undefined, { retryAfter: refused.msBeforeNext / 1_000 });
  }
}
