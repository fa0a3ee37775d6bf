// Limits per client address on a public server: request rate, connections, concurrent requests. Applied before anything
// is parsed or looked up. Knows no users: the limits per user are elsewhere.
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { LIMITS } from '@parlance/specs/limits.ts';
import { AddressTurns } from './address_turns.ts';
import { type Log, requestId } from './log.ts';
import { Tally } from './metrics.ts';
import { siteOf } from './networks.ts';
import { clientAddress, fromTrustedProxy } from './origin.ts';
import { TokenBuckets } from './token_buckets.ts';

export interface AddressSettings {
  TRUSTED_PROXIES: readonly string[];
  REQUESTS_PER_ADDRESS: number;
  REQUEST_BURST_PER_ADDRESS: number;
  REQUESTS_AT_ONCE_PER_ADDRESS: number;
  CONNECTIONS_PER_ADDRESS: number;
}

/** The detail of a refusal for the client, and the seconds after which to retry. */
export interface AddressRefusal {
  detail: string;
  retryAfter: number;
  requestId: string;
}

/** Delay of a refusal, in ms: a client that retries at once sends one request per connection in this time. */
export const HELD_MS = 1_000;

/**
 * An address that has used more than this share of its burst is slowed down: after each request it pauses for the
 * duration of the request times `PAUSE` times the share beyond. The closer an address is to its limit, the less server
 * time it gets.
 */
const UNPAUSED = 0.05;
const PAUSE = 20;

/** New connections of an address that are read at once; further ones at `ARRIVALS` times its request rate. */
const TOGETHER = 16;
const ARRIVALS = 2;

/** Maximum of tracked addresses, about 100 bytes each; beyond it the least recently used one is evicted. */
const ADDRESSES_MAX = 65_536;

/** Refusals are logged in at most one line per this many ms. */
const LOG_MS = 10_000;

interface Peer {
  /** Undefined for a trusted proxy, whose connections carry many clients. */
  keys: readonly [address: string, network: string] | undefined;
  /** Whether the address was over its connection limit when the connection opened. */
  excess: boolean;
  /** Whether the connection has sent a well-formed request. */
  asked: boolean;
}

export class AddressLimits {
  readonly #address: (request: IncomingMessage) => string;
  readonly #isProxy: (request: IncomingMessage) => boolean;
  readonly #connectionsMax: number;
  readonly #requests: readonly [TokenBuckets, TokenBuckets];
  readonly #connections: readonly [Map<string, number>, Map<string, number>] = [new Map(), new Map()];
  readonly #peers = new WeakMap<object, Peer>();
  readonly #arrivals: TokenBuckets;
  readonly #turns: readonly [AddressTurns, AddressTurns];
  readonly #log: Log;
  readonly refusals = new Tally(['rate', 'connections']);
  #refused = 0;
  #loggedAt = Number.NEGATIVE_INFINITY;
  /** Shared by all connections: a closure per connection would be retained for its lifetime. */
  readonly #onClose: (this: Socket) => void;

