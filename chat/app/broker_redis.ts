// The broker over Redis: sharded pub/sub, one channel per room and one for all replicas. Each connection has a new
// client, so no state of a broken connection survives. Never waits for Redis; the backlog of unanswered commands is
// bounded.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@parlance/service/log.ts';
import { warnRepeated } from '@parlance/service/repeated_lines.ts';
import { StartError } from '@parlance/service/start_error.ts';
import { type Validate, validateReplicaNews, validateRoomNews } from '@parlance/specs/validators.js';
import type { Broker, BrokerListener, BrokerStats, ReplicaNews, RoomNews } from './broker.ts';
import { BrokerPayloads, senderOf } from './broker_payload.ts';
import { CONNECT_MS, createRedisClient, isAbsent, keepAsking, type RedisClient } from './redis_client.ts';

const REPLICAS = 'parlance:replicas';
const ROOM = 'parlance:room:';

/** Maximum of unanswered bytes sent to Redis. Beyond this Redis has stalled, and the connection is dropped. */
const BACKLOG_BYTES = 16 * 1024 * 1024;
/** Overhead of a command in addition to its text. */
const COMMAND_BYTES = 512;
/**
 * Exponential backoff from `first` to `most`, with ± 50 % jitter, so that replicas do not reconnect at the same time.
 */
const RETRY_MS = { first: 100, most: 1_000 };
/** Maximum of channels in one SSUBSCRIBE command. */
const CHANNELS = 1_000;
const CLOSE_MS = 500;

export class RedisBroker implements Broker {
  readonly stats: BrokerStats = { published: 0, received: 0, dropped: 0, refused: 0 };
  readonly #url: string;
  readonly #replica: string;
  readonly #payloads: BrokerPayloads;
  readonly #log: Log;
  readonly #rooms = new Map<string, (news: RoomNews) => void>();
  #listener: BrokerListener | undefined;
  /** The client whose subscriptions follow #rooms; connected or connecting. */
  #client: RedisClient | undefined;
  #connected = false;
  /** Whether this broker was ever connected. */
  #wasThere = false;
  #backlog = 0;
  /** Drops the current connection. */
  #giveUp: (reason: Error) => void = () => undefined;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  /**
   * Connects in the background and reconnects until close().
   * @param parts.secret authenticates notifications between replicas, see BrokerPayloads.
   * @throws StartError when the URL is not the URL of a Redis server.
   */
  constructor(parts: { url: string; secret: string; replica: string; log: Log }) {
    this.#url = parts.url;
    this.#replica = parts.replica;
    this.#payloads = new BrokerPayloads(parts.secret, parts.replica);
    this.#log = parts.log;
    try {
      this.#running = this.#run(createRedisClient(this.#url));
    } catch {
      // The error may quote the URL, which may contain a password.
      throw new StartError('REDIS_URL is not the URL of a Redis server, such as redis://user:password@host:6379.');
    }
  }

  get connected(): boolean {
    return this.#connected;
  }

  publish(roomId: string, news: RoomNews): void {
    this.#send(ROOM + roomId, news);
  }

  announce(news: ReplicaNews): void {
    this.#send(REPLICAS, news);
  }

  listen(listener: BrokerListener): void {
    this.#listener = listener;
  }

