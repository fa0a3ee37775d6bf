// One message from send() until it is settled: its promise, and whether it was sent.
import type { MessageSend } from '../generated/frames.ts';
import type { MessageCreated } from './schemas.ts';
import { SendError, type Why } from './send_error.ts';

export class Outgoing {
  readonly frame: MessageSend;
  readonly stored: Promise<MessageCreated>;
  resolve!: (event: MessageCreated) => void;
  #reject!: (error: SendError) => void;
  /** When it was sent on the current connection, in milliseconds of Date.now(), while it is not answered. */
  sentAt: number | undefined;
  /** Whether it was sent at least once, on any connection. */
  tried = false;

  /** @param signal calls `abort` when it aborts, until the message is settled. */
  constructor(id: string, content: string, signal?: AbortSignal, abort = () => {}) {
    this.frame = { type: 'message.send', id, content };
    this.stored = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.#reject = reject;
    });
    signal?.addEventListener('abort', abort);
    const settled = () => signal?.removeEventListener('abort', abort);
    // Also marks a rejection as handled, for callers that ignore the promise.
    this.stored.then(settled, settled);
  }

  /** Unless `why` gives `stored`, it is 'no' for a message that was never sent and 'unknown' for any other. */
  reject(code: SendError['code'], detail: string, why: Omit<Why, 'stored'> & Partial<Pick<Why, 'stored'>>): void {
    this.#reject(new SendError(code, detail, { stored: this.tried ? 'unknown' : 'no', ...why }));
  }
}
