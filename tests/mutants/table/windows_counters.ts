// Mutants of windows in time that the website counts in: rates of attempts, requests and messages, rounds of the janitor.
import { mutants } from '../mutant.ts';

const LIMITS = 'website/app/limits.ts';
const ATTEMPTS = 'website/app/log_in_attempts.ts';

export const WINDOWS_OF_COUNTERS = mutants(
  'windows',
  ['website/tests/limits.windows.test.ts'],
  [
    {
      id: 'registrations-a-day',
      file: LIMITS,
      find: `'register_from', address, 3_600`,
      by: `'register_from', address, 86_400`,
    },
    { id: 'resets-ten-minutes', file: LIMITS, find: `'reset_from', address, 3_600`, by: `'reset_from', address, 600` },
    {
      id: 'rooms-an-hour',
      file: LIMITS,
      find: `counterKey('rooms_of', userId), 86_400`,
      by: `counterKey('rooms_of', userId), 3_600`,
    },
    {
      id: 'mails-a-minute',
      file: LIMITS,
      find: `counterKey('reset_mail', userId), 3_600`,
      by: `counterKey('reset_mail', userId), 60`,
    },
    {
      id: 'requests-refill-ten-times',
      file: LIMITS,
      find: 'inForce.requestsPerUserPer10s / 10,',
      by: 'inForce.requestsPerUserPer10s,',
    },
    {
      id: 'requests-no-burst',
      file: LIMITS,
      find: 'inForce.requestsPerUserPer10s / 10, inForce.requestsPerUserPer10s,',
      by: 'inForce.requestsPerUserPer10s / 10, inForce.requestsPerUserPer10s / 10,',
      tests: ['website/tests/limits.test.ts', 'website/tests/limits.windows.test.ts'],
    },
    { id: 'logins-a-minute', file: ATTEMPTS, find: 'const TEN_MINUTES = 600', by: 'const TEN_MINUTES = 60' },
    { id: 'logins-a-week', file: ATTEMPTS, find: 'const DAY = 86_400', by: 'const DAY = 604_800' },
    {
      id: 'network-known-an-hour',
      file: ATTEMPTS,
      find: 'remember(db, known, LIMITS.knownSeconds)',
      by: 'remember(db, known, 3_600)',
    },
    {
      id: 'window-slides',
      file: 'website/app/counters.ts',
      find: 'then excluded.expire else rate_limits.expire end',
      by: 'then excluded.expire else excluded.expire end',
      tests: ['website/tests/limits.windows.test.ts', 'website/tests/log_in_attempts.test.ts'],
    },
    {
      id: 'janitor-each-minute',
      file: 'website/app/janitor.ts',
      find: 'const EVERY_MS = 15_000',
      by: 'const EVERY_MS = 60_000',
    },
    {
      id: 'janitor-forgets-early',
      file: 'website/app/janitor.ts',
      find: 'KEPT_SECONDS = 10 *',
      by: 'KEPT_SECONDS = 1 *',
    },
    {
      id: 'janitor-keeps-long',
      file: 'website/app/janitor.ts',
      find: 'KEPT_SECONDS = 10 *',
      by: 'KEPT_SECONDS = 60 *',
    },
    {
      id: 'messages-in-a-second',
      file: 'service/message_rates.ts',
      find: 'const WINDOW_MS = 10_000',
      by: 'const WINDOW_MS = 1_000',
      tests: ['service/tests/rates.test.ts'],
    },
    {
      id: 'messages-fixed-window',
      file: 'service/sliding_window.ts',
      find: 'events[over]! <= began',
      by: 'events.at(-1)! <= began',
      tests: ['service/tests/sliding_window.test.ts'],
    },
    {
      id: 'bucket-leaks-early',
      file: 'service/token_buckets.ts',
      find: 'missing + 1 - this.#burst',
      by: 'missing - this.#burst',
      tests: ['service/tests/token_buckets.test.ts'],
    },
  ],
);
