// The events that a room emits. Shapes that cross the wire come from the contract.
import type { ErrorFrame, RoomJoined } from '../generated/frames.ts';
import type { Ending } from './ending.ts';
import type { LogEvent, MessageCreated, RoomEvent } from './schemas.ts';

export type RoomState = 'connecting' | 'open' | 'waiting' | 'closed';

export interface RoomEvents {
  /** The room was joined, at first or again. `continuous: false`: events are missing, load the history again. */
  joined: RoomJoined & { continuous: boolean };
  /** An event of the log, for applyEvent: each once, in order of seq, including unknown types (see isRoomEvent). */
  event: RoomEvent | LogEvent;
  /** A message was stored: each once, right after its `event`. `content` is absent when the text was withdrawn meanwhile. */
  message: MessageCreated;
  /** Users joined or left. The lists may be truncated; the count is exact. */
  presence: { joined: string[]; left: string[]; memberCount: number };
  /** All users who are typing now. */
  typing: { usernames: string[] };
  /** The server refused a frame. For a message, the outcome is in its `stored` promise. */
  refused: ErrorFrame;
  /** The state changed. `waiting` has the time until the next attempt, in milliseconds, and the cause. */
  state: { state: RoomState; retryInMs?: number; cause?: string };
  /** The room is closed for good: there is no further attempt. */
  closed: Pick<Ending, 'code' | 'cause' | 'client'>;
}
