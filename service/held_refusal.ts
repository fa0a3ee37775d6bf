// Sends the 429 of an address over its limits: delayed, so that retries cost the server little, and with Connection:
// close. Makes no decisions.
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { LIMITS } from '@parlance/specs/limits.ts';
import { type AddressRefusal, HELD_MS } from './address_limits.ts';
import { answerOf, bytesOf, Problem, type ProblemAnswer } from './problem.ts';

/** Maximum of delayed refusals; beyond it refused connections are destroyed without an answer. */
const HELD_MAX = 4_096;
let held = 0;

/** How long a client may continue to send after the answer, in ms: destroyed at once, it might not see the answer. */
const LINGER_MS = 1_000;

/** Answers a request after `HELD_MS`. The body is discarded, a large body mostly unread. */
export function refuseLate(response: ServerResponse, refusal: AddressRefusal): void {
  const { req: request } = response;
  if (Number(request.headers['content-length'] ?? 0) <= LIMITS.bodyMax) request.resume();
  later(request.socket, () => {
    const { status, headers, body } = answerTo(refusal);
    response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
  });
}

/** The same for an upgrade request, on its raw socket. */
export function refuseUpgradeLate(socket: Duplex, refusal: AddressRefusal, method: string | undefined): void {
  socket.on('error', () => undefined);
  later(socket, () => {
    const answer = answerTo(refusal);
    const cut = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(cut)).resume();
    socket.end(bytesOf(answer, STATUS_CODES[answer.status], method));
  });
}

function later(socket: Duplex, answer: () => void): void {
  if (held >= HELD_MAX) return void socket.destroy();
  held += 1;
  setTimeout(() => {
    held -= 1;
    if (!socket.destroyed) answer();
  }, HELD_MS);
}

const answerTo = ({ detail, retryAfter, requestId }: AddressRefusal): ProblemAnswer =>
  answerOf(
    new Problem('too_many_requests', detail, {
      retryAfter,
      headers: { Connection: 'close', 'X-Content-Type-Options': 'nosniff' },
    }),
    requestId,
  );
