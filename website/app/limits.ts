// Rate limits, with the values of the settings. Wrong passwords, registrations and new rooms are counted in the
// database (the counts survive a restart and are shared by replicas); requests and messages are counted in memory,
// per process.
import { limitsInForce } from '@parlance/service/limits_in_force.ts';
import { MessageRates } from '@parlance/service/message_rates.ts';
import { Problem } from '@parlance/service/problem.ts';
import { TokenBuckets } from '@parlance/service/token_buckets.ts';
import { LIMITS, type LimitName } from '@parlance/specs/limits.ts';
import { nameKey } from '@parlance/specs/names.ts';
import { atMost, count, counterKey, perAddress } from './counters.ts';
import type { Database } from './database.ts';
import { attempt, type Guesser } from './log_in_attempts.ts';
import type { WebsiteSettings } from './settings.ts';

/** Maximum users whose requests are counted, about 100 bytes each. */
const USERS_MAX = 65_536;

export interface Limits {
  /** The limits in force, by name. */
  readonly inForce: Readonly<Record<LimitName, number>>;
  /**
   * Verifies a password, for any operation. Throws too_many_requests after too many wrong passwords, otherwise what
   * `verify` throws. Only `invalid_credentials` counts as a wrong password.
   */
  login<T>(who: Guesser, verify: () => Promise<T>): Promise<T>;
  /** Throws too_many_requests. */
  registration(address: string): Promise<void>;
  /** Throws too_many_requests. */
  passwordReset(address: string): Promise<void>;
  /** Creates a room within the user's daily limit. A failed creation does not count. Throws too_many_requests. */
  room<T>(userId: string, create: () => Promise<T>): Promise<T>;
  /** Throws too_many_requests. */
  request(userId: string): void;
  /** Throws rate_limited. */
  message(userId: string, roomName: string): void;
}

export function createLimits(db: Database, settings: WebsiteSettings): Limits {
  const inForce = limitsInForce(settings);
  const requests = new TokenBuckets(inForce.requestsPerUserPer10s / 10, inForce.requestsPerUserPer10s, USERS_MAX);
  const messages = new MessageRates({ perRoom: inForce.messagesPer10s, perUser: inForce.messagesPerUserPer10s });
  return {
    inForce,
    login: (who, verify) => attempt(db, inForce, who, verify),
    registration: async (address) => {
      await count(db, perAddress(inForce.registrationsPerHour, 'register_from', address, 3_600));
    },
    passwordReset: async (address) => {
      await count(db, perAddress(inForce.passwordResetsPerHour, 'reset_from', address, 3_600));
    },
    room: async (userId, create) => {
      const giveBack = await count(db, [atMost(inForce.roomsPerDay, counterKey('rooms_of', userId), 86_400)]);
      try {
        return await create();
      } catch (error) {
        await giveBack().catch(() => undefined);
        throw error;
      }
    },
    request: (userId) => {
      const now = performance.now();
      const waitMs = requests.wait(userId, now);
      if (waitMs > 0) throw new Problem('too_many_requests', undefined, { retryAfter: waitMs / 1_000 });
      requests.take(userId, now);
    },
    message: (userId, roomName) => {
      const tooMany = messages.take(userId, nameKey(roomName), performance.now());
      if (tooMany) throw new Problem('rate_limited', tooMany.detail, { retryAfter: tooMany.waitMs / 1_000 });
    },
  };
}

/** Counts a password reset mail. Returns whether the account may get it. */
export async function mayMail(db: Database, userId: string): Promise<boolean> {
  try {
    await count(db, [atMost(LIMITS.resetMailsPerHour, counterKey('reset_mail', userId), 3_600)]);
    return true;
  } catch (error) {
    if (error instanceof Problem && error.code === 'too_many_requests') return false;
    throw error;
  }
}
