// Messages from send() until the server says that they are stored. Sends them again, in order, with the same id, after
// every reconnect and after every refusal that may pass. Bounded; knows nothing of sockets.
import { CODE_RULES } from '../generated/client_rules.ts';
import type { Error as ErrorFrame, MessageSend } from '../generated/frames.ts';
import type { SocketErrorCode } from '../generated/problems.ts';
import { contentFault } from './content.ts';
import type { Ending } from './ending.ts';
import { isMessageId, newMessageId } from './message_id.ts';
import { Outgoing } from './outgoing.ts';
import type { MessageCreated } from './schemas.ts';
import { SendPace } from './send_pace.ts';

export interface SendOptions {
  /** A lower-case UUID; a new one unless given. Give the old one to send a message of an earlier run again. */
  id?: string | undefined;
  /** Stops waiting and sending again; what is on its way may still be stored. */
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

  /** @param max how many messages may wait, at the most. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Since when the server owes an answer, in milliseconds of Date.now(). */
  get dueSince(): number | undefined {
    const [first, ...others] = this.#onWire();
    return first === undefined ? undefined : Math.min(first, ...others);
  }

  /** Takes a message in; never throws. The same id and content while it waits is the same message. */
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

  /** The connection is lost, and with it every answer that was to come. */
  detach(): void {
    this.#send = undefined;
    for (const message of this.#waiting.values()) message.sentAt = undefined;
  }

  /**
   * A message was stored. Returns whether it is one of the waiting messages. A resume may deliver another message with
   * the same id: that is no acknowledgement, and ours is refused with id_conflict. A withdrawn text cannot be compared.
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

  /** A frame was refused: a message that may pass later goes out again, any other is rejected. */
  refuse({ code, detail, refId = '', retryAfterMs }: ErrorFrame): void {
    const message = this.#waiting.get(refId);
    if (!message) return;
    // A newer server may have codes that this table does not: nobody knows whether they pass.
    const { retry, stored } = CODE_RULES[code as SocketErrorCode] ?? { retry: 'later', stored: 'unknown' };
    // The server is about to close this connection: all that is not stored goes out on the next one.
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

  /** Rejects all that wait. */
  rejectAll(code: string, retry: 'same-id' | 'never'): void {
    for (const message of this.#waiting.values()) message.reject(code, `The room is closed: ${code}.`, { retry });
    this.#waiting.clear();
  }

  /** Nothing will be sent any more. A room that the user closed can be joined again; what else ends one is final. */
  close(ending: Ending): void {
    this.detach();
    this.#pace.stop();
    this.#ended = ending;
    this.rejectAll(ending.cause, retryAfter(ending));
  }

  /** What the server could not answer by its id, or would close the socket for, is refused here. */
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
    else if (this.#waiting.size >= this.#max) no('queue_full', `${this.#max} messages wait already.`, 'same-id');
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

  /** When each message was sent that the server has not answered on this connection. */
  #onWire(): number[] {
    return [...this.#waiting.values()].flatMap(({ sentAt }) => sentAt ?? []);
  }
}

function retryAfter({ cause }: Ending): 'same-id' | 'never' {
  return cause === 'closed_by_user' ? 'same-id' : 'never';
}
