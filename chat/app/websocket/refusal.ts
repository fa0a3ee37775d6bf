// A refused upgrade as problem details (RFC 9457), written before the protocol changes hands.
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { components } from '@parlance/specs/http.ts';
import { PROBLEMS, type ProblemCode } from '@parlance/specs/problems.ts';

export class Refusal extends Error {
  readonly code: ProblemCode;
  readonly errors: { pointer: string; detail: string }[] | undefined;
  readonly headers: Record<string, string>;

  constructor(
    code: ProblemCode,
    detail?: string,
    more: { errors?: { pointer: string; detail: string }[]; headers?: Record<string, string> } = {},
  ) {
    super(detail ?? PROBLEMS[code].title);
    this.code = code;
    this.errors = more.errors;
    const { status } = PROBLEMS[code];
    this.headers = {
      ...(status === 429 || status === 503 ? { 'Retry-After': '1' } : {}),
      ...(status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
      ...more.headers,
    };
  }
}

function answerOf(refusal: Refusal, requestId: string) {
  const { status, title } = PROBLEMS[refusal.code];
  const problem: components['schemas']['Problem'] = {
    type: `/docs/problems#${refusal.code}`,
    title,
    status,
    code: refusal.code,
    detail: refusal.message,
    requestId,
    ...(refusal.errors ? { errors: refusal.errors } : {}),
  };
  const body = JSON.stringify(problem);
  const headers = {
    Connection: 'close',
    ...refusal.headers,
    'Content-Type': 'application/problem+json',
    'Content-Length': String(Buffer.byteLength(body)),
    'Cache-Control': 'no-store',
    'X-Request-Id': requestId,
  };
  return { status, headers, body };
}

/** Answers an upgrade request on its raw socket and ends it. */
export function refuseUpgrade(socket: Duplex, refusal: Refusal, requestId: string): void {
  const { status, headers, body } = answerOf(refusal, requestId);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.once('finish', () => socket.destroy());
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n'));
}

/** Answers a request that is no upgrade. */
export function refuseRequest(response: ServerResponse, refusal: Refusal, requestId: string): void {
  const { status, headers, body } = answerOf(refusal, requestId);
  response.writeHead(status, headers).end(response.req.method === 'HEAD' ? undefined : body);
}
