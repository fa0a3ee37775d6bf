// Answers errors of Node's HTTP parser with problem details (RFC 9457) instead of an empty 400, 408, 413, 417 or 431.
// At that point there is no request: this module knows no paths and no users.
import { randomUUID } from 'node:crypto';
import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ProblemCode } from '@parlance/specs/problems.ts';
import { answerOf, bytesOf, Problem } from './problem.ts';

/**
 * For every public server: limits on slow and large requests (ms, bytes). Slow requests are checked every 5 s. The
 * handler refuses a missing Host: Node's own refusal has no body.
 */
export const SERVER_OPTIONS = {
  requestTimeout: 30_000,
  headersTimeout: 15_000,
  // Much longer than nginx and chat keep an idle connection (4 s), so that even after a stall this process does not
  // close first.
  keepAliveTimeout: 15_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16_384,
  requireHostHeader: false,
} as const;

const REFUSALS: Readonly<Record<string, [ProblemCode, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request took too long to arrive.'],
  HPE_HEADER_OVERFLOW: ['headers_too_large', `The header is larger than ${SERVER_OPTIONS.maxHeaderSize} bytes.`],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['body_too_large', 'The extensions of a chunk are too large.'],
};
const MALFORMED: [ProblemCode, string] = ['invalid_request', 'The request is not well-formed HTTP/1.1.'];

/** Delay of a refusal, so that a client that retries at once does so less often. */
const HELD_MS = 250;

/**
 * How long a refused client may continue to send before its socket is destroyed: destroyed at once, it might not see
 * the answer.
 */
const LINGER_MS = 1_000;

/** Answers requests that `server`'s parser refuses. An unknown `Expect` is ignored (RFC 9110 §10.1.1). */
export function answerClientErrors(server: Server): void {
  const answers = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (request, response) => answers.set(request.socket, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const answer = answers.get(socket);
    const underWay = answer?.headersSent && !answer.writableFinished;
    if (error.code === 'ECONNRESET' || underWay) return void socket.destroy();
    refuse(socket, ...(REFUSALS[error.code ?? ''] ?? MALFORMED));
  });
  server.on('connect', (_request, socket) => refuse(socket, 'invalid_request', 'This server is not a proxy.'));
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

function refuse(socket: Duplex, code: ProblemCode, detail: string): void {
  if (!socket.writable) return; // already answered: ignore further bytes
  const answer = answerOf(new Problem(code, detail), randomUUID());
  const cut = setTimeout(() => socket.destroy(), LINGER_MS);
  socket
    .on('error', () => undefined)
    .once('close', () => clearTimeout(cut))
    .resume();
  setTimeout(() => socket.end(bytesOf(answer, STATUS_CODES[answer.status])), HELD_MS);
}
