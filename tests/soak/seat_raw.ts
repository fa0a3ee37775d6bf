// A seat on a plain WebSocket, written from the contract alone, so that a fault in the SDK cannot hide one in the server.
// Reconnects after a fraction of a second, without backoff.
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { type Answer, call } from '../people.ts';
import type { LoggedEvent } from './ledger.ts';
import { type Outcome, Seat } from './seat.ts';

export interface RawWay {
  token: string;
  /** Return the website and the chat to use; called for each attempt. */
  websiteUrl(): string;
  chatUrl(): string;
}

interface Waiting {
  content: string;
  attempts: number;
  settle(outcome: Outcome): void;
}

/** Pause between two attempts, ms, times a random factor of 0.5 to 1.5. */
const AGAIN_MS = 400;
/** A socket that receives nothing for this time is closed: these rooms always have messages, and the server pings. */
const SILENCE_MS = 8_000;
const ATTEMPT_MS = 10_000;
/** How long a room token is reused; it is valid for 60 s. */
const TOKEN_MS = 45_000;
/** Close codes after which the seat does not reconnect. */
const FINAL = [4501, 4502, 4503];
/** Error codes that refuse a message finally. After any other code it is sent again. */
const REFUSED_FOR_GOOD = ['session_ended', 'room_gone', 'banned', 'id_conflict', 'invalid_frame'];

export class RawSeat extends Seat {
  readonly #way: RawWay;
  readonly #waiting = new Map<string, Waiting>();
  /** By message id: answers to resends, with a seq up to the cursor, that this connection may still deliver. */
  readonly #repeats = new Map<string, number>();
  #ws: WebSocket | undefined;
  #left = false;
  #heardAt = 0;
  #token = { text: '', until: 0 };

  /** @param after as in SdkSeat. */
  constructor(way: RawWay, after: number | undefined, ...seat: ConstructorParameters<typeof Seat>) {
    super(...seat);
    this.#way = way;
    if (after !== undefined) this.cursor = after;
    void this.#stay();
  }

  get isOpen(): boolean {
    return this.#ws !== undefined;
  }

  leave(): void {
    this.#left = true;
    this.#ws?.terminate();
    this.#finish(1000, 'closed_by_user');
  }

  protected deliver(id: string, content: string): Promise<Outcome> {
    return new Promise((settle) => {
      if (this.ending) return settle({ refused: this.ending.cause, stored: 'no' });
      const message = { content, attempts: 0, settle };
      this.#waiting.set(id, message);
      this.#send(id, message);
    });
  }

  async #stay(): Promise<void> {
    while (!this.#left && !this.ending) {
      const final = await this.#attempt().catch(() => undefined);
      this.#ws = undefined;
      this.troubles += 1;
      if (final) return this.#finish(final.code, final.cause);
      await sleep(AGAIN_MS * (0.5 + Math.random()));
    }
  }

  /** Runs one connection until it ends. Resolves with the ending if it is final. */
  async #attempt(): Promise<{ code: number; cause: string } | undefined> {
    if (Date.now() > this.#token.until) {
      const answer = await this.#issueToken();
      if ([401, 404].includes(answer.status)) return { code: answer.status, cause: answer.body.code };
      this.trouble = `its token was answered with ${answer.status}`;
      if (answer.status !== 201) return undefined;
      this.#token = { text: answer.body.token, until: Date.now() + TOKEN_MS };
    }
    const { id, name } = this.ledger;
    const from = this.cursor === undefined ? '' : `?after=${this.cursor}&roomId=${id}`;
    const ws = new WebSocket(`${this.#way.chatUrl()}/ws/${encodeURIComponent(name)}${from}`, {
      headers: { authorization: `Bearer ${this.#token.text}` },
      handshakeTimeout: ATTEMPT_MS,
    });
    const heard = () => {
      this.#heardAt = performance.now();
    };
    heard();
    const watch = setInterval(() => performance.now() - this.#heardAt > SILENCE_MS && ws.terminate(), 1_000);
    try {
      return await new Promise((resolve) => {
        ws.on('error', () => undefined);
        ws.on('ping', heard);
        ws.on('unexpected-response', (request, response) => {
          const { statusCode: code = 0 } = response;
          request.destroy();
          this.trouble = `refused with ${code}`;
          // The token is no longer valid. The request for a new one shows whether the session or the room has ended.
          if (code === 401 || code === 404) this.#token.until = 0;
          resolve(undefined);
        });
        ws.on('message', (data) => {
          if (this.#left) return;
          heard();
          this.#take(JSON.parse(String(data)), ws);
        });
        ws.on('close', (code) => {
          this.trouble = `closed with ${code}`;
          resolve(FINAL.includes(code) ? { code, cause: `close_${code}` } : undefined);
        });
      });
    } finally {
      clearInterval(watch);
    }
  }

  #issueToken(): Promise<Answer> {
    const path = `/api/rooms/${encodeURIComponent(this.ledger.name)}/tokens`;
    const asked = call(this.#way.websiteUrl(), 'POST', path, { token: this.#way.token });
    return Promise.race([
      asked,
      sleep(ATTEMPT_MS, undefined, { ref: false }).then(() => Promise.reject(new Error('no answer'))),
    ]);
  }

  #take(
    frame: LoggedEvent & { lastSeq: number; resumed: boolean; code: string; refId?: string; retryAfterMs?: number },
    ws: WebSocket,
  ): void {
    if (frame.type === 'room.joined') {
      this.#ws = ws;
      this.#repeats.clear();
      this.joined(frame.lastSeq, frame.resumed);
      for (const [id, message] of this.#waiting) this.#send(id, message);
    } else if (frame.type === 'error') this.#refused(frame.code, frame.refId ?? '', frame.retryAfterMs ?? 500);
    else if (typeof frame.seq === 'number') {
      const message = frame.type === 'message.created' ? this.#waiting.get(frame.id!) : undefined;
      if (this.#isRepeat(frame)) this.guarded(() => this.ledger.observe(frame, this.username));
      else this.received(frame);
      if (!message || frame.username !== this.username) return;
      this.#waiting.delete(frame.id!);
      message.settle({ event: frame });
    }
  }

  /** Only the answer to a resend may have a seq up to the cursor. It arrives once per resend. */
  #isRepeat({ id = '', seq }: LoggedEvent): boolean {
    const left = this.#repeats.get(id) ?? 0;
    if (left === 0 || seq > (this.cursor ?? 0)) return false;
    this.#repeats.set(id, left - 1);
    return true;
  }

  #send(id: string, message: Waiting): void {
    if (this.#ws?.readyState !== WebSocket.OPEN) return;
    message.attempts += 1;
    if (message.attempts > 1) this.#repeats.set(id, (this.#repeats.get(id) ?? 0) + 1);
    this.#ws.send(JSON.stringify({ type: 'message.send', id, content: message.content }));
  }

  #refused(code: string, id: string, waitMs: number): void {
    this.troubles += 1;
    const message = this.#waiting.get(id);
    if (!message) return;
    if (REFUSED_FOR_GOOD.includes(code)) {
      this.#waiting.delete(id);
      message.settle({ refused: code, stored: 'no' });
    } else setTimeout(() => this.#waiting.has(id) && this.#send(id, message), waitMs).unref();
  }

  #finish(code: number, cause: string): void {
    for (const [id, { settle, attempts }] of this.#waiting) {
      this.#waiting.delete(id);
      settle({ refused: cause, stored: attempts === 0 ? 'no' : 'unknown' });
    }
    this.end(code, cause);
  }
}
