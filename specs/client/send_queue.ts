// Messages from send() until the server says that they are stored. Sends them again, in order, with the same id, after
// every reconnect and after every refusal that may pass. Bounded; knows nothing of sockets.
import type { Error as ErrorFrame, Message, MessageSend } from '../generated/frames.ts';
import { LIMITS } from '../generated/limits.ts';
import { SOCKET_ERRORS } from '../generated/problems.ts';
import { backoff } from './backoff.ts';
import type { Ending } from './ending.ts';
import { countCharacters, isMessageId, newMessageId } from './message_id.ts';
import { SendError } from './send_error.ts';

export interface SendOptions {
  /** A lower-case UUID; a new one unless given. Give the old one to send a message of an earlier run again. */
  id?: string;
  /** Stops waiting and sending again; what is on its way may still be stored. */
  signal?: AbortSignal;
}

export interface Sent {
  id: string;
  /** Resolves with the stored message, over any number of reconnects; rejects with SendError. */
  stored: Promise<Message>;
}

interface Entry extends Sent {
  content: string;
  /** Sent on the connection there is now, and not answered yet. */
  onWire: boolean;
  /** Sent at least once, on any connection. */
  tried: boolean;
  resolve(message: Message): void;
  reject(error: SendError): void;
}

export class SendQueue {
  readonly #max: number;
  readonly #entries = new Map<string, Entry>();
  #send: ((frame: MessageSend) => void) | undefined;
  #ended: Ending | undefined;
  #refusals = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pausedUntil = 0;
  /** How many may be unanswered. After a refusal one, doubled by each answer: what is refused is not sent in bulk again. */
  #window: number = LIMITS.unansweredMax;

  /** @param max how many messages may wait, at the most. */
  constructor(max: number) {
    this.#max = max;
  }

  add(content: string, { id = newMessageId(), signal }: SendOptions = {}): Sent {
    const waiting = this.#entries.get(id);
    if (waiting && waiting.content === content) return { id, stored: waiting.stored };
    const entry = { id, content, onWire: false, tried: false } as Entry;
    entry.stored = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
    // Nobody has to wait for it: an answer that nobody hears is no unhandled rejection.
    entry.stored.catch(() => {});
    const obstacle = this.#obstacle(entry, signal);
    if (obstacle) {
      entry.reject(obstacle);
    } else {
      this.#entries.set(id, entry);
      const abort = () =>
        this.#reject(entry, 'aborted', 'The signal aborted.', { retry: 'same-id', cause: signal?.reason });
      signal?.addEventListener('abort', abort);
      const forget = () => signal?.removeEventListener('abort', abort);
      entry.stored.then(forget, forget);
      this.#flush();
    }
    return { id, stored: entry.stored };
  }

  /** The room is open: everything unanswered goes out, in order. */
  attach(send: (frame: MessageSend) => void): void {
    this.#send = send;
    this.#flush();
  }

  /** The connection is lost, and with it every answer that was to come. */
  detach(): void {
    this.#send = undefined;
    for (const entry of this.#entries.values()) entry.onWire = false;
  }

  /** A message was stored; answers whether one was waiting for that. */
  accept(message: Message): boolean {
    const entry = this.#entries.get(message.id);
    if (!entry) return false;
    this.#entries.delete(message.id);
    this.#refusals = 0;
    this.#window = Math.min(this.#window * 2, LIMITS.unansweredMax);
    entry.resolve(message);
    this.#flush();
    return true;
  }

  /** A frame was refused: what may pass is sent again when the server said, or with backoff. */
  refuse({ code, detail, refId, retryAfterMs }: ErrorFrame): void {
    const entry = refId === undefined ? undefined : this.#entries.get(refId);
    if (!entry) return;
    const known = SOCKET_ERRORS[code] ?? { retry: 'later', stored: 'unknown' };
    if (known.retry !== 'same-id') {
      this.#reject(entry, code, detail, known);
      this.#flush();
      return;
    }
    entry.onWire = false;
    this.#window = 1;
    if (!this.#timer) this.#refusals++;
    const wait = retryAfterMs === undefined ? backoff(this.#refusals) : retryAfterMs + backoff(0);
    this.#pauseUntil(Date.now() + wait);
  }

  /** Nothing will be sent any more. */
  close(ending: Ending): void {
    this.detach();
    this.#ended = ending;
    clearTimeout(this.#timer);
    for (const entry of this.#entries.values()) {
      this.#reject(entry, ending.cause, `The room is closed: ${ending.cause}.`, retryAfter(ending));
    }
  }

  #obstacle({ id, content }: Entry, signal?: AbortSignal): SendError | undefined {
    const no = (code: SendError['code'], detail: string, retry: SendError['retry'] = 'never') =>
      new SendError(code, detail, { retry, stored: 'no', cause: signal?.reason });
    const { contentMax } = LIMITS;
    if (signal?.aborted) return no('aborted', 'The signal aborted.', 'same-id');
    if (this.#ended)
      return no(this.#ended.cause, `The room is closed: ${this.#ended.cause}.`, retryAfter(this.#ended).retry);
    // What the server could not answer by id, or would close the socket for, is refused here.
    if (!isMessageId(id)) return no('invalid_frame', 'The id is not a lower-case UUID.');
    if (countCharacters(content) > contentMax) return no('invalid_frame', `More than ${contentMax} characters.`);
    if (this.#entries.has(id)) return no('id_conflict', 'Another message with this id is waiting.');
    if (this.#entries.size >= this.#max)
      return no('queue_full', `${this.#max} messages are waiting already.`, 'same-id');
    return undefined;
  }

  #flush(): void {
    if (!this.#send || this.#timer) return;
    let unanswered = 0;
    for (const entry of this.#entries.values()) if (entry.onWire) unanswered++;
    for (const entry of this.#entries.values()) {
      if (unanswered >= this.#window) return;
      if (entry.onWire) continue;
      entry.onWire = entry.tried = true;
      unanswered++;
      this.#send({ type: 'message.send', id: entry.id, content: entry.content });
    }
  }

  #pauseUntil(time: number): void {
    if (time <= this.#pausedUntil) return;
    this.#pausedUntil = time;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, time - Date.now());
  }

  #reject(
    entry: Entry,
    code: SendError['code'],
    detail: string,
    why: { retry: SendError['retry']; stored?: SendError['stored']; cause?: unknown },
  ) {
    this.#entries.delete(entry.id);
    entry.reject(new SendError(code, detail, { stored: entry.tried ? 'unknown' : 'no', ...why }));
  }
}

/** A room that the user closed can be joined again; what the server ended, or the client broke, stays so. */
function retryAfter({ cause }: Ending): { retry: SendError['retry'] } {
  return { retry: cause === 'closed_by_user' ? 'same-id' : 'never' };
}
