// The 429 of an address that asks too often: late, so that asking again and again costs the server little, and closing
// the connection. Decides nothing.
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { LIMITS } from '@parlance/specs/limits.ts';
import { type AddressRefusal, HELD_MS } from './address_limits.ts';
import { answerOf, bytesOf, Problem, type ProblemAnswer } from './problem.ts';

/** So many refusals may wait at once; whoever else is refused is cut without an answer. */
const HELD_MAX = 4_096;
let held = 0;

/** How long a client may go on sending after the answer, in ms: cut at once, it might not see the answer. */
const LINGER_MS = 1_000;

/** Answers a request after `HELD_MS`. Of its body nothing is kept, and of a large one little is read. */
export function refuseLate(response: ServerResponse, refusal: AddressRefusal): void {
  const { req: request } = response;
  if (Number(request.headers['content-length'] ?? 0) <= LIMITS.bodyMax) request.resume();
  later(request.socket, () => {
    const { status, headers, body } = answerTo(refusal);
    response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
  });
}

/** The same for a request to upgrade, on its raw socket. */
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
