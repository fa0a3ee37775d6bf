// Computes the wait before a retry: backoff with full jitter, so that many clients do not reconnect at once.
export interface Pace {
  /** The upper limit of the first wait, in milliseconds; it doubles with each attempt. */
  baseMs: number;
  /** The upper limit of every wait, in milliseconds. */
  capMs: number;
}

/** After a lost connection. */
export const NORMAL: Pace = { baseMs: 250, capMs: 15_000 };
/** After the server reported that it is full. */
export const LONGER: Pace = { baseMs: 4_000, capMs: 60_000 };

/**
 * Returns a random wait in milliseconds, uniform between 0 and `min(capMs, baseMs * 2^attempt)`.
 * @param attempt the number of attempts that have failed before this wait, from 0.
 */
export function backoff(attempt: number, { baseMs, capMs }: Pace = NORMAL, random = Math.random): number {
  return Math.round(random() * Math.min(capMs, baseMs * 2 ** attempt));
}
