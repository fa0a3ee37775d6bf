// How a room is joined: what a program may ask for, and what the room needs from the client that opens it.
import type { IssueToken } from './room_token.ts';
import type { Room } from './schemas.ts';

export interface JoinOptions {
  /** The seq of the last event handled, or `asOf` of a page: every later event follows. Above 0 needs `roomId`. */
  after?: number | undefined;
  /** The room that `after` belongs to: `roomId` of listMessages or of `joined`. */
  roomId?: string | undefined;
  /** Closes the room. */
  signal?: AbortSignal | undefined;
  /** How many messages may wait to be stored, 64 unless given; a send beyond is rejected at once. */
  queueMax?: number | undefined;
  /**
   * How long the server may be silent while a message waits for its answer, in milliseconds, 20,000 unless given: then
   * the connection counts as dead. After three times that without a frame, an HTTP request checks for missed events.
   * Infinity: it is never doubted.
   */
  silenceMs?: number | undefined;
}

export interface RoomCalls {
  issueToken: IssueToken;
  getRoom(signal: AbortSignal): Promise<Room>;
}
