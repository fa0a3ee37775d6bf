// An HTTP server that strangers reach: what one connection may hold, and one form of request target. Knows no path.
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { answerClientErrors, SERVER_OPTIONS } from './client_error.ts';

/** A connection on which nothing moves, not even an answer that nobody reads, is cut after this, in milliseconds. */
const IDLE_MS = 30_000;

export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** A server that does not listen yet. `upgrade` takes over the sockets of requests that ask for it. */
export function createPublicServer(
  handle: RequestListener,
  upgrade?: UpgradeListener,
  options: ServerOptions = {},
): Server {
  const server = createServer({ ...SERVER_OPTIONS, ...options }, oneByOne(handle));
  server.timeout = IDLE_MS;
  if (upgrade) {
    server.on('upgrade', (request, socket, head) => {
      toOriginForm(request);
      upgrade(request, socket, head);
    });
  }
  answerClientErrors(server);
  return server;
}

/**
 * A request that came before the answer to the last one was written whole waits for it: a client that asks and asks, and
 * never reads, has one answer in memory, not all of them.
 */
function oneByOne(handle: RequestListener): RequestListener {
  const last = new WeakMap<Socket, Promise<void>>();
  return (request, response) => {
    toOriginForm(request);
    const before = last.get(request.socket);
    last.set(request.socket, new Promise((resolve) => response.once('close', resolve)));
    if (!before) handle(request, response);
    else void before.then(() => request.socket.destroyed || handle(request, response));
  };
}

/** Servers must take the absolute form, though only proxies are sent it; its host counts (RFC 9112, 3.2.2). */
function toOriginForm(request: IncomingMessage): void {
  const [, host, rest = ''] = /^https?:\/\/([^/?#]*)(.*)$/i.exec(request.url ?? '') ?? [];
  if (host === undefined) return;
  request.headers.host = host;
  request.headersDistinct.host = [host];
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
}