  subscribe(roomId: string, listener: (news: RoomNews) => void): () => void {
    this.#rooms.set(roomId, listener);
    this.#client?.sSubscribe(ROOM + roomId, this.#heard, true).catch(this.#giveUp);
    return () => {
      if (this.#rooms.get(roomId) !== listener) return;
      this.#rooms.delete(roomId);
      this.#client?.sUnsubscribe(ROOM + roomId, this.#heard, true).catch(this.#giveUp);
    };
  }

  async close(): Promise<void> {
    for (let waited = 0; this.#connected && this.#backlog > 0 && waited < CLOSE_MS; waited += 10) await sleep(10);
    this.#stop.abort();
    await this.#running;
  }

  async #run(first: RedisClient): Promise<void> {
    const { signal } = this.#stop;
    let client = first;
    let isTold = false;
    for (let failures = 0; ; ) {
      const reason = await this.#use(client, () => {
        if (failures > 0) this.#log.info({ failures }, 'reconnected to Redis');
        failures = 0;
        isTold = false;
        this.#wasThere = true;
      });
      if (signal.aborted) return;
      if (isAbsent(reason) && !this.#wasThere) this.#log.debug({ err: reason }, 'the socket of Redis does not exist');
      else if (!isTold) {
        isTold = true;
        this.#log.warn({ err: reason }, 'Redis is unreachable; events of other replicas arrive late');
      }
      failures += 1;
      const retry = Math.min(RETRY_MS.first * 2 ** (failures - 1), RETRY_MS.most);
      await sleep(retry * (0.5 + Math.random()), undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      client = createRedisClient(this.#url);
    }
  }

  /** Runs one connection until it ends. @returns why it ended; never rejects. */
  async #use(client: RedisClient, connected: () => void): Promise<unknown> {
    const { promise: ended, reject: giveUp } = Promise.withResolvers<never>();
    ended.catch(() => undefined);
    const stopped = () => giveUp(new Error('stopped'));
    const late = setTimeout(() => giveUp(new Error('Redis does not answer')), CONNECT_MS);
    let pings: NodeJS.Timeout | undefined;
    this.#stop.signal.addEventListener('abort', stopped);
    client.on('error', giveUp);
    client.on('sharded-channel-moved', () => giveUp(new Error('Redis ended a subscription')));
    try {
      await Promise.race([client.connect(), ended]);
      this.#giveUp = giveUp;
      this.#client = client;
      this.#backlog = 0;
      await Promise.race([this.#subscribeAll(client), ended]);
      clearTimeout(late);
      pings = keepAsking(client, giveUp);
      this.#connected = true;
      connected();
      this.#listener?.connected();
      return await ended;
    } catch (reason) {
      return reason;
    } finally {
      clearTimeout(late);
      clearInterval(pings);
      this.#stop.signal.removeEventListener('abort', stopped);
      this.#connected = false;
      this.#client = undefined;
      client.destroy();
    }
  }

  async #subscribeAll(client: RedisClient): Promise<void> {
    const channels = [REPLICAS, ...Array.from(this.#rooms.keys(), (roomId) => ROOM + roomId)];
    const parts = [];
    for (let from = 0; from < channels.length; from += CHANNELS) {
      parts.push(client.sSubscribe(channels.slice(from, from + CHANNELS), this.#heard, true));
    }
    await Promise.all(parts);
  }

  #send(channel: string, news: RoomNews | ReplicaNews): void {
    const client = this.#client;
    if (!client || !this.#connected) {
      // Compose sets REDIS_URL even when Redis does not run: a single chat then has nobody to notify and drops nothing.
      if (this.#wasThere) this.stats.dropped += 1;
      return;
    }
    const json = JSON.stringify(news);
    const cost = json.length + COMMAND_BYTES;
    if (this.#backlog + cost > BACKLOG_BYTES) {
      this.stats.dropped += 1;
      return this.#giveUp(new Error('the backlog of Redis is full'));
    }
    this.stats.published += 1;
    this.#backlog += cost;
    const answered = () => {
      if (client === this.#client) this.#backlog -= cost;
    };
    const refused = (reason: Error) => {
      this.stats.dropped += 1;
      answered();
      if (client === this.#client) this.#giveUp(reason);
    };
    client.sendCommand(['SPUBLISH', channel, this.#payloads.seal(channel, json)]).then(answered, refused);
  }

  readonly #heard = (message: Buffer, channel: Buffer): void => {
    if (senderOf(message) === this.#replica) return;
    this.stats.received += 1;
    try {
      this.#tell(channel.toString(), message);
    } catch (err) {
      this.#log.error({ err }, 'handling a notification of another replica failed');
    }
  };

  #tell(channel: string, message: Buffer): void {
    const json = this.#payloads.open(channel, message);
    if (json === undefined) return this.#refuse('MAC');
    if (channel === REPLICAS) {
      const news = parsed(validateReplicaNews, json);
      return news ? this.#listener?.announced(news) : this.#refuse('ReplicaNews');
    }
    const listener = this.#rooms.get(channel.slice(ROOM.length));
    if (!listener) return;
    const news = parsed(validateRoomNews, json);
    return news ? listener(news) : this.#refuse('RoomNews');
  }

  /** Drops a notification that is not authenticated or that this version does not accept. */
  #refuse(what: string): void {
    this.stats.refused += 1;
    warnRepeated(this.#log, { what }, 'an off-spec notification from Redis was dropped');
  }
}

function parsed<T>(validate: Validate<T>, json: string): T | undefined {
  try {
    const news: unknown = JSON.parse(json);
    return validate(news) ? news : undefined;
  } catch {
    return undefined;
  }
}
