// One socket as any client has it: records every received frame, in order. Files with the witness whether each frame,
// close and sequence of seqs conforms to the contract; never judges a row.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLOSE_CODES } from '@parlance/specs/close_codes.ts';
import { WebSocket } from 'ws';
import { serverFrameFault } from './frames.ts';
import type { Json } from './http.ts';
import { Mismatch, show } from './row.ts';
import type { Witness } from './witness.ts';

/** The timeout for everything that should happen at once. */
export const SOON_MS = 10_000;
const RATE_WAITS = 3;

export interface Dial {
  url: string;
  headers?: Record<string, string>;
  protocols?: string[];
  /** false: pings are not answered. */
  autoPong?: boolean;
}

/** The upgrade was refused; `retryAfter` is in seconds, if the server sent it. */
export class Refused extends Error {
  readonly status: number;
  readonly retryAfter: number | undefined;

  constructor({ statusCode = 0, headers }: IncomingMessage) {
    super(`the upgrade was refused with ${statusCode}`);
    this.status = statusCode;
    this.retryAfter = headers['retry-after'] === undefined ? undefined : Number(headers['retry-after']);
  }
}

/** Every frame with a seq is an event, whatever its type. */
const isEvent = (frame: Json): boolean => typeof frame.seq === 'number';

export class Wire {
  readonly ws: WebSocket;
  readonly frames: Json[] = [];
  /** The close code and the time of the close (performance.now()), once closed. */
  end: { code: number; at: number } | undefined;
  readonly #witness: Witness;
  readonly #after: number | undefined;
  readonly #sent = new Set<string>();
  readonly #taken = new Set<Json>();
  readonly #looks = new Set<() => void>();
  #cursor = 0;
  #heardAt = 0;
  #cut = false;

  /** Resolves when the socket is open; rejects with Refused. */
  static async open(dial: Dial, witness: Witness): Promise<Wire> {
    const wire = new Wire(dial, witness);
    await Promise.race([
      once(wire.ws, 'open'),
      once(wire.ws, 'unexpected-response').then(([request, response]) => {
        request.destroy();
        throw new Refused(response);
      }),
    ]);
    return wire;
  }

  private constructor({ url, headers = {}, protocols = [], autoPong = true }: Dial, witness: Witness) {
    this.#witness = witness;
    const after = new URL(url).searchParams.get('after');
    this.#after = after === null ? undefined : Number(after);
    this.ws = new WebSocket(url, protocols, { headers, autoPong, handshakeTimeout: 10_000, perMessageDeflate: false });
    this.ws.on('error', () => undefined);
    this.ws.on('message', (data, isBinary) => this.#take(String(data), isBinary));
    this.ws.on('close', (code) => {
      this.end = { code, at: performance.now() };
      if (!this.#cut) witness.file('socket.close-codes', code in CLOSE_CODES ? undefined : `closed with ${code}`);
      this.#changed();
    });
  }

  #take(text: string, isBinary: boolean): void {
    let frame: Json;
    try {
      frame = JSON.parse(text);
    } catch {
      frame = undefined;
    }
    const isFrame = !isBinary && typeof frame?.type === 'string';
    this.#witness.file('socket.frames', isFrame ? undefined : show(text));
    if (!isFrame) return;
    this.frames.push(frame);
    const fault = serverFrameFault(frame);
    this.#witness.file(`socket.${frame.type}`, fault && `${fault}: ${show(frame)}`);
    const isFirst = this.frames.length === 1;
    if (isFirst || frame.type === 'room.joined')
      this.#witness.file('socket.first', isFirst === (frame.type === 'room.joined') ? undefined : show(frame));
    if (frame.type === 'room.joined') this.#cursor = frame.resumed === true ? (this.#after ?? 0) : frame.lastSeq;
    if (isEvent(frame)) this.#follow(frame);
    this.#changed();
  }

  /** Checks that each event has the next seq, except for the answer to a repeated message. */
  #follow({ type, seq, id }: Json): void {
    if (seq <= this.#cursor && type === 'message.created' && this.#sent.has(id)) return;
    const fault = seq === this.#cursor + 1 ? undefined : `seq ${seq} came after ${this.#cursor}`;
    this.#witness.file('G3.every-socket', fault);
    this.#cursor = Math.max(this.#cursor, seq);
  }

  #changed(): void {
    this.#heardAt = performance.now();
    for (const look of [...this.#looks]) look();
  }

  /**
   * Resolves with the result of `find` once it has one: now, or after a later frame or the close.
   * @throws Mismatch if nothing at all is received for `ms`: a slow machine is no fault.
   */
  until<T>(find: () => T | undefined, what: string, ms = SOON_MS): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = find();
        if (found === undefined) return;
        clearTimeout(timer);
        this.#looks.delete(look);
        resolve(found);
      };
      const giveUp = () => {
        const left = this.#heardAt + ms - performance.now();
        if (left > 0) {
          timer = setTimeout(giveUp, left);
          return;
        }
        this.#looks.delete(look);
        const seen = `last frames ${show(this.frames.slice(-3))}${this.end ? `, closed with ${this.end.code}` : ''}`;
        reject(new Mismatch(`${what} within ${ms} ms`, seen));
      };
      let timer = setTimeout(giveUp, ms);
      this.#looks.add(look);
      look();
    });
  }

  /** The first frame of this type that matches and was not returned before. */
  async next(type: string, fits: (frame: Json) => boolean = () => true, ms = SOON_MS): Promise<Json> {
    const find = () => this.frames.find((frame) => frame.type === type && !this.#taken.has(frame) && fits(frame));
    const frame = await this.until(find, type, ms);
    this.#taken.add(frame);
    return frame;
  }

  /** The close code. */
  async closed(ms = SOON_MS): Promise<number> {
    return (await this.until(() => this.end, 'a close', ms)).code;
  }

  /** Objects are sent as JSON, text and bytes as they are. */
  send(frame: unknown): void {
    this.ws.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  /** Sends a message without waiting; returns its id. */
  say(content: string, id: string = randomUUID()): string {
    this.#sent.add(id);
    this.send({ type: 'message.send', id, content });
    return id;
  }

  /** The next answer to the message with this id: `message.created` or `error`. */
  answer(id: string, ms = SOON_MS): Promise<Json> {
    return this.until(
      () => {
        const frame = this.frames.find(
          (one) => !this.#taken.has(one) && ((one.type === 'message.created' && one.id === id) || one.refId === id),
        );
        if (frame) this.#taken.add(frame);
        return frame;
      },
      'an answer to message.send',
      ms,
    );
  }

  /** Sends a message until it is stored, and waits as the server says. @throws Mismatch if it is refused. */
  async post(content: string, id: string = randomUUID()): Promise<Json> {
    for (let wait = 0; ; wait++) {
      const answer = await this.answer(this.say(content, id));
      if (answer.type === 'message.created') return answer;
      if (answer.retryAfterMs === undefined || wait >= RATE_WAITS) throw new Mismatch('message.created', answer);
      await sleep(Math.min(answer.retryAfterMs, 11_000));
    }
  }

  /** All events received, in order. */
  events(): Json[] {
    return this.frames.filter(isEvent);
  }

  /** Closes as a client should, and waits for the server's close. */
  async close(code = 1000): Promise<number> {
    this.ws.close(code);
    return this.closed();
  }

  /** Terminates the connection without a close frame. */
  cut(): void {
    this.#cut = true;
    this.ws.terminate();
  }
}
