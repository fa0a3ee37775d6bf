// The broker through Redis: sharded pub/sub, one channel per room and one for all replicas. Every connection is a client of
// its own, so nothing of a broken one outlives it. Never waits for Redis, and never keeps more than a bounded backlog for it.
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@parlance/service/log.ts';
import { StartError } from '@parlance/service/start_error.ts';
import { type Validate, validateReplicaNews, validateRoomNews } from '@parlance/specs/validators.js';
import { createClient } from '@redis/client';
import type { Broker, BrokerListener, BrokerStats, ReplicaNews, RoomNews } from './broker.ts';

const REPLICAS = 'parlance:replicas';
const ROOM = 'parlance:room:';

const CONNECT_MS = 3_000;
/** Redis is asked this often whether it answers; after SILENT_PINGS without an answer the connection is given up. */
const PING_MS = 500;
const SILENT_PINGS = 4;
/** What may be on its way to Redis, unanswered. Beyond this Redis has stalled, and the connection is given up. */
const BACKLOG_BYTES = 16 * 1024 * 1024;
/** What a command costs beside its text. */
const COMMAND_BYTES = 512;
/** Between two attempts: doubled from the first to the second, ± 50 %, so that replicas do not come back together. */
const RETRY_MS = { first: 100, most: 1_000 };
/** Channels in one command of subscription. */
const CHANNELS = 1_000;
const CLOSE_MS = 500;
const LOG_MS = 1_000;

/** A payload is the sender's UUID, a MAC of 16 bytes in base64url, and the news as JSON. */
const SENDER = 36;
const MAC = 22;

type Client = ReturnType<typeof connection>;

export class RedisBroker implements Broker {
  readonly stats: BrokerStats = { published: 0, received: 0, dropped: 0, refused: 0 };
  readonly #url: string;
  readonly #replica: string;
  readonly #key: KeyObject;
  readonly #log: Log;
  readonly #rooms = new Map<string, (news: RoomNews) => void>();
  #listener: BrokerListener | undefined;
  /** The client whose subscriptions follow #rooms; connected, or about to be. */
  #client: Client | undefined;
  #connected = false;
  #backlog = 0;
  /** Gives up the connection there is now. */
  #giveUp: (reason: Error) => void = () => undefined;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #garbage = { count: 0, loggedAt: Number.NEGATIVE_INFINITY };

  /**
   * Connects in the background, again and again until close().
   * @param secret authenticates what replicas say: whoever reaches Redis without it can silence them, and forge nothing.
   * @throws StartError when the URL is none that Redis has.
   */
  constructor(parts: { url: string; secret: string; replica: string; log: Log }) {
    this.#url = parts.url;
    this.#replica = parts.replica;
    this.#key = createSecretKey(Buffer.from(`broker:${parts.secret}`));
    this.#log = parts.log;
    try {
      this.#running = this.#run(connection(this.#url));
    } catch {
      // The reason may quote the URL, which may hold a password.
      throw new StartError('REDIS_URL is no URL of a Redis server such as redis://user:password@host:6379.');
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

  async #run(first: Client): Promise<void> {
    const { signal } = this.#stop;
    let client = first;
    for (let failures = 0; ; ) {
      const reason = await this.#use(client, () => {
        if (failures > 0) this.#log.info({ failures }, 'connected to Redis again');
        failures = 0;
      });
      if (signal.aborted) return;
      if (isAbsent(reason)) this.#log.debug({ err: reason }, 'there is no Redis');
      else if (failures === 0) this.#log.warn({ err: reason }, 'Redis is out of reach; other replicas are heard late');
      failures += 1;
      const retry = Math.min(RETRY_MS.first * 2 ** (failures - 1), RETRY_MS.most);
      await sleep(retry * (0.5 + Math.random()), undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      client = connection(this.#url);
    }
  }

  /** One connection, from its beginning to its end. @returns why it ended; never rejects. */
  async #use(client: Client, connected: () => void): Promise<unknown> {
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

  async #subscribeAll(client: Client): Promise<void> {
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
      this.stats.dropped += 1;
      return;
    }
    const json = JSON.stringify(news);
    const cost = json.length + COMMAND_BYTES;
    if (this.#backlog + cost > BACKLOG_BYTES) {
      this.stats.dropped += 1;
      return this.#giveUp(new Error('Redis takes nothing'));
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
    const payload = this.#replica + this.#mac(channel, this.#replica, json) + json;
    client.sendCommand(['SPUBLISH', channel, payload]).then(answered, refused);
  }

  readonly #heard = (message: Buffer, channel: Buffer): void => {
    const sender = message.toString('latin1', 0, SENDER);
    if (sender === this.#replica) return;
    this.stats.received += 1;
    try {
      this.#tell(channel.toString(), sender, message);
    } catch (err) {
      this.#log.error({ err }, 'news of another replica was not understood');
    }
  };

  #tell(channel: string, sender: string, message: Buffer): void {
    const json = message.toString('utf8', SENDER + MAC);
    if (message.toString('latin1', SENDER, SENDER + MAC) !== this.#mac(channel, sender, json))
      return this.#refuse('MAC');
    if (channel === REPLICAS) {
      const news = parsed(validateReplicaNews, json);
      return news ? this.#listener?.announced(news) : this.#refuse('ReplicaNews');
    }
    const listener = this.#rooms.get(channel.slice(ROOM.length));
    if (!listener) return;
    const news = parsed(validateRoomNews, json);
    return news ? listener(news) : this.#refuse('RoomNews');
  }

  /** Counts what is dropped because it is not from a replica, or of another version; logs at most once a second. */
  #refuse(what: string): void {
    this.stats.refused += 1;
    this.#garbage.count += 1;
    const now = performance.now();
    if (now - this.#garbage.loggedAt < LOG_MS) return;
    this.#log.warn({ what, count: this.#garbage.count }, 'off-spec news came through Redis and was dropped');
    this.#garbage = { count: 0, loggedAt: now };
  }

  #mac(channel: string, sender: string, json: string): string {
    const mac = createHmac('sha256', this.#key).update(`${channel}\n${sender}\n${json}`);
    return mac.digest('base64url').slice(0, MAC);
  }
}

/** No Redis has made its Unix socket: containers without the profile `replicas` have none, and that is no fault. */
const isAbsent = (reason: unknown) => (reason as NodeJS.ErrnoException)?.code === 'ENOENT';

/** A client that is not connected yet and gives up for good at the first fault. */
function connection(url: string) {
  const { protocol, pathname } = new URL(url);
  const place = protocol === 'unix:' ? { path: decodeURIComponent(pathname), tls: false as const } : {};
  return createClient({
    ...(protocol === 'unix:' ? {} : { url }),
    RESP: 3,
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    // A timer for each command would cost more than the command; the pings watch over all of them.
    commandOptions: { timeout: 0 },
    socket: { ...place, connectTimeout: CONNECT_MS, reconnectStrategy: false, keepAlive: true },
  });
}

/** Counts unanswered pings rather than time: a stall of this process is no silence of Redis. */
function keepAsking(client: Client, giveUp: (reason: Error) => void): NodeJS.Timeout {
  let unanswered = 0;
  return setInterval(() => {
    if (unanswered >= SILENT_PINGS) return giveUp(new Error('Redis does not answer'));
    unanswered += 1;
    client.ping().then(() => {
      unanswered = 0;
    }, giveUp);
  }, PING_MS);
}

function parsed<T>(validate: Validate<T>, json: string): T | undefined {
  try {
    const news: unknown = JSON.parse(json);
    return validate(news) ? news : undefined;
  } catch {
    return undefined;
  }
}
