// One message from send() until its end: its promise, and how far it got.
import type { MessageSend } from '../generated/frames.ts';
import type { MessageCreated } from './schemas.ts';
import { SendError, type Why } from './send_error.ts';

export class Outgoing {
  readonly frame: MessageSend;
  readonly stored: Promise<MessageCreated>;
  resolve!: (event: MessageCreated) => void;
  #reject!: (error: SendError) => void;
  /** When it was sent on the connection there is now, in milliseconds of Date.now(), while it is not answered. */
  sentAt: number | undefined;
  /** Sent at least once, on any connection. */
  tried = false;

  /** @param signal what makes `abort` be called, until the message is settled. */
  constructor(id: string, content: string, signal?: AbortSignal, abort = () => {}) {
    this.frame = { type: 'message.send', id, content };
    this.stored = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.#reject = reject;
    });
    signal?.addEventListener('abort', abort);
    const settled = () => signal?.removeEventListener('abort', abort);
    // Also why a promise that nobody waits for is no unhandled rejection.
    this.stored.then(settled, settled);
  }

  /** Unless `why` knows it, a message that was never sent is not stored; of any other that is unknown. */
  reject(code: SendError['code'], detail: string, why: Omit<Why, 'stored'> & Partial<Pick<Why, 'stored'>>): void {
    this.#reject(new SendError(code, detail, { stored: this.tried ? 'unknown' : 'no', ...why }));
  }
}
