// Refuses upgrades and other requests with problem details over HTTP, before the protocol switches to WebSocket.
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { answerOf, bytesOf, type Problem } from '@parlance/service/problem.ts';

/** Answers an upgrade request on its raw socket and closes it. */
export function refuseUpgrade(socket: Duplex, problem: Problem, requestId: string, method: string | undefined): void {
  const answer = answerOf(problem, requestId);
  socket.once('finish', () => socket.destroy());
  socket.end(bytesOf(answer, STATUS_CODES[answer.status], method));
}

/** Answers a request that is not an upgrade. */
export function refuseRequest(response: ServerResponse, problem: Problem, requestId: string): void {
  const { status, headers, body } = answerOf(problem, requestId);
  response.writeHead(status, { Connection: 'close', ...headers });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