  constructor(settings: AddressSettings, log: Log) {
    const closed = (socket: Socket) => this.#closed(socket);
    this.#onClose = function onClose() {
      closed(this);
    };
    this.#address = clientAddress(settings.TRUSTED_PROXIES);
    this.#isProxy = fromTrustedProxy(settings.TRUSTED_PROXIES);
    this.#connectionsMax = settings.CONNECTIONS_PER_ADDRESS;
    const { REQUESTS_PER_ADDRESS: rate, REQUEST_BURST_PER_ADDRESS: burst } = settings;
    const buckets = (share: number) => new TokenBuckets(rate * share, burst * share, ADDRESSES_MAX);
    this.#requests = [buckets(1), buckets(LIMITS.networkShare)];
    this.#arrivals = new TokenBuckets(rate * ARRIVALS, TOGETHER, ADDRESSES_MAX);
    const atOnce = settings.REQUESTS_AT_ONCE_PER_ADDRESS;
    this.#turns = [new AddressTurns(atOnce), new AddressTurns(atOnce * LIMITS.networkShare)];
    this.#log = log;
  }

  /**
   * Counts the connections of `server` from now on. Beyond twice the limit of its address, a connection is destroyed at
   * once. Connections that open together are read one after another, or after `HELD_MS` while their address is over its
   * rate.
   */
  watch(server: Server): void {
    const [serve] = server.listeners('connection') as ((socket: Socket) => void)[];
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => {
      const { keys } = this.#open(socket);
      if (keys && this.#countOf(keys) > 2 * this.#connectionsMax) return void socket.destroy();
      const delay = keys ? this.#delay(keys, performance.now()) : 0;
      if (delay === 0) return serve!.call(server, socket);
      socket.on('error', () => undefined);
      setTimeout(() => {
        if (!socket.destroyed) serve!.call(server, socket);
      }, delay);
    });
  }

  /** Counts a request. @returns the refusal; a refused request is not counted. */
  refusal(request: IncomingMessage): AddressRefusal | undefined {
    const peer = this.#peers.get(request.socket);
    if (peer) peer.asked = true;
    if (peer?.excess) {
      peer.excess = peer.keys !== undefined && this.#countOf(peer.keys) > this.#connectionsMax;
      if (peer.excess) {
        this.refusals.add('connections');
        return this.#refuse('This address has too many connections open.', 1_000, request);
      }
    }
    const keys = keysOf(this.#address(request));
    const now = performance.now();
    const wait = this.#wait(keys, now);
    if (wait > 0) {
      this.refusals.add('rate');
      return this.#refuse('This address sends too many requests.', wait, request);
    }
    this.#take(keys, now);
    return undefined;
  }

  /** Calls `run` when the request's address has a turn; `run` calls `done` when the request was answered. */
  turn(request: IncomingMessage, run: (done: () => void) => void): void {
    const [address, network] = keysOf(this.#address(request));
    const now = performance.now();
    const used = Math.max(this.#requests[0].used(address, now), this.#requests[1].used(network, now));
    const pause = PAUSE * Math.max(0, used - UNPAUSED);
    const [ofAddress, ofNetwork] = this.#turns;
    if (network === address) return ofAddress.take(address, pause, run);
    ofAddress.take(address, pause, (done) =>
      ofNetwork.take(network, pause, (over) =>
        run(() => {
          over();
          done();
        }),
      ),
    );
  }

  /** Stops counting a connection that was upgraded to another protocol, and keeps nothing of it. */
  upgraded(socket: Socket): void {
    this.#closed(socket);
    socket.off('close', this.#onClose);
  }

  #delay(keys: readonly [string, string], now: number): number {
    if (this.#wait(keys, now) > 0) return HELD_MS;
    const delay = this.#arrivals.wait(keys[0], now);
    if (delay >= HELD_MS) return HELD_MS;
    this.#arrivals.take(keys[0], now);
    return delay;
  }

  #open(socket: Socket): Peer {
    const request = { socket, headers: {} } as IncomingMessage;
    const peer: Peer = { keys: undefined, excess: false, asked: false };
    this.#peers.set(socket, peer);
    if (this.#isProxy(request)) return peer;
    peer.keys = keysOf(this.#address(request));
    for (const [index, counts] of this.#connections.entries()) {
      const key = peer.keys[index]!;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    peer.excess = this.#countOf(peer.keys) > this.#connectionsMax;
    socket.on('close', this.#onClose);
    return peer;
  }

  #closed(socket: Socket): void {
    const peer = this.#peers.get(socket);
    this.#peers.delete(socket);
    const keys = peer?.keys;
    if (!keys) return;
    for (const [index, counts] of this.#connections.entries()) {
      const count = counts.get(keys[index]!)! - 1;
      if (count > 0) counts.set(keys[index]!, count);
      else counts.delete(keys[index]!);
    }
    const now = performance.now();
    if (!peer.asked && this.#wait(keys, now) === 0) this.#take(keys, now);
  }

  /** Connections of the address, or its share of the connections of its network if that is more. */
  #countOf([address, network]: readonly [string, string]): number {
    const [ofAddress, ofNetwork] = this.#connections;
    return Math.max(ofAddress.get(address) ?? 0, (ofNetwork.get(network) ?? 0) / LIMITS.networkShare);
  }

  #wait([address, network]: readonly [string, string], now: number): number {
    const [ofAddress, ofNetwork] = this.#requests;
    return Math.max(ofAddress.wait(address, now), ofNetwork.wait(network, now));
  }

  #take([address, network]: readonly [string, string], now: number): void {
    this.#requests[0].take(address, now);
    if (network !== address) this.#requests[1].take(network, now);
  }

  #refuse(detail: string, waitMs: number, request: IncomingMessage): AddressRefusal {
    this.#refused += 1;
    const now = performance.now();
    if (now - this.#loggedAt > LOG_MS) {
      this.#log.warn({ refused: this.#refused, address: this.#address(request), detail }, 'requests were refused');
      this.#refused = 0;
      this.#loggedAt = now;
    }
    return { detail, retryAfter: waitMs / 1_000, requestId: requestId(request.headers, this.#isProxy(request)) };
  }
}

const keysOf = (address: string): readonly [string, string] => [address, siteOf(address)];
