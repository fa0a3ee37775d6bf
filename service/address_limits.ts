// What one address may ask of a public server: requests, connections, requests at once. Decides before anything is parsed
// or looked up. Never knows who asks: what a user may do is decided where the user is known.
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

/** Why a request is refused, for the client, and after how many seconds it may be sent again. */
export interface AddressRefusal {
  detail: string;
  retryAfter: number;
  requestId: string;
}

/** How long a refusal is held back, in ms: a client that asks again at once asks once in that time per connection. */
export const HELD_MS = 1_000;

/**
 * An address that has used up more than this share of its requests pauses between them: `PAUSE` times the share beyond
 * it, times as long as each took. The nearer it is to being refused, the less of the server's time it gets.
 */
const UNPAUSED = 0.05;
const PAUSE = 20;

/** Connections of an address that are heard as soon as they come; of more, `ARRIVALS` times its requests a second. */
const TOGETHER = 16;
const ARRIVALS = 2;

/** Addresses that are remembered, about 100 bytes each. Beyond it the one that was still for longest is forgotten. */
const ADDRESSES_MAX = 65_536;

/** What was refused is logged in one line per this many ms, however much it is. */
const LOG_MS = 10_000;

interface Peer {
  /** Undefined for a trusted proxy, whose connections are many people's. */
  keys: readonly [address: string, network: string] | undefined;
  /** It came when its address had all the connections it may have. */
  excess: boolean;
  /** A request was understood on it. */
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
  /** The same for all connections: a function of its own for each would be kept as long as it. */
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
   * Counts the connections of `server` from now on. One is cut at once when its address has twice as many as it may have;
   * those that come together are heard one after the other, or after `HELD_MS` when their address may not ask now.
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

  /** Counts a request. @returns why it is refused, in which case it was not counted. */
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
      return this.#refuse('This address asks too often.', wait, request);
    }
    this.#take(keys, now);
    return undefined;
  }

  /** Calls `run` when it is the turn of the request's address; `run` calls `done` when the request was answered. */
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

  /** A connection that now speaks another protocol is not counted here any more, and nothing of it is kept. */
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

  /** Connections of an address, or its share of those of its network where that is more. */
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
