// Errors as problem details (RFC 9457): the one class that services throw, and the one funnel that answers with it.
// Hides the detail of whatever was not meant for the client.
import type { ServerResponse } from 'node:http';
import type { Log } from '@parlance/service/log.ts';
import type { components } from '@parlance/specs/http.ts';
import { PROBLEMS, type ProblemCode } from '@parlance/specs/problems.ts';
import { validateProblem } from '@parlance/specs/validators.js';
import { isUnavailable } from './database.ts';

type ProblemDetails = components['schemas']['Problem'];
export type ValidationError = components['schemas']['ValidationError'];

/** Thrown anywhere behind a handler; becomes the answer. `retryAfter` in seconds. */
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

/** A 400 that points at one place, a JSON pointer such as `/query/cursor`. */
export const invalid = (pointer: string, detail: string): Problem =>
  new Problem('invalid_request', 'The request is not as the contract says.', { errors: [{ pointer, detail }] });

/** What express-openapi-validator, body-parser and express throw. */
interface ForeignError extends Error {
  status?: number;
  type?: string;
  errors?: { path: string; message: string }[];
  headers?: Record<string, string>;
}

const BY_STATUS: Readonly<Record<number, ProblemCode>> = {
  400: 'invalid_request',
  401: 'not_authenticated',
  403: 'bad_origin',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'body_too_large',
  415: 'unsupported_media_type',
};

/** Any error as a Problem; what is not the client's doing becomes `unavailable` or `internal_error`, and is logged. */
export function asProblem(error: unknown, log: Log): Problem {
  if (error instanceof Problem) return error;
  const foreign = error as ForeignError;
  if (foreign.type === 'entity.parse.failed') return new Problem('invalid_json', 'The body is not valid JSON.');
  const code = BY_STATUS[foreign.status ?? 0];
  if (code !== undefined && !(foreign instanceof URIError)) {
    const errors = foreign.errors?.map(({ path, message }) => ({ pointer: pointerOf(path), detail: message }));
    return new Problem(code, code === 'invalid_request' ? 'The request is not as the contract says.' : undefined, {
      ...(code === 'invalid_request' && errors ? { errors } : {}),
      ...(foreign.headers?.Allow ? { headers: { Allow: foreign.headers.Allow } } : {}),
    });
  }
  if (foreign instanceof URIError) return invalid('/path', 'The path is not percent-encoded UTF-8.');
  if (isUnavailable(error)) {
    log.warn({ err: error }, 'the database did not answer');
    return new Problem('unavailable');
  }
  log.error({ err: error, errors: foreign.errors }, 'a handler failed');
  return new Problem('internal_error');
}

const pointerOf = (path: string) => path.replace(/^\/params\b/, '/path');

/** The problem as it goes over the wire. */
export function problemDetails(problem: Problem, requestId: string): ProblemDetails {
  const { title, status } = PROBLEMS[problem.code];
  return {
    type: `/docs/problems#${problem.code}`,
    title,
    status,
    code: problem.code,
    detail: problem.message,
    requestId,
    ...(problem.errors ? { errors: problem.errors } : {}),
  };
}

/** Answers with the problem. The only place that answers with an error, and it checks its own output. */
export function sendProblem(res: ServerResponse, problem: Problem, requestId: string, log: Log): void {
  if (res.headersSent) return void res.destroy();
  let details = problemDetails(problem, requestId);
  if (!validateProblem(details)) {
    log.error({ errors: validateProblem.errors, code: problem.code }, 'a problem was off-spec');
    details = problemDetails(new Problem('internal_error'), requestId);
  }
  for (const name of ['Set-Cookie', 'Location', 'ETag']) res.removeHeader(name);
  const body = JSON.stringify(details);
  res.writeHead(details.status, {
    ...problem.headers,
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  });
  res.end(res.req.method === 'HEAD' ? undefined : body);
}
