// Holds messages from send() until the server confirms that they are stored. Sends them again, in order, with the same
// id, after every reconnect and every temporary refusal. Bounded; does not know sockets.
import { CODE_RULES } from '../generated/client_rules.ts';
import type { ErrorFrame, MessageSend } from '../generated/frames.ts';
import type { SocketErrorCode } from '../generated/problems.ts';
import { contentFault } from './content.ts';
import type { Ending } from './ending.ts';
import { isMessageId, newMessageId } from './message_id.ts';
import { Outgoing } from './outgoing.ts';
import type { MessageCreated } from './schemas.ts';
import { SendPace } from './send_pace.ts';

export interface SendOptions {
  /** A lower-case UUID, by default a new one. Pass the old id to send a message of an earlier run again. */
  id?: string | undefined;
  /** Stops waiting and resending; a message that was sent already may still be stored. */
  signal?: AbortSignal | undefined;
}

export interface Sent {
  id: string;
  /** Resolves with the message.created event, over any number of reconnects; rejects with SendError. */
  stored: Promise<MessageCreated>;
}

export class SendQueue {
  readonly #max: number;
  readonly #waiting = new Map<string, Outgoing>();
  readonly #pace = new SendPace(() => this.#flush());
  #send: ((frame: MessageSend) => void) | undefined;
  #username: string | undefined;
  #ended: Ending | undefined;

  /** @param max the maximum number of waiting messages. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Since when an answer of the server is due, in milliseconds of Date.now(); undefined: none is. */
  get dueSince(): number | undefined {
    const [first, ...others] = this.#onWire();
    return first === undefined ? undefined : Math.min(first, ...others);
  }

  /** Adds a message; never throws. The id and content of a waiting message return that message. */
  add(content: string, { id = newMessageId(), signal }: SendOptions = {}): Sent {
    const waiting = this.#waiting.get(id);
    if (waiting?.frame.content === content) return { id, stored: waiting.stored };
    const message = new Outgoing(id, content, signal, () => {
      this.#waiting.delete(id);
      message.reject('aborted', 'The signal aborted.', { retry: 'same-id', cause: signal?.reason });
      this.#flush();
    });
    if (this.#admits(message, signal)) {
      this.#waiting.set(id, message);
      this.#flush();
    }
    return { id, stored: message.stored };
  }

  /** The room is open for `username`: sends every unacknowledged message, in order. */
  attach(username: string, send: (frame: MessageSend) => void): void {
    this.#username = username;
    this.#send = send;
    this.#flush();
  }

  /** Call when the connection is lost: no answer can arrive on it any more. */
  detach(): void {
    this.#send = undefined;
    for (const message of this.#waiting.values()) message.sentAt = undefined;
  }

  /**
   * Call when a message was stored. Returns whether it is one of the waiting messages. A resume may deliver another
   * message with the same id: it does not acknowledge ours, which gets id_conflict. A withdrawn text is not compared.
   */
  accept(stored: MessageCreated): boolean {
    const message = this.#waiting.get(stored.id);
    if (!message || stored.username !== this.#username) return false;
    if (stored.content !== undefined && stored.content !== message.frame.content) return false;
    this.#waiting.delete(stored.id);
    message.resolve(stored);
    this.#pace.accepted();
    this.#flush();
    return true;
  }

  /** Call when the server refused a frame: after a temporary refusal it is sent again, after any other rejected. */
  refuse({ code, detail, refId = '', retryAfterMs }: ErrorFrame): void {
    const message = this.#waiting.get(refId);
    if (!message) return;
    // A newer server may send codes that this table does not have: whether a retry helps is unknown.
    const { retry, stored } = CODE_RULES[code as SocketErrorCode] ?? { retry: 'later', stored: 'unknown' };
    // The server is about to close this connection: everything that is not stored is sent on the next one.
    if (code === 'unavailable') this.detach();
    else if (retry === 'same-id') {
      message.sentAt = undefined;
      this.#pace.refused(retryAfterMs);
    } else {
      this.#waiting.delete(refId);
      message.reject(code, detail, { retry, stored });
      this.#flush();
    }
  }

  /** Rejects all waiting messages. */
  rejectAll(code: string, retry: 'same-id' | 'never'): void {
    for (const message of this.#waiting.values()) message.reject(code, `The room is closed: ${code}.`, { retry });
    this.#waiting.clear();
  }

  /** Stops sending for good. After closed_by_user the room can be joined again; every other ending is final. */
  close(ending: Ending): void {
    this.detach();
    this.#pace.stop();
    this.#ended = ending;
    this.rejectAll(ending.cause, retryAfter(ending));
  }

  /** Rejects here what the server could not answer by its id, or would close the socket for. */
  #admits(message: Outgoing, signal?: AbortSignal): boolean {
    const { id, content } = message.frame;
    const no = (code: string, detail: string, retry: 'same-id' | 'never', cause?: unknown) =>
      message.reject(code, detail, { retry, cause });
    const fault = contentFault(content);
    if (signal?.aborted) no('aborted', 'The signal aborted.', 'same-id', signal.reason);
    else if (this.#ended) no(this.#ended.cause, 'The room is closed.', retryAfter(this.#ended));
    else if (!isMessageId(id)) no('invalid_frame', 'The id is not a lower-case UUID.', 'never');
    else if (fault) no('invalid_frame', fault, 'never');
    else if (this.#waiting.has(id)) no('id_conflict', 'Another message with this id is waiting.', 'never');
    else if (this.#waiting.size >= this.#max) no('queue_full', `${this.#max} messages are already waiting.`, 'same-id');
    else return true;
    return false;
  }

  #flush(): void {
    if (!this.#send || this.#pace.paused) return;
    let unanswered = this.#onWire().length;
    for (const message of this.#waiting.values()) {
      if (unanswered >= this.#pace.window) return;
      if (message.sentAt !== undefined) continue;
      message.sentAt = Date.now();
      message.tried = true;
      unanswered++;
      this.#send(message.frame);
    }
  }

  /** When each message was sent that is not answered on this connection. */
  #onWire(): number[] {
    return [...this.#waiting.values()].flatMap(({ sentAt }) => sentAt ?? []);
  }
}

function retryAfter({ cause }: Ending): 'same-id' | 'never' {
  return cause === 'closed_by_user' ? 'same-id' : 'never';
}
