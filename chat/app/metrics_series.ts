// Registers the name, the help and the source of each metric of chat. No label contains a user, a room or an address.
import type { Admission } from '@parlance/service/admission.ts';
import type { FollowedClock } from '@parlance/service/followed_clock.ts';
import { addCounter, addGauge, addTally, type Tally } from '@parlance/service/metrics.ts';
import type { Registry } from 'prom-client';
import type { Broker } from './broker.ts';
import type { Connections } from './connections.ts';
import type { ChatMetrics } from './metrics.ts';
import type { Outbox } from './outbox.ts';
import type { Revocations } from './revocations.ts';
import type { Rooms } from './rooms.ts';
import type { Website } from './website.ts';

export interface ChatParts {
  joins: Admission;
  connections: Connections;
  rooms: Rooms;
  outbox: Outbox;
  revocations: Revocations;
  website: Website;
  broker: Broker;
  /** Follows the clock of the database. */
  clock: FollowedClock;
}

/** Adds every series of chat to `registry`. */
export function registerSeries(registry: Registry, metrics: ChatMetrics, parts: ChatParts): void {
  const { connections, rooms, outbox, revocations, website, joins, clock } = parts;
  const counter = (name: string, help: string, read: () => number) => addCounter(registry, name, help, read);
  const gauge = (name: string, help: string, read: () => number) => addGauge(registry, name, help, read);
  const tally = (name: string, help: string, label: string, of: Tally) => addTally(registry, name, help, label, of);
  gauge('parlance_chat_ready', '1: upgrades are admitted; 0: they are refused, and /readyz is 503', () =>
    revocations.fresh && !joins.refusing ? 1 : 0,
  );
  gauge(
    'parlance_chat_clock_ahead_seconds',
    'How far the clock of chat is ahead of the clock of the database; negative: behind',
    () => clock.aheadMs / 1_000,
  );
  gauge('parlance_sockets', 'Open sockets', () => connections.size);
  gauge('parlance_sockets_catching_up', 'Open sockets that are still reading missed events', () => metrics.catchingUp);
  gauge('parlance_users', 'Users with an open socket', () => connections.users);
  gauge('parlance_rooms', 'Open rooms', () => rooms.size);
  counter('parlance_sockets_opened_total', 'Sockets admitted to a room', () => metrics.opened);
  tally(
    'parlance_sockets_closed_total',
    'Admitted sockets that closed, by close code; 1006: the connection broke',
    'code',
    metrics.closeCodes,
  );
  tally(
    'parlance_joins_refused_total',
    'Refused upgrades by reason: busy (too many at once), stale (changes from the website are overdue), no_answer (of the website), or the problem code',
    'reason',
    metrics.joinsRefused,
  );
  tally('parlance_frames_received_total', 'Valid frames from clients by type', 'type', metrics.framesReceived);
  tally('parlance_off_spec_frames_total', 'Frames from clients that broke the contract', 'kind', metrics.offSpecFrames);
  tally('parlance_error_frames_total', 'Error frames sent to clients by code', 'code', metrics.errorFrames);
  counter(
    'parlance_off_spec_frames_sent_total',
    'Server frames that broke the contract and were not sent: a bug if not 0',
    () => metrics.offSpecSent,
  );
  tally('parlance_messages_total', 'Messages sent to the website, by outcome', 'outcome', metrics.messages);
  gauge('parlance_outbox_bytes', 'Memory used by messages that wait to be stored', () => outbox.bytes);
  for (const histogram of [metrics.batch, metrics.appendSeconds, metrics.lag]) histogram.register(registry);
  registry.registerMetric(metrics.age);
  registerDelivery(registry, metrics, parts);
  tally(
    'parlance_website_failures_total',
    'Failed calls to the website by reason: no_answer, refused (a status other than 200), off_spec (an answer that broke the contract: a bug)',
    'reason',
    website.failures,
  );
  gauge(
    'parlance_changes_age_seconds',
    'Time since the last answer of the website about ended sessions, deleted rooms and new events; above 3 upgrades are refused',
    () => revocations.ageMs / 1_000,
  );
}

function registerDelivery(registry: Registry, metrics: ChatMetrics, { website, broker }: ChatParts): void {
  const counter = (name: string, help: string, read: () => number) => addCounter(registry, name, help, read);
  addTally(
    registry,
    'parlance_events_total',
    'Events delivered by open rooms, by source: append (sent through this process), broker (from another replica), log (missed events read from the website)',
    'source',
    metrics.events,
  );
  counter(
    'parlance_deliveries_total',
    'Deliveries of live events: each event counts once per socket',
    () => metrics.deliveries,
  );
  counter(
    'parlance_replayed_events_total',
    'Deliveries of missed events to sockets that resume: each event counts once per socket',
    () => metrics.replayed,
  );
  counter('parlance_pages_read_total', 'Pages of the log read from the website', () => website.pagesRead);
  counter('parlance_replay_pages_total', 'Pages of the log written to sockets that resume', () => metrics.replayPages);
  const { stats } = broker;
  addGauge(
    registry,
    'parlance_broker_connected',
    '1: connected to the other replicas; 0: no broker is set or it is unreachable',
    () => (broker.connected ? 1 : 0),
  );
  counter('parlance_broker_published_total', 'Notifications sent to other replicas', () => stats.published);
  counter('parlance_broker_received_total', 'Notifications received from other replicas', () => stats.received);
  counter(
    'parlance_broker_dropped_total',
    'Notifications that may not have been sent because the broker was unavailable or too slow',
    () => stats.dropped,
  );
  counter(
    'parlance_broker_refused_total',
    'Notifications from the broker that were ignored: off-spec, or not signed by a replica',
    () => stats.refused,
  );
}
