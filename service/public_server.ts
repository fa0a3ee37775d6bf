// An HTTP server that strangers reach: what one connection may hold, and one form of request target. Knows no path.
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { answerClientErrors, SERVER_OPTIONS } from './client_error.ts';

/** A connection on which nothing moves, not even an answer that nobody reads, is cut after this, in milliseconds. */
const IDLE_MS = 30_000;

export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** So many requests of one connection may wait for the answer before theirs; whoever sends more is cut. */
const WAITING_MAX = 16;

/** A server that does not listen yet. `upgrade` takes over the sockets of requests that ask for it. */
export function createPublicServer(
  handle: RequestListener,
  upgrade?: UpgradeListener,
  options: ServerOptions = {},
): Server {
  const queues = new WeakMap<Duplex, (() => void)[]>();
  const server = createServer({ ...SERVER_OPTIONS, ...options }, oneByOne(handle, queues));
  server.timeout = IDLE_MS;
  if (upgrade) {
    server.on('upgrade', (request, socket, head) => {
      // Its answer would come in the middle of what is sent by another protocol.
      if (queues.has(socket)) return void socket.destroy();
      toOriginForm(request);
      upgrade(request, socket, head);
    });
  }
  answerClientErrors(server);
  return server;
}

/**
 * A request that came before the answer to the last one was written whole waits for it: a client that asks and asks, and
 * never reads, has one answer in memory, not all of them. While it is handled, a connection has a queue.
 */
function oneByOne(handle: RequestListener, queues: WeakMap<Duplex, (() => void)[]>): RequestListener {
  return (request, response) => {
    const { socket } = request;
    toOriginForm(request);
    const run = () => {
      response.once('close', () => {
        const next = queues.get(socket)?.shift();
        if (next && !socket.destroyed) next();
        else queues.delete(socket);
      });
      handle(request, response);
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
