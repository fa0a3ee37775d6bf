// Stands before everything else that a request for a room token passes: a crowd that comes back gets its tokens at the rate
// at which they are made, and what comes beyond the queue is refused unread. Knows neither sessions nor rooms.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Admission } from '@parlance/service/admission.ts';
import { type Log, requestId } from '@parlance/service/log.ts';
import { Problem } from '@parlance/service/problem.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { RequestMetrics } from './metrics.ts';
import { sendProblem } from './problems.ts';

/** How many tokens are made at once: fewer than the door's database connections, which chat's calls share. */
const AT_ONCE = 4;

/** A refusal is sent this late, in ms: a client that asks again at once asks once in that time. So many can wait for it. */
const HELD_MS = 1_000;
const HELD_MAX = 4_096;

/** What was refused is logged in one line per this many ms, however much it is. */
const LOG_MS = 10_000;

const PATH = /^(?:https?:\/\/[^/?#]+)?\/api\/rooms\/[^/?#]+\/tokens(?:\?|$)/i;

/** Whether a request asks for a room token; its form is checked later. */
export const asksForToken = ({ method, url }: Pick<IncomingMessage, 'method' | 'url'>): boolean =>
  method === 'POST' && PATH.test(url ?? '');

export class TokenDoor {
  readonly #admission = new Admission({ atOnce: AT_ONCE, max: LIMITS.roomTokensAtOnce });
  readonly #log: Log;
  readonly #metrics: RequestMetrics;
  readonly #isProxy: (request: IncomingMessage) => boolean;
  #held = 0;
  #refused = 0;
  #loggedAt = Number.NEGATIVE_INFINITY;

  /** @param isProxy whether a request comes from a proxy whose X-Request-Id is believed. */
  constructor(isProxy: (request: IncomingMessage) => boolean, metrics: RequestMetrics, log: Log) {
    this.#isProxy = isProxy;
    this.#metrics = metrics;
    this.#log = log;
  }

  /** Whether tokens are refused for want of time now, or were a moment ago. */
  get refusing(): boolean {
    return this.#admission.refusing;
  }

  /** `handle` with the door before it. */
  before(handle: RequestListener): RequestListener {
    return (request, response) => {
      if (!asksForToken(request)) return handle(request, response);
      const leave = this.#admission.enter({
        run: (done) => {
          if (response.closed || response.destroyed) return done();
          response.once('close', done);
          handle(request, response);
        },
        refuse: (retryAfter) => this.#refuse(request, response, retryAfter),
      });
      response.once('close', leave);
    };
  }

  #refuse(request: IncomingMessage, response: ServerResponse, retryAfter: number): void {
    this.#refused += 1;
    this.#metrics.refused('public', 'unavailable', undefined);
    const now = performance.now();
    if (now - this.#loggedAt > LOG_MS) {
      this.#log.warn({ refused: this.#refused }, 'more room tokens are asked for than can be made; some are refused');
      this.#refused = 0;
      this.#loggedAt = now;
    }
    const answer = () => {
      if (response.destroyed) return;
      const id = requestId(request.headers, this.#isProxy(request));
      const problem = new Problem('unavailable', 'Too many room tokens are asked for now.', { retryAfter });
      sendProblem(response, problem, id, this.#log);
    };
    if (Number(request.headers['content-length'] ?? 0) <= LIMITS.bodyMax) request.resume();
    if (this.#held >= HELD_MAX) return answer();
    this.#held += 1;
    setTimeout(() => {
      this.#held -= 1;
      answer();
    }, HELD_MS);
  }
}
