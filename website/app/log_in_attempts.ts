// Limits wrong passwords. Every attempt is counted before it is verified, and a correct password takes its attempt
// back, so that parallel guesses get no more tries than sequential ones. An unknown email is counted like a known one.
//
// A stranger must not lock the owner out. So each account has separate counters for each browser from which its owner
// has logged in (known_browsers.ts), and for each network (IPv4 /24, IPv6 /48). Each allows LOGINS_PER_10MIN wrong
// passwords in 10 min, and five times as many in a day. A stranger fills only the counter of the stranger's network:
// the owner can log in from any other network, and from a known browser even in the same network.
//
// More networks must not give more guesses. Unknown networks, in which the owner has not logged in for
// LIMITS.knownSeconds, also share a daily counter per account. When it reaches the daily allowance of one network,
// the allowance of each unknown network is halved; at twice as many wrong passwords it is a quarter, and so on, but
// at least one. With that one, the owner can log in at the first attempt from a new network during any attack, and
// an attacker with N networks is left with N guesses a day. Known networks and browsers keep the full allowance. In
// addition, one address is limited to ten times LOGINS_PER_10MIN for all accounts together. This limit does not count
// known browsers, because each is known only for accounts that it has logged in to.
import { wideNetwork } from '@parlance/service/networks.ts';
import { Problem } from '@parlance/service/problem.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { nameKey } from '@parlance/specs/names.ts';
import { atMost, type Bound, count, counterKey, isRemembered, perAddress, remember } from './counters.ts';
import type { Database } from './database.ts';

const TEN_MINUTES = 600;
const DAY = 86_400;

export interface AttemptAllowances {
  loginsPer10Min: number;
  loginsPerDay: number;
  loginsPerAddressPer10Min: number;
}

export interface Guesser {
  email: string;
  /** As returned by clientAddress. */
  address: string;
  /** The name of the browser, if it is known for the account. */
  browser: string | undefined;
}

/**
 * Verifies a password. Throws too_many_requests, without verifying it, after too many wrong ones.
 * @param verify throws invalid_credentials for a wrong password; only this error is counted
 */
export async function attempt<T>(
  db: Database,
  allow: AttemptAllowances,
  { email, address, browser }: Guesser,
  verify: () => Promise<T>,
): Promise<T> {
  const account = nameKey(email);
  const network = wideNetwork(address);
  const known = counterKey('login_known', account, network);
  const place = browser === undefined ? ['network', network] : ['browser', browser];
  const wrong = counterKey('login_wrong', account, ...place);
  const wrongToday = counterKey('login_wrong_today', account, ...place);
  const bounds = [atMost(allow.loginsPer10Min, wrong, TEN_MINUTES)];
  if (browser === undefined) {
    bounds.push(...perAddress(allow.loginsPerAddressPer10Min, 'login_from', address, TEN_MINUTES));
  }
  if (browser !== undefined || (await isRemembered(db, known))) {
    bounds.push(atMost(allow.loginsPerDay, wrongToday, DAY));
  } else bounds.push(...inUnknownNetwork(account, wrongToday, allow.loginsPerDay));
  const giveBack = await count(db, bounds);
  try {
    const verified = await verify();
    await Promise.all([giveBack(), remember(db, known, LIMITS.knownSeconds)]);
    return verified;
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'invalid_credentials')) await giveBack().catch(() => undefined);
    throw error;
  }
}

/** The daily counter of an unknown network. Its allowance shrinks as the shared counter of unknown networks grows. */
function inUnknownNetwork(account: string, wrongToday: string, perDay: number): Bound[] {
  const everywhere = counterKey('login_wrong_everywhere', account);
  return [
    atMost(Number.POSITIVE_INFINITY, everywhere, DAY),
    {
      key: wrongToday,
      seconds: DAY,
      refusedUntil: ({ events, ends }, counts) => {
        const all = counts.get(everywhere)!;
        if (events <= allowedInUnknown(all.events - 1, perDay)) return undefined;
        return events > perDay ? ends : Math.min(ends, all.ends);
      },
    },
  ];
}

/** @param wrong number of wrong passwords from unknown networks so far */
export function allowedInUnknown(wrong: number, perDay: number): number {
  const halvings = wrong < perDay ? 0 : Math.floor(Math.log2(wrong / perDay)) + 1;
  return Math.max(1, Math.floor(perDay / 2 ** halvings));
}
