// Errors as problem details (RFC 9457): the class to throw, and its encoding for the wire. Writes to no socket:
// website, chat and the handler of parser errors send the answers.
import type { components } from '@parlance/specs/http.ts';
import { PROBLEMS, type ProblemCode } from '@parlance/specs/problems.ts';
import { validateProblem } from '@parlance/specs/validators.js';
import type { Log } from './log.ts';

export type ValidationError = components['schemas']['ValidationError'];

/**
 * An error that becomes the answer, wherever it is thrown. `retryAfter` in seconds; default 1 for status 429 and 503.
 */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly errors: ValidationError[] | undefined;
  readonly headers: Record<string, string>;

  constructor(
    code: ProblemCode,
    detail?: string,
    options: { errors?: ValidationError[]; retryAfter?: number; headers?: Record<string, string> } = {},
  ) {
    super(detail ?? PROBLEMS[code].title);
    this.code = code;
    this.errors = options.errors;
    const { status } = PROBLEMS[code];
    const retryAfter = options.retryAfter ?? (status === 503 || status === 429 ? 1 : undefined);
    this.headers = {
      ...(retryAfter === undefined ? {} : { 'Retry-After': String(Math.max(1, Math.ceil(retryAfter))) }),
      ...(status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
      ...options.headers,
    };
  }
}

export interface ProblemAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Encodes a problem. An off-spec problem is a server bug: it is logged and answered as internal_error. */
export function answerOf(problem: Problem, requestId: string, log?: Log): ProblemAnswer {
  const { status, title } = PROBLEMS[problem.code];
  const details: components['schemas']['Problem'] = {
    type: `/docs/problems#${problem.code}`,
    title,
    status,
    code: problem.code,
    detail: problem.message,
    requestId,
    ...(problem.errors ? { errors: problem.errors } : {}),
  };
  if (!validateProblem(details)) {
    log?.error({ errors: validateProblem.errors, code: problem.code }, 'a problem was off-spec');
    return answerOf(new Problem('internal_error'), requestId);
  }
  const body = JSON.stringify(details);
  const headers = {
    ...problem.headers,
    'Content-Type': 'application/problem+json',
    'Content-Length': String(Buffer.byteLength(body)),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Request-Id': requestId,
  };
  return { status, headers, body };
}

/**
 * Returns the answer as bytes, for raw sockets; it closes the connection. `method` of the request, if known: an answer
 * to HEAD has no body (RFC 9110 §9.3.2).
 */
export function bytesOf(
  { status, headers, body }: ProblemAnswer,
  statusText: string | undefined,
  method?: string,
): string {
  const lines = Object.entries({ Connection: 'close', ...headers }).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${statusText}`, ...lines, '', method === 'HEAD' ? '' : body].join('\r\n');
}
