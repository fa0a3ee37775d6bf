// The options of joinRoom, and the calls that a room needs from its client.
import type { IssueToken } from './room_token.ts';
import type { Room } from './schemas.ts';

export interface JoinOptions {
  /** The seq of the last event handled, or `asOf` of a page: every later event follows. Above 0 requires `roomId`. */
  after?: number | undefined;
  /** The room that `after` belongs to: `roomId` of listMessages or of `joined`. */
  roomId?: string | undefined;
  /** Closes the room. */
  signal?: AbortSignal | undefined;
  /** How many messages may wait to be stored, by default 64; one more is rejected at once. */
  queueMax?: number | undefined;
  /**
   * How long the server may be silent while a message waits for its answer, in milliseconds, by default 20,000. After
   * that the connection counts as dead. After three times that without a frame, an HTTP request checks for missed
   * events. Infinity disables both.
   */
  silenceMs?: number | undefined;
}

export interface RoomCalls {
  issueToken: IssueToken;
  getRoom(signal: AbortSignal): Promise<Room>;
}
