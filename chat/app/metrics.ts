// What an operator sees of chat. Frames and events are counted in plain numbers, which Prometheus reads when it asks: a
// labelled counter costs more than the rest of a delivery. No label ever names a user, a room or an address.
import type { Admission } from '@parlance/service/admission.ts';
import { addCounter, addGauge, addTally, Tally } from '@parlance/service/metrics.ts';
import { CLOSE_CODES } from '@parlance/specs/close-codes.ts';
import { type ProblemCode, SOCKET_ERRORS, type SocketErrorCode } from '@parlance/specs/problems.ts';
import { Histogram, type Registry } from 'prom-client';
import type { Broker } from './broker.ts';
import type { Connections } from './connections.ts';
import type { Outbox } from './outbox.ts';
import type { Revocations } from './revocations.ts';
import type { Rooms } from './rooms.ts';
import type { Append, AppendOutcome, Website } from './website.ts';

/** Where the events of a run came from: the answer to an append of this process, another replica, or the log. */
export type EventSource = 'append' | 'broker' | 'log';

const OUTCOMES = ['stored', 'repeated', 'id_conflict', 'room_gone', 'banned', 'session_ended', 'busy'] as const;
const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const BATCH = [1, 2, 5, 10, 20, 50, 100, 200, 500];
/**
 * Why upgrades are refused: busy (more than can be let in), stale (no changes are heard of), no_answer (of the website), or
 * the problem code.
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
/** Codes that no frame carries: the peer named none, or the connection broke. */
const UNSENT_CLOSE_CODES = ['1005', '1006'];

type Send = (messages: readonly Append[], wait: boolean) => Promise<AppendOutcome[]>;

