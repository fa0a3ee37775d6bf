// What Node's own HTTP parser would answer with an empty 400, 408, 413, 417 or 431: problem details (RFC 9457) like every
// other refusal. At that point there is no request: nothing here knows paths, users or what a service does.
import { randomUUID } from 'node:crypto';
import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ProblemCode } from '@parlance/specs/problems.ts';
import { answerOf, bytesOf, Problem } from './problem.ts';

/**
 * For every public server: limits on slow and large requests (ms, bytes). Slow ones are looked for every 5 s. A missing
 * Host is the handler's to refuse: Node's own refusal has no body.
 */
export const SERVER_OPTIONS = {
  requestTimeout: 30_000,
  headersTimeout: 15_000,
  // Much longer than nginx and chat keep an idle connection (4 s): a stall of this process must not make it the first to close.
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

/** How long a refusal is held back: who asks again at once does so no more often. */
const HELD_MS = 250;

/** How long a refused client may go on sending before it is cut: closed at once, it would not see the answer. */
const LINGER_MS = 1_000;

/** Answers what `server`'s parser refuses. An `Expect` that Node does not know is ignored (RFC 9110, 10.1.1). */
export function answerClientErrors(server: Server): void {
  const answers = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (request, response) => answers.set(request.socket, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const answer = answers.get(socket);
    const underWay = answer?.headersSent && !answer.writableFinished;
    if (error.code === 'ECONNRESET' || underWay) return void socket.destroy();
    refuse(socket, ...(REFUSALS[error.code ?? ''] ?? MALFORMED));
  });
  server.on('connect', (_request, socket) => refuse(socket, 'invalid_request', 'This server is no proxy.'));
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

function refuse(socket: Duplex, code: ProblemCode, detail: string): void {
  if (!socket.writable) return; // answered before: what comes after it is thrown away
  const answer = answerOf(new Problem(code, detail), randomUUID());
  const cut = setTimeout(() => socket.destroy(), LINGER_MS);
  socket
    .on('error', () => undefined)
    .once('close', () => clearTimeout(cut))
    .resume();
  setTimeout(() => socket.end(bytesOf(answer, STATUS_CODES[answer.status])), HELD_MS);
}
