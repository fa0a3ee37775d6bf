// How long to wait before trying again: full jitter, so that a crowd that lost its server does not come back at once.
export interface Pace {
  /** The most the first wait can be, in milliseconds; it doubles with each attempt. */
  baseMs: number;
  /** The most any wait can be, in milliseconds. */
  capMs: number;
}

/** After a lost connection. */
export const NORMAL: Pace = { baseMs: 250, capMs: 15_000 };
/** After the server said that it is full. */
export const LONGER: Pace = { baseMs: 4_000, capMs: 60_000 };

/**
 * A wait in milliseconds, evenly between 0 and `min(capMs, baseMs * 2^attempt)`.
 * @param attempt how many attempts have failed before this wait, from 0.
 */
export function backoff(attempt: number, { baseMs, capMs }: Pace = NORMAL, random = Math.random): number {
  return Math.round(random() * Math.min(capMs, baseMs * 2 ** attempt));
}
