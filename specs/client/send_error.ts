// The error of a message that waiting longer does not store.
import type { SocketErrorCode } from '../generated/problems.ts';
import type { Retry, Stored } from './problem.ts';

export interface Why {
  retry: Retry;
  stored: Stored;
  cause?: unknown;
}

/** `stored: unknown` with `retry: same-id`: it may be stored. Sending it again with its id is safe, over HTTP too. */
export class SendError extends Error {
  override readonly name = 'SendError';
  /** A code of the contract, `queue_full`, `aborted`, or the `cause` with which the room closed. */
  readonly code: SocketErrorCode | 'queue_full' | 'aborted' | 'closed_by_user' | (string & {});
  readonly retry: Retry;
  readonly stored: Stored;

  constructor(code: SendError['code'], detail: string, { retry, stored, ...options }: Why) {
    super(detail, options);
    this.code = code;
    this.retry = retry;
    this.stored = stored;
  }
}
