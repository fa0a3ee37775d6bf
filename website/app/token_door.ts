// Admission control for room token requests, before any other step: after a mass reconnect, tokens are issued at the
// rate that the server sustains, and requests beyond the queue are refused unread. Knows neither sessions nor rooms.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Admission } from '@parlance/service/admission.ts';
import { type Log, requestId } from '@parlance/service/log.ts';
import { fromTrustedProxy } from '@parlance/service/origin.ts';
import { Problem } from '@parlance/service/problem.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { Request, RequestHandler, Response } from 'express';
import { securityHeaders } from './headers.ts';
import type { RequestMetrics } from './metrics.ts';
import { crossOrigin } from './origin.ts';
import { asProblem, sendProblem } from './problems.ts';
import type { WebsiteSettings } from './settings.ts';

/** How many tokens are issued at once: fewer than the connections of the pool `door`, which calls of chat share. */
const AT_ONCE = 4;

/** How long a refusal is held, in ms, which slows down clients that retry at once, and how many can be held. */
const HELD_MS = 1_000;
const HELD_MAX = 4_096;

/** Refusals are logged in one line per this many ms, whatever their number. */
const LOG_MS = 10_000;

const PATH = /^(?:https?:\/\/[^/?#]+)?\/api\/rooms\/[^/?#]+\/tokens(?:\?|$)/i;

/** Percent-encoded letters, which a path may contain. None of the other characters in this range separates segments. */
const ENCODED_LETTERS = /%[4-7][0-9a-f]/gi;

/** Whether a request is for a room token; it is validated later. */
export const asksForToken = ({ method, url }: Pick<IncomingMessage, 'method' | 'url'>): boolean =>
  method === 'POST' && PATH.test((url ?? '').replace(ENCODED_LETTERS, decodeURIComponent));

const LATE_BODY = 'The body took too long to arrive.';

/** Whether the body has not arrived after the wait in public_server.ts. Such a request must not take a turn. */
function isLate({ headers, complete, readableLength }: IncomingMessage): boolean {
  const length = Number(headers['content-length'] ?? 0);
  const hasBody = length > 0 || headers['transfer-encoding'] !== undefined;
  // A larger body is refused unread.
  return hasBody && !complete && length <= LIMITS.bodyMax && readableLength < LIMITS.bodyMax;
}

export class TokenDoor {
  readonly #admission = new Admission({ atOnce: AT_ONCE, max: LIMITS.roomTokensAtOnce });
  readonly #log: Log;
  readonly #metrics: RequestMetrics;
  readonly #isProxy: (request: IncomingMessage) => boolean;
  readonly #headers: readonly RequestHandler[];
  #held = 0;
  #refused = 0;
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(settings: WebsiteSettings, metrics: RequestMetrics, log: Log) {
    this.#isProxy = fromTrustedProxy(settings.TRUSTED_PROXIES);
    this.#headers = [securityHeaders(settings), crossOrigin(settings)];
    this.#metrics = metrics;
    this.#log = log;
  }

  /** Whether tokens are refused for lack of capacity now, or were a moment ago. */
  get refusing(): boolean {
    return this.#admission.refusing;
  }

  /** Wraps `handle` with admission control. */
  before(handle: RequestListener): RequestListener {
    return (request, response) => {
      if (!asksForToken(request)) return handle(request, response);
      if (isLate(request)) return this.#answer(request, response, new Problem('request_timeout', LATE_BODY));
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
      this.#log.warn({ refused: this.#refused }, 'room tokens are refused: more are requested than can be issued');
      this.#refused = 0;
      this.#loggedAt = now;
    }
    const problem = new Problem('unavailable', 'Too many room tokens are requested now.', { retryAfter });
    const answer = () => this.#answer(request, response, problem);
    if (Number(request.headers['content-length'] ?? 0) <= LIMITS.bodyMax) request.resume();
    if (this.#held >= HELD_MAX) return answer();
    this.#held += 1;
    setTimeout(() => {
      this.#held -= 1;
      answer();
    }, HELD_MS);
  }

  #answer(request: IncomingMessage, response: ServerResponse, problem: Problem): void {
    if (response.destroyed) return;
    const id = requestId(request.headers, this.#isProxy(request));
    // The rest of a body must not be parsed as the next request.
    if (!request.complete) response.setHeader('Connection', 'close');
    sendProblem(response, this.#setHeaders(request, response) ?? problem, id, this.#log);
  }

  /** Sets the headers without which pages of allowed origins cannot read the answer. Returns a problem, if any. */
  #setHeaders(request: IncomingMessage, response: ServerResponse): Problem | undefined {
    let wrong: unknown;
    const next = (error: unknown) => {
      wrong ??= error;
    };
    try {
      for (const handle of this.#headers) handle(request as Request, response as Response, next);
    } catch (error) {
      wrong = error;
    }
    return wrong === undefined ? undefined : asProblem(wrong, this.#log);
  }
}
