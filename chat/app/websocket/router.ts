// /ws/{roomName}: each upgrade waits for its turn in a queue, is decided by admit.ts, and is then connected or refused.
import type { IncomingMessage, RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Admission } from '@parlance/service/admission.ts';
import { refuseOtherHosts } from '@parlance/service/hosts.ts';
import { type Log, requestId } from '@parlance/service/log.ts';
import { clientAddress, fromTrustedProxy } from '@parlance/service/origin.ts';
import { Problem } from '@parlance/service/problem.ts';
import type { UpgradeListener } from '@parlance/service/public_server.ts';
import { warnRepeated } from '@parlance/service/repeated_lines.ts';
import asyncapi from '@parlance/specs/asyncapi.json' with { type: 'json' };
import { LIMITS } from '@parlance/specs/limits.ts';
import { type WebSocket, WebSocketServer } from 'ws';
import { WebsiteError } from '../website.ts';
import { type AdmitParts, type Admitted, admit } from './admit.ts';
import { type CloseCode, Connection } from './connection.ts';
import { ChatSocket, frameListeners, type HandlerParts, seatOf } from './handlers.ts';
import { offeredProtocols, readHandshake, SUBPROTOCOL } from './handshake.ts';
import { Heartbeat } from './heartbeat.ts';
import { refuseRequest, refuseUpgrade } from './refusal.ts';

export interface RouterParts extends AdmitParts {
  /** The queue that every upgrade passes before it is parsed. */
  joins: Admission;
  handlers: HandlerParts;
  log: Log;
}

/** How long a client may take to answer a close before its socket is destroyed. */
const CLOSE_TIMEOUT_MS = 5_000;

/** The same for a refused client, which no limit counts as an open socket. */
const REFUSED_MS = 1_000;

/** The ping interval and the timeout of the answer. */
const RHYTHM = { everyMs: LIMITS.pingSeconds * 1_000, answerMs: LIMITS.pongSeconds * 1_000 };

/** Maximum of fragments per message: no client needs more for 64 KiB. */
const MAX_FRAGMENTS = 1_024;

/** Defined at module level: a closure per socket would retain the request for the lifetime of the socket. */
const ignore = () => undefined;

export function createRouter(parts: RouterParts): { request: RequestListener; upgrade: UpgradeListener } {
  const { settings, log, handlers } = parts;
  const address = clientAddress(settings.TRUSTED_PROXIES);
  const trusted = fromTrustedProxy(settings.TRUSTED_PROXIES);
  const idOf = (request: IncomingMessage) => requestId(request.headers, trusted(request));
  const refuseOthers = refuseOtherHosts(settings);
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: LIMITS.bodyMax,
    perMessageDeflate: false,
    clientTracking: false,
    closeTimeout: CLOSE_TIMEOUT_MS,
    // Pings count as frames: a flood of them closes the socket with 4002, instead of `ws` terminating it.
    maxPendingAutoPongs: 0,
    maxFragments: MAX_FRAGMENTS,
    WebSocket: ChatSocket,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  } as ConstructorParameters<typeof WebSocketServer>[0]);

  const enter = createEntrance(parts);
  const decide = async (
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    id: string,
    busy?: Problem,
  ): Promise<void> => {
    const from = address(request);
    const accepted = (use: (ws: WebSocket) => void) => server.handleUpgrade(request, socket, head, use);
    try {
      if (busy) throw busy;
      refuseOthers(request);
      await admit(request, from, parts, (admitted) => {
        if (socket.destroyed) return;
        // The answer to the upgrade and the first frame are sent in one write.
        socket.cork();
        accepted((ws) => enter(ws as ChatSocket, socket as Socket, admitted, { from, id, path: request.url }));
        socket.uncork();
      });
    } catch (error) {
      const refusal = asRefusal(error, log);
      handlers.metrics.joinsRefused.add(reasonOf(error, refusal, busy));
      // Refusals under load are only counted: logging each would cost more than the refusal.
      if (!busy) log.info({ requestId: id, code: refusal.code, address: from }, 'socket refused');
      if (socket.destroyed) return;
      // A browser cannot read the answer to an upgrade: for capacity refusals the socket opens and closes with a code.
      const closeCode = CAPACITY.get(refusal.code);
      if (closeCode === undefined || !isHandshake(request)) {
        return refuseUpgrade(socket, refusal, id, request.method);
      }
      accepted((ws) => {
        ws.on('error', ignore);
        ws.close(closeCode, refusal.code);
        setTimeout(() => ws.terminate(), REFUSED_MS).unref();
      });
    }
  };

  /**
   * Whether `ws` accepts the upgrade. It would refuse any other with text/html, which the contract does not declare.
   */
  const isHandshake = (request: IncomingMessage): boolean => {
    try {
      refuseOthers(request);
      readHandshake(request);
    } catch {
      return false;
    }
    return offeredProtocols(request).includes(SUBPROTOCOL);
  };

  return {
    upgrade: (request, socket, head) => {
      socket.on('error', ignore);
      const id = idOf(request);
      const failed = (err: unknown) => {
        log.error({ err }, 'an upgrade failed');
        socket.destroy();
      };
      return new Promise<void>((resolve) => {
        const decided = (busy?: Problem) => decide(request, socket, head, id, busy).catch(failed).finally(resolve);
        socket.once('close', leave);
        // A client that disconnects ends its half; Node keeps the other half open, and no `close` follows.
        const left = () => void socket.destroy();
        socket.once('end', left);
        const give = parts.joins.enter({
          run: (done) => {
            socket.off('close', leave).off('end', left);
            if (!socket.destroyed) return void decided().finally(done);
            done();
            resolve();
          },
          refuse: (retryAfter) => {
            socket.off('close', leave).off('end', left);
            void decided(new Problem('unavailable', 'Too many clients are connecting now.', { retryAfter }));
          },
        });
        function leave() {
          give();
          resolve();
        }
      });
    },
    request: (request, response) => {
      let refusal = new Problem('upgrade_required');
      try {
        refuseOthers(request);
        readHandshake(request);
      } catch (error) {
        refusal = asRefusal(error, log);
      }
      handlers.metrics.joinsRefused.add(refusal.code);
      refuseRequest(response, refusal, idOf(request));
    },
  };
}

