// Creates HTTP servers for public listeners: applies the limits per connection and address, and normalizes the request
// target. Knows no paths.
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

/** A connection without traffic is destroyed after this, in ms, also while an answer is unread. */
const IDLE_MS = 30_000;

/** A returned promise resolves when the upgrade was decided, either way. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => unknown;

export interface PublicServerOptions extends ServerOptions {
  /** May be shared by several servers; unset: no limits. */
  limits?: AddressLimits;
}

/** Maximum of pipelined requests per connection; a connection with more is destroyed. */
const WAITING_MAX = 16;

/** Interval of checks whether a body has arrived, in ms. */
const ARRIVAL_MS = 5;
/** A body that has not arrived after this, in ms, is late. */
const LATE_MS = 250;

/** Defined at module level: a closure per socket would retain the request for the lifetime of the socket. */
const ignore = () => undefined;

/** Creates a server that does not listen yet. `upgrade` takes over the sockets of upgrade requests. */
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
      // Node has removed its own listener: without one, a reset while the upgrade waits would crash the process.
      socket.on('error', ignore);
      // The answer to an earlier request would be written into the upgraded stream.
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

/** Counts a request at once. @returns a function that answers it. */
type Counted = (request: IncomingMessage, response: ServerResponse) => () => void;

/** Refuses requests over the limits and handles the others in the turn of their address. */
function limited(handle: RequestListener, limits: AddressLimits | undefined): Counted {
  if (!limits) return (request, response) => () => handle(request, response);
  return (request, response) => {
    const refusal = limits.refusal(request);
    if (refusal) return () => refuseLate(response, refusal);
    return () =>
      whenArrived(request, (isLate) => {
        if (isLate) return handle(request, response);
        limits.turn(request, (done) => {
          if (response.closed) return done(); // the client has disconnected
          response.once('close', done);
          handle(request, response);
        });
      });
  };
}

/**
 * Calls `run` when the body has arrived, at once without a body, or when the body is late: a client that sends slowly
 * must not take a turn of its address. Node buffers up to 64 KiB without a reader; a larger body is refused unread.
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
 * Handles the requests of a connection one by one: a pipelined request waits until the previous answer was written
 * completely. So a client that never reads has one answer in memory, not all. A connection has a queue while a request
 * is handled.
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

/** Converts the absolute form of the target, which servers must accept; its host replaces Host (RFC 9112 §3.2.2). */
function toOriginForm(request: IncomingMessage): void {
  const [, host, rest = ''] = /^https?:\/\/([^/?#]+)(.*)$/i.exec(request.url ?? '') ?? [];
  if (host === undefined) return;
  request.headers.host = host;
  request.headersDistinct.host = [host];
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
}
