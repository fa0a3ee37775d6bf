// Counters of chat as plain numbers, read when Prometheus scrapes: updating a labelled counter for each frame would
// cost too much. metrics_series.ts gives the series their names.
import { MESSAGES_BUCKETS, PlainHistogram, SECONDS_BUCKETS, Tally } from '@parlance/service/metrics.ts';
import { CLOSE_CODES } from '@parlance/specs/close_codes.ts';
import { type ProblemCode, SOCKET_ERRORS, type SocketErrorCode } from '@parlance/specs/problems.ts';
import { Histogram } from 'prom-client';
import type { Append, AppendOutcome } from './website.ts';

/** Source of delivered events: the answer to an append of this process, another replica, or the log. */
export type EventSource = 'append' | 'broker' | 'log';

const OUTCOMES = ['stored', 'repeated', 'id_conflict', 'room_gone', 'banned', 'session_ended', 'busy'] as const;
/**
 * Why upgrades are refused: busy (too many at once), stale (changes from the website are overdue), no_answer (of the
 * website), or the problem code.
 */
const JOIN_REFUSALS = [
  'busy',
  'stale',
  'no_answer',
  'invalid_request',
  'invalid_token',
  'bad_origin',
  'wrong_room',
  'banned',
  'not_found',
  'room_not_found',
  'method_not_allowed',
  'misdirected_request',
  'upgrade_required',
  'too_many_sockets',
  'internal_error',
] as const satisfies readonly (ProblemCode | 'busy' | 'stale' | 'no_answer')[];
/** Codes that no close frame carries: 1005, the peer sent none; 1006, the connection broke. */
const UNSENT_CLOSE_CODES = ['1005', '1006'];

type Send = (messages: readonly Append[], wait: boolean) => Promise<AppendOutcome[]>;

export class ChatMetrics {
  readonly framesReceived = new Tally(['message.send', 'typing.start']);
  readonly offSpecFrames = new Tally(['invalid_json', 'invalid_frame', 'binary']);
  readonly errorFrames = new Tally(Object.keys(SOCKET_ERRORS) as SocketErrorCode[]);
  readonly joinsRefused = new Tally<string>(JOIN_REFUSALS);
  readonly closeCodes = new Tally([...Object.keys(CLOSE_CODES), ...UNSENT_CLOSE_CODES, 'other']);
  readonly messages = new Tally<string>([...OUTCOMES, 'store_unavailable']);
  readonly events = new Tally<EventSource>(['append', 'broker', 'log']);
  opened = 0;
  /** Deliveries of live events: each event counts once per socket. */
  deliveries = 0;
  catchingUp = 0;
  replayPages = 0;
  replayed = 0;
  offSpecSent = 0;
  #deliveredAt = 0;
  readonly appendSeconds = new PlainHistogram({
    name: 'parlance_append_seconds',
    help: 'Time until the website answered an append, measured by chat: the commit and both network hops',
    buckets: SECONDS_BUCKETS,
  });
  readonly batch = new PlainHistogram({
    name: 'parlance_append_batch_messages',
    help: 'Messages in one append',
    buckets: MESSAGES_BUCKETS,
  });
  readonly lag = new PlainHistogram({
    name: 'parlance_delivery_lag_seconds',
    help: 'Time from receiving a message on its socket until it was written to the sockets of its room in this process; one clock',
    buckets: SECONDS_BUCKETS,
  });
  readonly #now: () => number;
  readonly age = new Histogram({
    name: 'parlance_event_age_seconds',
    help: 'Age of events stored by other processes when written to sockets of this process: the oldest event of each write, by the clock of the database as estimated by chat',
    labelNames: ['source'],
    buckets: SECONDS_BUCKETS,
    registers: [],
  });

  /** @param now the time of the database, which sets the timestamps of events; ms since 1970. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
    for (const source of ['broker', 'log']) this.age.zero({ source });
  }

  /** Wraps `send` and measures each batch. */
  timed(send: Send): Send {
    return async (batch, wait) => {
      const began = performance.now();
      this.batch.observe(batch.length);
      try {
        const outcomes = await send(batch, wait);
        for (const { outcome } of outcomes) this.messages.add(outcome);
        return outcomes;
      } catch (error) {
        this.messages.add('store_unavailable', batch.length);
        throw error;
      } finally {
        this.appendSeconds.observe((performance.now() - began) / 1_000);
      }
    };
  }

  /** A message was written to the sockets of its room in this tick. @param acceptedAt ms of performance.now(). */
  messageDelivered(acceptedAt: number): void {
    this.lag.observe((this.#deliveredAt - acceptedAt) / 1_000);
  }

  /** `events` were written to `sockets` sockets in one write each. */
  eventsDelivered(events: readonly { timestamp: string }[], source: EventSource, sockets: number): void {
    this.#deliveredAt = performance.now();
    this.events.add(source, events.length);
    this.deliveries += events.length * sockets;
    if (source === 'append') return;
    const age = Math.max(0, this.#now() - Date.parse(events[0]!.timestamp)) / 1_000;
    if (Number.isFinite(age)) this.age.observe({ source }, age);
  }

  closed(code: number): void {
    const key = String(code);
    this.closeCodes.add(this.closeCodes.has(key) ? key : 'other');
  }
}