/** The codes of capacity refusals, with the close code that a browser gets instead, from the contract. */
const CAPACITY: ReadonlyMap<string, CloseCode> = new Map(
  Object.values(asyncapi.channels.room['x-handshake']).flatMap((row) =>
    'closeCode' in row ? row.codes.map((code) => [code, row.closeCode as CloseCode] as const) : [],
  ),
);

/** Returns the function that adds an admitted socket to its room; the socket is removed when it closes. */
function createEntrance({ rooms, connections, handlers, log }: RouterParts) {
  const { metrics } = handlers;
  const shared = { log, metrics };
  const heartbeat = new Heartbeat(RHYTHM);
  const { message, ping, pong } = frameListeners(handlers);

  function failed(this: WebSocket, err: Error): void {
    log.debug({ err, requestId: seatOf(this).requestId }, 'socket error');
  }

  function closed(this: WebSocket, code: number): void {
    const { connection, room, from, requestId } = seatOf(this);
    metrics.closed(code);
    heartbeat.remove(connection);
    connections.remove(connection, from);
    room.leave(connection);
    rooms.closeIfEmpty(room);
    log.info({ requestId, code, roomId: room.id, username: connection.pass.username }, 'socket closed');
  }

  /** Synchronous, so that no state changes between the last check and the join. */
  return (
    ws: ChatSocket,
    socket: Socket,
    { pass, room, cursor }: Admitted,
    { from, id: requestId, path }: { from: string; id: string; path: string | undefined },
  ): void => {
    socket.setNoDelay(true);
    const connection = new Connection(ws, socket, pass, shared);
    ws.seat = { connection, room, from, requestId };
    metrics.opened += 1;
    connections.add(connection, from);
    ws.on('error', failed).on('close', closed).on('message', message).on('ping', ping).on('pong', pong);
    heartbeat.add(connection);
    room.join(connection, cursor);
    const { id: roomId } = room;
    log.info({ requestId, path: path?.split('?')[0], roomId, username: pass.username, address: from }, 'socket opened');
  };
}

/** The reason label of a refusal: three causes share the code `unavailable`. */
function reasonOf(error: unknown, { code }: Problem, busy: Problem | undefined): string {
  if (busy) return 'busy';
  if (error instanceof WebsiteError) return 'no_answer';
  return code === 'unavailable' ? 'stale' : code;
}

function asRefusal(error: unknown, log: Log): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof WebsiteError) {
    warnRepeated(log, { err: error }, 'an upgrade could not be decided');
    return new Problem('unavailable', 'The website does not answer.');
  }
  log.error({ err: error }, 'deciding an upgrade failed');
  return new Problem('internal_error');
}
