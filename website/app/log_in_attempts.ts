// How many wrong passwords may be entered. Counted are attempts; a right password gives its attempt back, so that parallel
// guesses get no more tries than sequential ones. An unknown email is counted as a known one.
//
// A stranger must not lock the owner out. So each account has counters of its own for each place: for each browser from
// which its owner has logged in (known_browsers.ts), and for each network (IPv4 /24, IPv6 /48). In each, LOGINS_PER_10MIN
// wrong passwords are allowed in 10 min, and five times as many in a day. A stranger fills only the counter of his own
// network; the owner is let in from any other, and on a known browser even from the same one.
//
// Guessing must cost more and more. A guesser with one network gets a day's allowance; with many, he gets one in each. So all
// wrong passwords from networks in which the owner has not logged in lately (LIMITS.knownSeconds) are counted together for a
// day too: when they reach a day's allowance of one network, each of these networks gets half of it, when they reach twice
// as much a quarter, and so on, but at least one. With at least one, the owner in a new network is let in at the first
// attempt during any attack, and a guesser with N networks comes down to N guesses a day. Networks and browsers that are
// known keep the whole allowance. Besides, one address has ten times LOGINS_PER_10MIN for all accounts together; known
// browsers are not counted there, since each can only be used for accounts that it was logged into.
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
  /** As clientAddress tells it. */
  address: string;
  /** Its name, if it is a known browser of the account. */
  browser: string | undefined;
}

/**
 * Verifies a password, if so many may still be entered: throws too_many_requests otherwise.
 * @param verify throws invalid_credentials for a wrong password, which alone is counted
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

/** A day's counter of an unknown network, whose allowance shrinks as the counter of all of these networks grows. */
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

/** @param wrong passwords that were entered in unknown networks so far */
export function allowedInUnknown(wrong: number, perDay: number): number {
  const halvings = wrong < perDay ? 0 : Math.floor(Math.log2(wrong / perDay)) + 1;
  return Math.max(1, Math.floor(perDay / 2 ** halvings));
}
