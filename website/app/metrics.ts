// The website's metrics: requests, refusals, mails, and the connection to chat and other websites. store_metrics.ts has
// those of the database. No label names a user, a room, an address or a path.
import type { ServerResponse } from 'node:http';
import { reasonsOf } from '@parlance/service/health.ts';
import { addGauge, addTally, SECONDS_BUCKETS, Tally } from '@parlance/service/metrics.ts';
import { PROBLEMS, type ProblemCode } from '@parlance/specs/problems.ts';
import { error as openApiErrors } from 'express-openapi-validator';
import { Counter, Histogram, type Registry } from 'prom-client';
import type { ChangeFeed } from './changes.ts';
import { type Mailer, noMails } from './mailer.ts';
import { placesTaken } from './services/hashing.ts';

/** The listener of the public API and pages, or the one for chat and operators. */
export type ListenerName = 'public' | 'internal';

/** How long a scrape waits for the database. */
const READY_MS = 500;
/** Refusals of requests that the contract does not allow, as opposed to requests that are forbidden or limited now. */
const OFF_SPEC: ReadonlySet<ProblemCode> = new Set([
  'invalid_request',
  'invalid_json',
  'unsupported_media_type',
  'body_too_large',
  'method_not_allowed',
  'not_found',
]);

/** Requests of both listeners. */
export class RequestMetrics {
  readonly #offSpecRequests = new Tally<ListenerName>(['public', 'internal']);
  readonly #offSpecAnswers = new Tally<ListenerName>(['public', 'internal']);
  readonly #requests = new Counter({
    name: 'parlance_requests_total',
    help: 'Answered requests by operation of the contract (page: a page, document or script; unknown: no operation was found) and status; aborted: the client left first',
    labelNames: ['listener', 'operation', 'status'],
    registers: [],
  });
  readonly #seconds = new Histogram({
    name: 'parlance_request_seconds',
    help: 'From the start of handling a request until the answer was written; getChanges waits for changes by design',
    labelNames: ['listener', 'operation'],
    buckets: SECONDS_BUCKETS,
    registers: [],
  });
  readonly #refusals = new Counter({
    name: 'parlance_refusals_total',
    help: 'Requests answered with a problem, by its code',
    labelNames: ['listener', 'code'],
    registers: [],
  });

  constructor() {
    for (const code of Object.keys(PROBLEMS)) this.#refusals.inc({ listener: 'public', code }, 0);
  }

  /** Counts a request when it ends, under the operation that `operationOf` returns then. */
  watch(listener: ListenerName, response: ServerResponse, operationOf: () => string): void {
    const began = performance.now();
    response.once('close', () => {
      const operation = operationOf();
      const status = response.writableFinished ? response.statusCode : 'aborted';
      this.#requests.inc({ listener, operation, status });
      this.#seconds.observe({ listener, operation }, (performance.now() - began) / 1_000);
    });
  }

  /** Counts a request that was answered with a problem. @param error what was thrown. */
  refused(listener: ListenerName, code: ProblemCode, error: unknown): void {
    this.#refusals.inc({ listener, code });
    if (OFF_SPEC.has(code)) this.#offSpecRequests.add(listener);
    if (error instanceof openApiErrors.InternalServerError) this.offSpecAnswer(listener);
  }

  /** Counts an answer that broke the contract and was not sent. */
  offSpecAnswer(listener: ListenerName): void {
    this.#offSpecAnswers.add(listener);
  }

  register(registry: Registry): void {
    for (const metric of [this.#requests, this.#seconds, this.#refusals]) registry.registerMetric(metric);
    addTally(
      registry,
      'parlance_off_spec_requests_total',
      'Requests that the contract does not allow; on the internal listener, a value above 0 is a bug of chat',
      'listener',
      this.#offSpecRequests,
    );
    addTally(
      registry,
      'parlance_off_spec_answers_total',
      'Answers of the website that broke the contract and were not sent; a value above 0 is a bug',
      'listener',
      this.#offSpecAnswers,
    );
  }
}

/** Registers the other series of the website. Each is read from the part that it describes. */
export function registerParts(
  registry: Registry,
  parts: { changes: ChangeFeed; mailer: Mailer | undefined; ready: () => Promise<string[]> },
): void {
  const { changes, mailer, ready } = parts;
  addGauge(
    registry,
    'parlance_website_ready',
    '1: the website is ready; 0: it is not, or the check took longer than half a second',
    async () => ((await reasonsOf(ready, READY_MS)).length === 0 ? 1 : 0),
  );
  addGauge(
    registry,
    'parlance_website_clock_ahead_seconds',
    'How far the clock of the website is ahead of that of the database; below 0: behind',
    () => changes.clock.aheadMs / 1_000,
  );
  addGauge(registry, 'parlance_changes_waiting', 'Calls of chat that wait for changes now', () => changes.waiting);
  addGauge(
    registry,
    'parlance_chat_present',
    '1: a chat process that accepts sockets asks some website for changes; 0: none does',
    () => (changes.chatIsPresent ? 1 : 0),
  );
  addGauge(
    registry,
    'parlance_listening',
    '1: notifications of other websites arrive at once; 0: the connection that LISTENs is down',
    () => (changes.listening ? 1 : 0),
  );
  addGauge(
    registry,
    'parlance_password_places',
    'Log-ins and registrations that hold a place for hashing',
    placesTaken,
  );
  const help = 'Mails: attempts that succeeded (sent) or failed, and mails that are not retried any more (lost)';
  addTally(registry, 'parlance_mails_total', help, 'outcome', mailer?.outcomes ?? noMails());
}
