// One socket of one user in one room: writes with backpressure, pings, closes. Does not interpret frames.
import type { Socket } from 'node:net';
import type { Log } from '@parlance/service/log.ts';
import { CLOSE_CODES } from '@parlance/specs/close_codes.ts';
import type { ErrorFrame, ServerFrame } from '@parlance/specs/frames.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { SocketErrorCode } from '@parlance/specs/problems.ts';
import type { WebSocket } from 'ws';
import { encode, OffSpecFrame } from '../frames.ts';
import type { ChatMetrics } from '../metrics.ts';
import type { Pass } from '../room_tokens.ts';
import type { Pulse } from './heartbeat.ts';

export type CloseCode = keyof typeof CLOSE_CODES;

/** Shared by all connections of a process. */
export interface ConnectionParts {
  log: Log;
  metrics: ChatMetrics;
}

export class Connection implements Pulse {
  readonly pass: Pass;
  /** The seq of the last event written to this socket. */
  cursor = 0;
  /** Whether the socket has caught up with its room. Only then can it lag. */
  live = false;
  /** Presence changes of the room up to this count were included in room.joined. */
  knownPresence = 0;
  /** Messages of this socket without an answer yet. */
  unanswered = 0;
  awaitedPong: Buffer | undefined;
  slot: Set<Pulse> | undefined;
  /** Maximum of unsent bytes. While the socket catches up, this includes its page. */
  #waitMax: number = LIMITS.readerLagMax;
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #parts: ConnectionParts;

  /** @param socket the TCP socket of `ws`: frames encoded once for many sockets are written to it directly. */
  constructor(ws: WebSocket, socket: Socket, pass: Pass, parts: ConnectionParts) {
    this.#ws = ws;
    this.#socket = socket;
    this.pass = pass;
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return this.#ws.readyState === this.#ws.OPEN;
  }

  /** Writes one frame. An off-spec frame is a server bug: it is logged, and the socket is closed with 1011. */
  send(frame: ServerFrame): void {
    try {
      this.write(encode(frame));
    } catch (err) {
      if (!(err instanceof OffSpecFrame)) throw err;
      this.#parts.metrics.offSpecSent += 1;
      this.#parts.log.error({ err }, 'an off-spec frame was not sent');
      this.close(1011);
    }
  }

  refuse(code: SocketErrorCode, detail: string, more: Omit<ErrorFrame, 'type' | 'code' | 'detail'> = {}): void {
    this.#parts.metrics.errorFrames.add(code);
    this.send({ type: 'error', code, detail, ...more });
  }

  /** Handling a frame failed because of a server bug: logs it and sends internal_error without the detail. */
  failed(err: unknown, more: { refId?: string }): void {
    this.#parts.log.error({ err }, 'handling a frame failed');
    this.refuse('internal_error', 'The server made a mistake.', more);
  }

  /**
   * Writes complete frames. Safe alongside `ws`, which without compression writes its own frames to the same socket
   * synchronously. A reader that lags by more than the limit is closed with 4000. The bytes of this write do not count
   * yet.
   */
  write(bytes: Buffer): void {
    if (!this.isOpen) return;
    if (this.#socket.writableLength > (this.live ? LIMITS.readerLagMax : this.#waitMax)) this.close(4000);
    else this.#socket.write(bytes);
  }

  /** Writes events up to `lastSeq`. */
  deliver(bytes: Buffer, lastSeq: number): void {
    this.cursor = lastSeq;
    this.write(bytes);
  }

  /** Writes a page of the log. It may exceed the allowed lag, because the next page waits for the drain. */
  deliverPage(bytes: Buffer, lastSeq: number): Promise<void> {
    this.cursor = lastSeq;
    if (!this.isOpen) return Promise.resolve();
    const drained = this.#socket.write(bytes);
    this.#waitMax = this.#socket.writableLength + LIMITS.readerLagMax;
    if (drained) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#socket.off('drain', done).off('close', done);
        resolve();
      };
      this.#socket.on('drain', done).on('close', done);
    });
  }

  close(code: CloseCode): void {
    if (this.isOpen) this.#ws.close(code, CLOSE_CODES[code].name);
  }

  terminate(): void {
    this.#ws.terminate();
  }

  ping(frame: Buffer): void {
    if (this.isOpen) this.#socket.write(frame);
  }

  /** A pong with another payload is not an answer to the last ping. */
  pong(payload: Buffer): void {
    if (this.awaitedPong?.equals(payload)) this.awaitedPong = undefined;
  }

  late(): void {
    this.close(4001);
  }
}
