// /ws/{roomName}: each upgrade waits for its turn, is decided by admit.ts, and becomes a connection in a room or a refusal.
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
import { LIMITS } from '@parlance/specs/limits.ts';
import { WebSocket, WebSocketServer } from 'ws';
import { WebsiteError } from '../website.ts';
import { type AdmitParts, type Admitted, admit } from './admit.ts';
import { type CloseCode, Connection } from './connection.ts';
import { type HandlerParts, handleFrames } from './handlers.ts';
import { offeredProtocols, readHandshake, SUBPROTOCOL } from './handshake.ts';
import { refuseRequest, refuseUpgrade } from './refusal.ts';

export interface RouterParts extends AdmitParts {
  /** Every upgrade passes it before it is parsed. */
  joins: Admission;
  handlers: HandlerParts;
  log: Log;
}

/** How long a peer may take to answer a close, before its socket is cut. */
const CLOSE_TIMEOUT_MS = 5_000;

/** The same for a refused peer, which no limit counts as an open socket. */
const REFUSED_MS = 1_000;

/** Maximum per message: no client needs more fragments for 64 KiB. */
const MAX_FRAGMENTS = 1_024;

/** `ws` closes on too many fragments with 1008, which is not in the contract; 1009 (too big) replaces it. */
class FragmentCountingSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code === 1008 ? 1009 : code, reason);
  }
}

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
    // Pings count as frames: too many are a flood and close the socket with 4002, instead of `ws` cutting it.
    maxPendingAutoPongs: 0,
    maxFragments: MAX_FRAGMENTS,
    WebSocket: FragmentCountingSocket,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  } as ConstructorParameters<typeof WebSocketServer>[0]);

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
        accepted((ws) => enter(ws, socket as Socket, request, from, admitted, parts, id));
      });
    } catch (error) {
      const refusal = asRefusal(error, log);
      handlers.metrics.joinsRefused.add(reasonOf(error, refusal, busy));
      // Refusals for load are only counted: a log line each would cost more than the refusal.
      if (!busy) log.info({ requestId: id, code: refusal.code, address: from }, 'socket refused');
      if (socket.destroyed) return;
      // A browser cannot read the answer to an upgrade. Refused for capacity, it gets a socket that is closed with a code.
      const closeCode = CAPACITY[refusal.code];
      if (closeCode === undefined || !isHandshake(request)) {
        return refuseUpgrade(socket, refusal, id, request.method);
      }
      accepted((ws) => {
        ws.on('error', () => undefined);
        ws.close(closeCode, refusal.code);
        setTimeout(() => ws.terminate(), REFUSED_MS).unref();
      });
    }
  };

  /** Whether `ws` accepts the upgrade. It answers any other with text/html, which the contract does not declare. */
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
      socket.on('error', () => undefined);
      const id = idOf(request);
      const failed = (err: unknown) => {
        log.error({ err }, 'an upgrade failed');
        socket.destroy();
      };
      return new Promise<void>((resolve) => {
        const decided = (busy?: Problem) => decide(request, socket, head, id, busy).catch(failed).finally(resolve);
        socket.once('close', leave);
        // A peer that leaves ends its half; Node keeps the other half open, and no `close` follows.
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
            void decided(new Problem('unavailable', 'Too many sockets are opened now.', { retryAfter }));
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

/** Refusals for lack of capacity, with the close code that a browser gets instead. */
const CAPACITY: Readonly<Record<string, CloseCode>> = { too_many_sockets: 4003, unavailable: 1013 };

/** Synchronous, so that a connection that passed the last check is in the room before anything else happens. */
function enter(
  ws: WebSocket,
  socket: Socket,
  request: IncomingMessage,
  from: string,
  { pass, room, cursor }: Admitted,
  { rooms, connections, handlers, log }: RouterParts,
  id: string,
): void {
  socket.setNoDelay(true);
  const { metrics } = handlers;
  const connection = new Connection(ws, socket, pass, { log, metrics });
  metrics.opened += 1;
  connections.add(connection, from);
  ws.on('error', (err) => log.debug({ err, requestId: id }, 'socket error'));
  ws.once('close', (code) => {
    metrics.closed(code);
    connections.remove(connection, from);
    room.leave(connection);
    rooms.closeIfEmpty(room);
    log.info({ requestId: id, code, roomId: room.id, username: pass.username }, 'socket closed');
  });
  handleFrames(ws, connection, room, handlers);
  room.join(connection, cursor);
  const path = request.url?.split('?')[0];
  log.info({ requestId: id, path, roomId: room.id, username: pass.username, address: from }, 'socket opened');
}

/** Why an upgrade was refused, for operators: three causes have the code `unavailable`. */
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
