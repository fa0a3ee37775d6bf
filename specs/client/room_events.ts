// What a room tells its listeners. Shapes that cross the wire come from the contract.
import type { Error as ErrorFrame, RoomJoined } from '../generated/frames.ts';
import type { Ending } from './ending.ts';
import type { LogEvent, MessageCreated, RoomEvent } from './schemas.ts';

export type RoomState = 'connecting' | 'open' | 'waiting' | 'closed';

export interface RoomEvents {
  /** In the room, at first and after each reconnect. `continuous: false`: there is a gap, load the history again. */
  joined: RoomJoined & { continuous: boolean };
  /** An event of the log, for applyEvent: each once, in order of seq, including unknown types (see isRoomEvent). */
  event: RoomEvent | LogEvent;
  /** A message was stored: each once, right after its `event`. `content` is absent when the text was withdrawn meanwhile. */
  message: MessageCreated;
  /** Who came and went; the lists may be cut, the count is exact. */
  presence: { joined: string[]; left: string[]; memberCount: number };
  /** Everybody who is typing now. */
  typing: { usernames: string[] };
  /** The server refused a frame. For a message its `stored` promise says what comes of it. */
  refused: ErrorFrame;
  /** `waiting` says in how many milliseconds it tries again and what happened. */
  state: { state: RoomState; retryInMs?: number; cause?: string };
  /** It is over; nothing is tried any more. */
  closed: Pick<Ending, 'code' | 'cause' | 'client'>;
}
