// The first step of every operation that takes a password: takes a place for hashing, then counts the attempt against
// the limit of wrong passwords. Never verifies a password itself.
import { wideNetwork } from '@parlance/service/networks.ts';
import type { Request, Response } from 'express';
import type { KnownBrowsers } from './known_browsers.ts';
import type { Limits } from './limits.ts';
import { type HashingPlace, takePlace } from './services/hashing.ts';

export interface PasswordRequest {
  request: Request;
  response: Response;
}

export interface PasswordGuard {
  /**
   * Runs `verify`, which throws invalid_credentials for a wrong password, for the account of `email`. Throws unavailable
   * first if no place is free, and too_many_requests after too many wrong passwords.
   */
  verify<T>(at: PasswordRequest, email: string, verify: (place: HashingPlace) => Promise<T>): Promise<T>;
  /** A place for an operation that only stores a password: `using place = guard.place(…)`. Throws unavailable. */
  place(at: PasswordRequest): HashingPlace;
}

export function createPasswordGuard(
  limits: Limits,
  browsers: KnownBrowsers,
  addressOf: (request: Request) => string,
): PasswordGuard {
  const place = ({ request, response }: PasswordRequest) =>
    takePlace({ network: wideNetwork(addressOf(request)), signal: endOf(response) });
  return {
    place,
    verify: async (at, email, verify) => {
      using taken = place(at);
      const who = { email, address: addressOf(at.request), browser: browsers.nameOf(at.request, email) };
      return await limits.login(who, () => verify(taken));
    },
  };
}

/** Aborted when the connection closes, or the answer was sent. */
function endOf(response: Response): AbortSignal {
  const end = new AbortController();
  response.once('close', () => end.abort());
  return end.signal;
}
