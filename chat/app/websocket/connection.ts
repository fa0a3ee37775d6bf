// One socket of one user in one room: writing with back-pressure, pings, closing. Knows nothing of what frames mean.
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Log } from '@parlance/service/log.ts';
import { CLOSE_CODES } from '@parlance/specs/close-codes.ts';
import type { Error as ErrorFrame, ServerFrame } from '@parlance/specs/frames.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { SocketErrorCode } from '@parlance/specs/problems.ts';
import type { WebSocket } from 'ws';
import { encode, OffSpecFrame } from '../frames.ts';
import type { ChatMetrics } from '../metrics.ts';
import type { Pass } from '../room_tokens.ts';

export type CloseCode = keyof typeof CLOSE_CODES;

/** How often a socket is pinged and how long it may take to answer, ms. */
const HEARTBEAT = { everyMs: LIMITS.pingSeconds * 1_000, answerMs: LIMITS.pongSeconds * 1_000 };

export class Connection {
  readonly pass: Pass;
  /** The seq of the last event written here. */
  cursor = 0;
  /** Whether it has caught up with its room. Only then can it lag. */
  live = false;
  /** Messages of this socket that are not answered yet. */
  unanswered = 0;
  /** Maximum of unsent bytes. While it catches up, this includes its page. */
  #waitMax: number = LIMITS.readerLagMax;
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #log: Log;
  readonly #metrics: ChatMetrics;
  readonly #heartbeat: typeof HEARTBEAT;
  #ping = randomBytes(8);
  #pingTimer: NodeJS.Timeout | undefined;
  #pongTimer: NodeJS.Timeout | undefined;

  /** @param socket the TCP socket of `ws`: frames that are encoded once for many sockets are written to it directly. */
  constructor(
    ws: WebSocket,
    socket: Socket,
    pass: Pass,
    { log, metrics }: { log: Log; metrics: ChatMetrics },
    heartbeat = HEARTBEAT,
  ) {
    this.#heartbeat = heartbeat;
    this.#ws = ws;
    this.#socket = socket;
    this.pass = pass;
    this.#log = log;
    this.#metrics = metrics;
    // A pong with another payload is not an answer to the last ping.
    ws.on('pong', (payload) => payload.equals(this.#ping) && clearTimeout(this.#pongTimer));
    ws.once('close', () => {
      clearTimeout(this.#pingTimer);
      clearTimeout(this.#pongTimer);
    });
    // A random first delay spreads the pings of sockets that opened together.
    this.#pingTimer = setTimeout(() => this.#beat(), Math.random() * heartbeat.everyMs);
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
      this.#metrics.offSpecSent += 1;
      this.#log.error({ err }, 'an off-spec frame was not sent');
      this.close(1011);
    }
  }

  refuse(code: SocketErrorCode, detail: string, more: Omit<ErrorFrame, 'type' | 'code' | 'detail'> = {}): void {
    this.#metrics.errorFrames.add(code);
    this.send({ type: 'error', code, detail, ...more });
  }

  /** Handling a frame failed because of a server bug: logs it and sends internal_error without the detail. */
  failed(err: unknown, more: { refId?: string }): void {
    this.#log.error({ err }, 'handling a frame failed');
    this.refuse('internal_error', 'The server made a mistake.', more);
  }

  /**
   * Writes whole frames. Safe beside `ws`, which without compression writes its own frames to the same socket at once.
   * A reader that lags by more than the limit is closed with 4000. The bytes of this write do not count as its lag yet,
   * however many they are.
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

  /** Writes a page of the log. It may exceed the allowed lag, because the next page waits until it is drained. */
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

  #beat(): void {
    if (!this.isOpen) return;
    this.#ping = randomBytes(8);
    this.#ws.ping(this.#ping);
    this.#pongTimer = setTimeout(() => this.close(4001), this.#heartbeat.answerMs);
    this.#pingTimer = setTimeout(() => this.#beat(), this.#heartbeat.everyMs);
  }
}
