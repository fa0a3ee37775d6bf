// An HTTP server that strangers reach: what one connection may hold, and one form of request target. Knows no path.
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { AddressLimits } from './address_limits.ts';
import { answerClientErrors, SERVER_OPTIONS } from './client_error.ts';
import { refuseLate, refuseUpgradeLate } from './held_refusal.ts';

/** A connection on which nothing moves, not even an answer that nobody reads, is cut after this, in milliseconds. */
const IDLE_MS = 30_000;

/** Where it returns a promise, that resolves when the upgrade was decided, either way. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => unknown;

export interface PublicServerOptions extends ServerOptions {
  /** Of this server alone, or shared by several; absent: nobody is limited. */
  limits?: AddressLimits;
}

/** So many requests of one connection may wait for the answer before theirs; whoever sends more is cut. */
const WAITING_MAX = 16;

/** How often a request whose body is under way is looked at, in ms. */
const ARRIVAL_MS = 5;
/** A body that has not arrived after this is late, in ms. */
const LATE_MS = 250;

/** A function of the module: one that is made for a socket would keep its request as long as the socket. */
const ignore = () => undefined;

/** A server that does not listen yet. `upgrade` takes over the sockets of requests that ask for it. */
export function createPublicServer(
  handle: RequestListener,
  upgrade?: UpgradeListener,
  { limits, ...options }: PublicServerOptions = {},
): Server {
  const queues = new WeakMap<Duplex, (() => void)[]>();
  const server = createServer({ ...SERVER_OPTIONS, ...options }, oneByOne(limited(handle, limits), queues));
  server.timeout = IDLE_MS;
  limits?.watch(server);
  if (upgrade) {
    server.on('upgrade', (request, socket, head) => {
      // Node has taken its own listener away: without one, a reset while the upgrade waits would end the process.
      socket.on('error', ignore);
      // Its answer would come in the middle of what is sent by another protocol.
      if (queues.has(socket)) return void socket.destroy();
      const refusal = limits?.refusal(request);
      if (refusal) return refuseUpgradeLate(socket, refusal, request.method);
      toOriginForm(request);
      if (!limits) return void upgrade(request, socket, head);
      limits.turn(request, (done) => {
        if (socket.destroyed) return done();
        limits.upgraded(socket as Socket);
        void Promise.resolve(upgrade(request, socket, head)).finally(done);
      });
    });
  }
  answerClientErrors(server);
  return server;
}

/** Counts a request at once; what it returns answers it. */
type Counted = (request: IncomingMessage, response: ServerResponse) => () => void;

/** What the limits refuse is refused; the rest is handled, in the turn of its address. */
function limited(handle: RequestListener, limits: AddressLimits | undefined): Counted {
  if (!limits) return (request, response) => () => handle(request, response);
  return (request, response) => {
    const refusal = limits.refusal(request);
    if (refusal) return () => refuseLate(response, refusal);
    return () =>
      whenArrived(request, (isLate) => {
        if (isLate) return handle(request, response);
        limits.turn(request, (done) => {
          if (response.closed) return done(); // the client has gone
          response.once('close', done);
          handle(request, response);
        });
      });
  };
}

/**
 * Calls `run` when the body has arrived, at once if there is none, or when it is late: a client that sends it slowly must
 * take no turn of its address. Node buffers up to 64 KiB without a reader; a body that is larger is refused unread.
 */
function whenArrived(request: IncomingMessage, run: (isLate: boolean) => void): void {
  const { headers } = request;
  const length = Number(headers['content-length'] ?? 0);
  let waitedMs = 0;
  const look = () => {
    if (request.destroyed) return;
    const isWhole = request.complete || request.readableLength >= LIMITS.bodyMax;
    if (isWhole || waitedMs >= LATE_MS) return run(!isWhole);
    waitedMs += ARRIVAL_MS;
    setTimeout(look, ARRIVAL_MS);
  };
  if ((length === 0 && headers['transfer-encoding'] === undefined) || length > LIMITS.bodyMax) run(false);
  else setImmediate(look);
}

/**
 * A request that came before the answer to the last one was written whole waits for it: a client that asks and asks, and
 * never reads, has one answer in memory, not all of them. While it is handled, a connection has a queue.
 */
function oneByOne(counted: Counted, queues: WeakMap<Duplex, (() => void)[]>): RequestListener {
  return (request, response) => {
    const answer = counted(request, response);
    const { socket } = request;
    toOriginForm(request);
    const run = () => {
      response.once('close', () => {
        const next = queues.get(socket)?.shift();
        if (next && !socket.destroyed) next();
        else queues.delete(socket);
      });
      answer();
    };
    const queue = queues.get(socket);
    if (!queue) {
      queues.set(socket, []);
      run();
    } else if (queue.push(run) > WAITING_MAX) socket.destroy();
  };
}

/** Servers must take the absolute form, though only proxies are sent it; its host counts (RFC 9112, 3.2.2). */
function toOriginForm(request: IncomingMessage): void {
  const [, host, rest = ''] = /^https?:\/\/([^/?#]+)(.*)$/i.exec(request.url ?? '') ?? [];
  if (host === undefined) return;
  request.headers.host = host;
  request.headersDistinct.host = [host];
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
}