export class ChatMetrics {
  readonly framesReceived = new Tally(['message.send', 'typing.start']);
  readonly offSpecFrames = new Tally(['invalid_json', 'invalid_frame', 'binary']);
  readonly errorFrames = new Tally(Object.keys(SOCKET_ERRORS) as SocketErrorCode[]);
  readonly joinsRefused = new Tally<string>(JOIN_REFUSALS);
  readonly #closed = new Tally([...Object.keys(CLOSE_CODES), ...UNSENT_CLOSE_CODES, 'other']);
  readonly #messages = new Tally<string>([...OUTCOMES, 'store_unavailable']);
  readonly #events = new Tally<EventSource>(['append', 'broker', 'log']);
  opened = 0;
  /** Events times the sockets that each was written to. */
  deliveries = 0;
  catchingUp = 0;
  replayPages = 0;
  replayed = 0;
  offSpecSent = 0;
  readonly #appendSeconds = new Histogram({
    name: 'parlance_append_seconds',
    help: 'How long the website took to answer an append, seen from chat: the commit and both hops',
    buckets: SECONDS,
    registers: [],
  });
  readonly #batch = new Histogram({
    name: 'parlance_append_batch_messages',
    help: 'Messages in one append',
    buckets: BATCH,
    registers: [],
  });
  readonly #lag = new Histogram({
    name: 'parlance_delivery_lag_seconds',
    help: 'From the moment a message was accepted from its socket until it was written to the sockets of its room here; one clock',
    buckets: SECONDS,
    registers: [],
  });
  readonly #age = new Histogram({
    name: 'parlance_event_age_seconds',
    help: 'Age of events of other processes when written to the sockets here, by the oldest of those written together: contains the difference between the clocks of chat and database',
    labelNames: ['source'],
    buckets: SECONDS,
    registers: [],
  });

  constructor() {
    for (const source of ['broker', 'log']) this.#age.zero({ source });
  }

  /** Wraps the sending of a batch. */
  timed(send: Send): Send {
    return async (batch, wait) => {
      const began = performance.now();
      this.#batch.observe(batch.length);
      try {
        const outcomes = await send(batch, wait);
        for (const { outcome } of outcomes) this.#messages.add(outcome);
        return outcomes;
      } catch (error) {
        this.#messages.add('store_unavailable', batch.length);
        throw error;
      } finally {
        this.#appendSeconds.observe((performance.now() - began) / 1_000);
      }
    };
  }

  /** A message was written to the sockets of its room. @param acceptedAt when it came, ms of performance.now(). */
  messageDelivered(acceptedAt: number): void {
    this.#lag.observe((performance.now() - acceptedAt) / 1_000);
  }

  /** `events` were written together. */
  eventsDelivered(events: readonly { timestamp: string }[], source: EventSource, sockets: number): void {
    this.#events.add(source, events.length);
    this.deliveries += events.length * sockets;
    if (source === 'append') return;
    const age = Math.max(0, Date.now() - Date.parse(events[0]!.timestamp)) / 1_000;
    if (Number.isFinite(age)) this.#age.observe({ source }, age);
  }

  closed(code: number): void {
    const key = String(code);
    this.#closed.add(this.#closed.has(key) ? key : 'other');
  }

  register(registry: Registry, parts: ChatParts): void {
    const { connections, rooms, outbox, revocations, website, joins } = parts;
    const counter = (name: string, help: string, read: () => number) => addCounter(registry, name, help, read);
    const gauge = (name: string, help: string, read: () => number) => addGauge(registry, name, help, read);
    const tally = (name: string, help: string, label: string, of: Tally) => addTally(registry, name, help, label, of);
    gauge('parlance_chat_ready', '1: sockets are let in; 0: they are refused, and /readyz is 503', () =>
      revocations.fresh && !joins.refusing ? 1 : 0,
    );
    gauge('parlance_sockets', 'Open sockets', () => connections.size);
    gauge('parlance_sockets_catching_up', 'Open sockets that are still reading missed events', () => this.catchingUp);
    gauge('parlance_users', 'Users with an open socket', () => connections.users);
    gauge('parlance_rooms', 'Open rooms', () => rooms.size);
    counter('parlance_sockets_opened_total', 'Sockets that were let into a room', () => this.opened);
    tally(
      'parlance_sockets_closed_total',
      'Sockets that were let into a room and closed, by close code; 1006: the connection broke',
      'code',
      this.#closed,
    );
    tally(
      'parlance_joins_refused_total',
      'Refused upgrades: busy (more than can be let in), stale (the website tells of no changes), no_answer of the website, or the problem code',
      'reason',
      this.joinsRefused,
    );
    tally('parlance_frames_received_total', 'Valid frames from clients by type', 'type', this.framesReceived);
    tally('parlance_off_spec_frames_total', 'Frames from clients that broke the contract', 'kind', this.offSpecFrames);
    tally('parlance_error_frames_total', 'Error frames sent to clients by code', 'code', this.errorFrames);
    counter(
      'parlance_off_spec_frames_sent_total',
      'Frames of our own that broke the contract and were not sent: a bug if it is not 0',
      () => this.offSpecSent,
    );
    tally('parlance_messages_total', 'Messages sent to the website, by outcome', 'outcome', this.#messages);
    gauge('parlance_outbox_bytes', 'Memory of messages that wait to be stored', () => outbox.bytes);
    for (const histogram of [this.#batch, this.#appendSeconds, this.#lag, this.#age])
      registry.registerMetric(histogram);
    this.#registerDelivery(registry, parts);
    tally(
      'parlance_website_failures_total',
      'Calls to the website that failed: no_answer, refused (a status other than 200), off_spec (an answer that broke the contract: a bug)',
      'reason',
      website.failures,
    );
    gauge(
      'parlance_changes_age_seconds',
      'Time since the website last told of ended sessions, deleted rooms and new events; above 3 nobody is let in',
      () => revocations.ageMs / 1_000,
    );
  }

  #registerDelivery(registry: Registry, { website, broker }: ChatParts): void {
    const counter = (name: string, help: string, read: () => number) => addCounter(registry, name, help, read);
    addTally(
      registry,
      'parlance_events_total',
      'Events delivered by open rooms: append (sent through this process), broker (told by another replica), log (missing ones, read from the website)',
      'source',
      this.#events,
    );
    counter('parlance_deliveries_total', 'Events times the sockets they were written to live', () => this.deliveries);
    counter(
      'parlance_replayed_events_total',
      'Events times the sockets that missed and then read them',
      () => this.replayed,
    );
    counter('parlance_pages_read_total', 'Pages of the log read from the website', () => website.pagesRead);
    counter('parlance_replay_pages_total', 'Pages of the log written to sockets that resume', () => this.replayPages);
    const { stats } = broker;
    addGauge(
      registry,
      'parlance_broker_connected',
      '1: other replicas are told at once; 0: there is no broker or it is out of reach',
      () => (broker.connected ? 1 : 0),
    );
    counter('parlance_broker_published_total', 'Notifications sent to other replicas', () => stats.published);
    counter('parlance_broker_received_total', 'Notifications received from other replicas', () => stats.received);
    counter(
      'parlance_broker_dropped_total',
      'Notifications that were perhaps not sent because the broker was unavailable or too slow',
      () => stats.dropped,
    );
    counter(
      'parlance_broker_refused_total',
      'Notifications that came through the broker off-spec or from no replica, and were ignored',
      () => stats.refused,
    );
  }
}

export interface ChatParts {
  joins: Admission;
  connections: Connections;
  rooms: Rooms;
  outbox: Outbox;
  revocations: Revocations;
  website: Website;
  broker: Broker;
}
