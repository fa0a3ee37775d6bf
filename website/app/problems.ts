// Converts any error of a handler to a Problem, and sends it. Never shows the client the details of an internal error.
import type { ServerResponse } from 'node:http';
import type { Log } from '@parlance/service/log.ts';
import { answerOf, Problem } from '@parlance/service/problem.ts';
import { warnRepeated } from '@parlance/service/repeated_lines.ts';
import { inWords } from '@parlance/service/wording.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { PROBLEMS, type ProblemCode } from '@parlance/specs/problems.ts';
import { isUnavailable, sqlState } from './database.ts';

/** A 400 that points at one place, a JSON pointer such as `/query/cursor`. */
export const invalid = (pointer: string, detail: string): Problem =>
  new Problem('invalid_request', 'The request does not match the contract.', { errors: [{ pointer, detail }] });

/** What express-openapi-validator, body-parser and express throw. */
interface ForeignError extends Error {
  status?: number;
  type?: string;
  errors?: { path: string; message: string; errorCode?: string }[];
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

/** Converts any error to a Problem. A failure of the server becomes `unavailable` or `internal_error` and is logged. */
export function asProblem(error: unknown, log: Log): Problem {
  if (error instanceof Problem) {
    if (error.cause !== undefined) log.error({ err: error.cause, code: error.code }, 'a part of the website failed');
    return error;
  }
  const foreign = error as ForeignError;
  if (foreign.type === 'entity.parse.failed') return new Problem('invalid_json', 'The body is not valid JSON.');
  const code = BY_STATUS[foreign.status ?? 0];
  if (code !== undefined && !(foreign instanceof URIError)) {
    const errors = foreign.errors
      ?.slice(0, LIMITS.errorsNamed)
      .map(({ path, message, errorCode }) => ({ pointer: pointerOf(path, errorCode), detail: inWords(message) }));
    return new Problem(code, code === 'invalid_request' ? 'The request does not match the contract.' : undefined, {
      ...(code === 'invalid_request' && errors ? { errors } : {}),
      ...(foreign.headers?.Allow ? { headers: { Allow: withHead(foreign.headers.Allow) } } : {}),
    });
  }
  if (foreign instanceof URIError) return invalid('/path', 'The path is not percent-encoded UTF-8.');
  // 40P01: PostgreSQL has rolled this transaction back to end a deadlock; nothing was stored.
  if (isUnavailable(error) || sqlState(error) === '40P01') {
    warnRepeated(log, { err: error }, 'the database did not answer');
    return new Problem('unavailable');
  }
  log.error({ err: error, errors: foreign.errors }, 'a handler failed');
  return new Problem('internal_error');
}

/** A path that allows GET also allows HEAD, which the contract does not list (RFC 9110). */
const withHead = (allow: string) => allow.replace(/\bGET\b/, 'GET, HEAD');

/** The validator's path as a JSON pointer (RFC 6901). It may end with a name that the client chose, not escaped. */
const pointerOf = (path: string, errorCode = '') =>
  /^(additionalProperties|$)/.test(errorCode)
    ? path.replace(/^(\/(?:body|query)(?:\/\w+\/\d+)*\/)(.+)$/s, (_, at, name) => at + escaped(name))
    : path.replace(/^\/params\b/, '/path');

/** Escapes a name for a JSON pointer. */
export const escaped = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');

/**
 * Answers with the problem. The only place of the website that answers with an error.
 * @returns false: the problem itself broke the contract, and internal_error was sent instead.
 */
export function sendProblem(res: ServerResponse, problem: Problem, requestId: string, log: Log): boolean {
  if (res.headersSent) {
    res.destroy();
    return true;
  }
  const { status, headers, body } = answerOf(problem, requestId, log);
  for (const name of ['Set-Cookie', 'Location', 'ETag']) res.removeHeader(name);
  res.writeHead(status, headers).end(res.req.method === 'HEAD' ? undefined : body);
  return status === PROBLEMS[problem.code].status;
}
