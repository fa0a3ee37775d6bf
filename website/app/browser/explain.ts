// Turns errors into sentences for users.
import { ConnectionError, ProblemError } from '@parlance/client';
import { duration } from './time.ts';

/** What went wrong and, if known, when to try again. */
export function explain(error: unknown): string {
  if (error instanceof ConnectionError) return 'The server does not answer. Check your connection and try again.';
  if (!(error instanceof ProblemError)) return 'Something went wrong on this page. Reload it and try again.';
  const { retryAfterMs, status, problem } = error;
  if (retryAfterMs !== undefined) return `${sentence(problem.title)} Try again in ${duration(retryAfterMs)}.`;
  if (status >= 500) return `${sentence(problem.title)} Try again. (Request ${problem.requestId})`;
  return sentence(problem.detail || problem.title);
}

/** The text with a capital letter at the start and a full stop at the end. */
export function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
