// Opens, drains and closes listeners. Never logs.
import { unlink } from 'node:fs/promises';
import type { Server as HttpServer } from 'node:http';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { StartError } from './start_error.ts';

/** Longer than nginx (nginx.conf) and chat (website.ts) keep an idle connection to a website open, in ms. */
const DRAIN_MS = 5_000;

/** Under continuous load a server closes after this many turns all the same. */
const QUIET_TURNS_MAX = 1_000;

/** Where to listen: a port (0: any free one), or the path of a Unix socket. */
export type Place = number | string;

/**
 * Resolves with the port (or path) when `server` listens. A stale socket file of a killed process is replaced.
 * @param host only for a port; default: all interfaces.
 * @param setting the variable by which an operator chooses another place; the error message names it.
 * @throws StartError when the place is in use, forbidden or does not exist.
 */
export async function listen(server: Server, place: Place, host?: string, setting = 'PORT'): Promise<Place> {
  try {
    await tryListen(server, place, host);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof place !== 'string' || code !== 'EADDRINUSE' || (await answers(place))) {
      throw new StartError(sentence(code, place, host, setting), { cause: error });
    }
    await unlink(place);
    await tryListen(server, place);
  }
  return typeof place === 'string' ? place : (server.address() as AddressInfo).port;
}

/**
 * The step before closeServer for one of several replicas behind a proxy. The server still accepts and answers
 * requests, but each answer closes its connection. Resolves when all earlier connections are closed, or after
 * `graceMs`. A proxy that closes idle connections sooner never sends a request on a connection that this server is
 * closing.
 */
export async function drainServer(server: HttpServer, graceMs = DRAIN_MS): Promise<void> {
  if (!server.listening) return;
  const fresh = new Set<Socket>();
  server.on('connection', (socket) => {
    fresh.add(socket);
    socket.once('close', () => fresh.delete(socket));
  });
  server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'));
  const count = promisify(server.getConnections).bind(server);
  for (const deadline = performance.now() + graceMs; performance.now() < deadline; await sleep(20)) {
    if ((await count()) <= fresh.size) return;
  }
}

/**
 * Accepts no new connections, waits up to `graceMs` for requests in flight, then destroys the remaining connections.
 * Does not close upgraded sockets: close them first. Resolves at once when the server does not listen.
 */
export async function closeServer(server: HttpServer, graceMs = 5_000): Promise<void> {
  if (!server.listening) return;
  await untilNobodyWaits(server);
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A keep-alive connection that was busy at close() becomes idle later and would keep the server open.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const patience = new AbortController();
  const cut = sleep(graceMs, undefined, { signal: patience.signal }).then(
    () => server.closeAllConnections(),
    () => undefined,
  );
  await Promise.race([closed, cut.then(() => closed)]);
  patience.abort();
  clearInterval(sweep);
}

/**
 * On close the kernel resets connections that this process has not accepted yet, with the requests on them. Resolves
 * after a turn of the event loop without new connections, when the backlog is most likely empty.
 */
async function untilNobodyWaits(server: HttpServer): Promise<void> {
  let accepted = 1;
  const count = () => {
    accepted += 1;
  };
  server.on('connection', count);
  for (let turns = 0; accepted > 0 && turns < QUIET_TURNS_MAX; turns += 1) {
    accepted = 0;
    await immediate();
  }
  server.off('connection', count);
}

function tryListen(server: Server, place: Place, host?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const listening = () => {
      server.off('error', reject);
      resolve();
    };
    if (typeof place === 'string') server.listen(place, listening);
    else server.listen({ port: place, ...(host === undefined ? {} : { host }) }, listening);
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => resolve(true)).on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'ECONNREFUSED');
    });
    socket.on('connect', () => socket.destroy());
  });
}

function sentence(code: string | undefined, place: Place, host: string | undefined, setting: string): string {
  const where = typeof place === 'string' ? `The socket ${place}` : `Port ${place}`;
  if (code === 'EADDRINUSE') return `${where} is in use: set ${setting} to another one.`;
  if (code === 'EACCES') return `${where} needs more permissions: set ${setting} to another one.`;
  if (code === 'EADDRNOTAVAIL') return `${where} cannot be opened: this machine has no address ${host}.`;
  return `${where} cannot be opened (${code}): set ${setting} to another one.`;
}
