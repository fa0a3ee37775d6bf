// Wires the chat service together. Started as a program, it also opens the two listeners and shuts down on SIGTERM.
import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { AddressLimits } from '@parlance/service/address_limits.ts';
import { Admission } from '@parlance/service/admission.ts';
import { exitOnCrash, onStop } from '@parlance/service/drain.ts';
import { FollowedClock } from '@parlance/service/followed_clock.ts';
import { createInternalProbe } from '@parlance/service/health.ts';
import { limitInForce } from '@parlance/service/limits_in_force.ts';
import { closeServer, listen } from '@parlance/service/listen.ts';
import { createLog, type Log } from '@parlance/service/log.ts';
import { MessageRates } from '@parlance/service/message_rates.ts';
import { addAddressRefusals, addRuntimeMetrics, createMetrics } from '@parlance/service/metrics.ts';
import { createPublicServer, type UpgradeListener } from '@parlance/service/public_server.ts';
import { readSettings } from '@parlance/service/settings.ts';
import { StartError } from '@parlance/service/start_error.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { Registry } from 'prom-client';
import { type Broker, LocalHub } from './broker.ts';
import { RedisBroker } from './broker_redis.ts';
import { Connections } from './connections.ts';
import { ChatMetrics } from './metrics.ts';
import { registerSeries } from './metrics_series.ts';
import { Outbox } from './outbox.ts';
import { Revocations } from './revocations.ts';
import { RoomTokens } from './room_tokens.ts';
import { Rooms } from './rooms.ts';
import { CHAT_SETTINGS, type ChatSettings } from './settings.ts';
import { Website } from './website.ts';
import { createRouter } from './websocket/router.ts';

export interface Chat {
  /** The public listener: upgrades to WebSocket, and refusals of all other requests. */
  upgrade: UpgradeListener;
  public: RequestListener;
  /**
   * Resolves when chat can admit its first socket. Listen after that: a refused connection is retried sooner than a
   * 503.
   */
  ready: Promise<void>;
  /** The internal listener: /readyz and /metrics. */
  internal: RequestListener;
  metrics: Registry;
  /** Stops admitting sockets, waits for messages in flight, then closes every socket with 1012. */
  stop(): Promise<void>;
}

/** Upgrades decided concurrently, in one turn of the event loop: a few milliseconds of work. */
const JOINS_DECIDED_AT_ONCE = 16;

/** On shutdown: how long to wait for messages in flight, and for clients to answer the close. */
const DRAIN_MS = 3_000;
const CLOSE_MS = 1_000;

/**
 * Creates a chat service that does not listen. It admits sockets as soon as the website answers.
 * @param broker replaces the broker of the settings.
 * @throws StartError
 */
export function createChat(settings: ChatSettings, log: Log, broker?: Broker): Chat {
  const replica = randomUUID();
  return wire(settings, log, replica, broker ?? brokerOf(settings, replica, log));
}

function brokerOf({ REDIS_URL, INTERNAL_SECRET }: ChatSettings, replica: string, log: Log): Broker {
  if (REDIS_URL === undefined) return new LocalHub().connect();
  return new RedisBroker({ url: REDIS_URL, secret: INTERNAL_SECRET, replica, log });
}

function wire(settings: ChatSettings, log: Log, replica: string, broker: Broker): Chat {
  const website = new Website(settings.WEBSITE_URL, settings.INTERNAL_SECRET, () => ({
    replica,
    brokered: broker.connected,
  }));
  const connections = new Connections(settings.SOCKETS_PER_USER, settings.SOCKETS_PER_ADDRESS);
  const joins = new Admission({ atOnce: JOINS_DECIDED_AT_ONCE, max: LIMITS.joinsAtOnce });
  const clock = new FollowedClock({ own: 'chat', other: 'the database' }, log);
  const metrics = new ChatMetrics(() => clock.now());
  const rooms = new Rooms({ website, broker, replica, log, metrics });
  const revocations = new Revocations({ website, connections, rooms, clock, joins, log });
  const outbox = new Outbox({
    send: metrics.timed((messages, wait) => website.append(messages, wait)),
    stored: (batch, outcomes) => rooms.stored(batch, outcomes),
    log,
  });
  const router = createRouter({
    joins,
    tokens: new RoomTokens(website, () => clock.now()),
    rooms,
    revocations,
    connections,
    handlers: {
      outbox,
      rooms,
      messageRates: new MessageRates({
        perRoom: limitInForce('messagesPer10s', settings),
        perUser: limitInForce('messagesPerUserPer10s', settings),
      }),
      framesPer10s: limitInForce('framesPer10s', settings),
      metrics,
    },
    settings,
    log,
  });
  const registry = createMetrics({ service: 'chat' });
  const probe = createInternalProbe({
    ready: async () => [
      ...(revocations.fresh ? [] : ['the website does not answer']),
      ...(joins.refusing ? ['too many clients connect at once; some are refused'] : []),
    ],
    warnings: () => clock.warnings(),
    metrics: registry,
  });
  registerSeries(registry, metrics, { joins, connections, rooms, outbox, revocations, website, broker, clock });

  rooms.start();
  revocations.start();
  return {
    upgrade: router.upgrade,
    public: router.request,
    ready: revocations.told,
    metrics: registry,
    internal: (request, response) => void (probe(request, response) || response.writeHead(404).end()),
    stop: async () => {
      revocations.refuse();
      await Promise.race([outbox.close(), sleep(DRAIN_MS)]);
      revocations.stop();
      rooms.stop();
      for (const connection of connections.all()) connection.close(1012);
      for (let waited = 0; connections.size > 0 && waited < CLOSE_MS; waited += 20) await sleep(20);
      for (const connection of connections.all()) connection.terminate();
      await Promise.all([broker.close(), website.close()]);
    },
  };
}

if (import.meta.main) {
  try {
    const settings = readSettings(process.env, CHAT_SETTINGS);
    const log = createLog({ service: 'chat', level: settings.LOG_LEVEL });
    exitOnCrash(log);
    const chat = createChat(settings, log);
    const limits = new AddressLimits(settings, log);
    addRuntimeMetrics(chat.metrics);
    addAddressRefusals(chat.metrics, limits.refusals);
    const open = createPublicServer(chat.public, chat.upgrade, { limits });
    const servers = [open, createServer(chat.internal)] as const;
    await listen(servers[1], settings.INTERNAL_PORT, settings.HOST, 'INTERNAL_PORT');
    onStop(log, [
      {
        name: 'chat',
        run: () => {
          // New clients then reach another replica or the next process. This process would refuse them.
          if (servers[0].listening) servers[0].close();
          return chat.stop();
        },
      },
      { name: 'public listener', run: async () => servers[0].closeAllConnections() },
      { name: 'internal listener', run: () => closeServer(servers[1], 500) },
    ]);
    // A client whose connection is refused retries soon; after a 503 it waits for the longer backoff.
    await chat.ready;
    await listen(servers[0], settings.PORT, settings.HOST);
    log.info({ port: settings.PORT, internalPort: settings.INTERNAL_PORT }, 'chat is ready');
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
