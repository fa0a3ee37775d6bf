// The errors of a call: a problem of the contract, or no answer. Says whether a retry makes sense; never retries.
import { CODE_RULES } from '../generated/client_rules.ts';
import type { ProblemCode } from '../generated/problems.ts';
import type { Problem } from './schemas.ts';

export type Retry = 'same-id' | 'later' | 'never';
export type Stored = 'no' | 'unknown';

/** The server refused. Decide by `code`; `problem.detail` is for people; `errors` point into the request. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  /** A ProblemCode, or a code that a newer server adds. */
  readonly code: Problem['code'];
  readonly status: number;
  readonly retry: Retry;
  /** For a message: whether it may be stored despite the error. */
  readonly stored?: Stored;
  /** When to retry, in milliseconds from the answer on; only if the server said so. */
  readonly retryAfterMs?: number;
  readonly errors: { pointer: string; detail: string }[];

  /** @param retryAfterMs the value of the Retry-After header, in milliseconds. */
  constructor(problem: Problem, retryAfterMs?: number) {
    super(problem.detail);
    // A newer server may send codes that this table does not have: then the status decides.
    const known = CODE_RULES[problem.code as ProblemCode] ?? CODE_RULES[codeOfStatus(problem.status)];
    this.problem = problem;
    this.code = problem.code;
    this.status = problem.status;
    this.retry = known.retry;
    if ('stored' in known) this.stored = known.stored;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
    this.errors = problem.errors ?? [];
  }
}

/** No answer came, or a truncated one: the request may or may not have taken effect. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly retry = 'same-id';
  readonly stored = 'unknown';
}

/** The ProblemError for a failed response. `body` is the parsed body, or text if Parlance did not send it. */
export function problemError(response: Response, body: unknown): ProblemError {
  const problem = isProblem(body)
    ? body
    : {
        type: 'about:blank',
        title: response.statusText || `HTTP ${response.status}`,
        status: response.status,
        code: codeOfStatus(response.status),
        detail: `The server answered ${response.status} without a problem document.`,
        requestId: response.headers.get('x-request-id') ?? '',
      };
  return new ProblemError(problem, retryAfterMs(response.headers.get('retry-after')));
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'status' in body && 'detail' in body;
}

/** The most cautious code for a status: if a message may have been stored, the code says so. */
function codeOfStatus(status: number): ProblemCode {
  if (status === 502) return 'bad_gateway';
  if (status === 504) return 'gateway_timeout';
  if (status === 429) return 'too_many_requests';
  if (status >= 500) return 'internal_error';
  const codes = Object.keys(CODE_RULES) as ProblemCode[];
  return codes.find((code) => 'status' in CODE_RULES[code] && CODE_RULES[code].status === status) ?? 'invalid_request';
}

/** Retry-After is seconds or a date (RFC 9110). */
function retryAfterMs(value: string | null): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
