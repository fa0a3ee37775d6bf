// generated, do not edit: npm run generate
/**
 * A frame from the client.
 */
export type ClientFrame = MessageSend | TypingStart;
/**
 * The id of a message, chosen by its sender: a lower-case UUID of any version (RFC 9562). Sending the same id again in the same room never stores a second message.
 */
export type MessageId = string;
/**
 * The text of a message: 1 to 4,000 characters (Unicode code points), at least one of them visible, without U+0000 and without unpaired surrogates. It is stored and delivered unchanged.
 */
export type Content = string;
/**
 * A frame from the server.
 */
export type ServerFrame =
  | RoomJoined
  | MessageCreated
  | MessageEdited
  | MessageDeleted
  | ReactionAdded
  | ReactionRemoved
  | PresenceChanged
  | TypingChanged
  | RoomDeleted
  | ErrorFrame;
/**
 * A lower-case UUID made by the server (RFC 9562).
 */
export type Uuid = string;
/**
 * The number of an event in its room: 1, 2, 3 … without a gap. 0 is the position before the first event. At most 2^53 - 1.
 */
export type Seq = number;
/**
 * A time (RFC 3339) in UTC with milliseconds, from the database's clock.
 */
export type Timestamp = string;
/**
 * The code of an `error` frame. The list of problem codes, /docs/problems, explains each code.
 */
export type SocketErrorCode =
  | 'invalid_json'
  | 'banned'
  | 'id_conflict'
  | 'rate_limited'
  | 'internal_error'
  | 'store_unavailable'
  | 'invalid_frame'
  | 'outbox_full'
  | 'room_gone'
  | 'session_ended'
  | 'unavailable'
  | (string & {});

/**
 * A message to store and deliver.
 */
export interface MessageSend {
  /**
   * The frame's type.
   */
  type: 'message.send';
  id: MessageId;
  content: Content;
}
/**
 * The user is typing.
 */
export interface TypingStart {
  /**
   * The frame's type.
   */
  type: 'typing.start';
}
/**
 * The socket is in the room. The next events are those with a seq above `after` if the socket was resumed, or above lastSeq if not.
 */
export interface RoomJoined {
  /**
   * The frame's type.
   */
  type: 'room.joined';
  roomId: Uuid;
  /**
   * The name, as created.
   */
  room: string;
  /**
   * The user of this socket.
   */
  username: string;
  /**
   * Where the stream begins if the socket was not resumed. It can be slightly below the newest event, so an event that was stored a moment earlier can still follow.
   */
  lastSeq: Seq;
  /**
   * Whether the stream continues at the cursor.
   */
  resumed: boolean;
  /**
   * The distinct users in the room, the user of this socket included. At most 100 are named.
   *
   * Items: A username.
   */
  members: string[];
  /**
   * The number of distinct users in the room.
   */
  memberCount: number;
}
/**
 * A message was stored. The event has the `content`, or `supersededBy` if the text has since been edited or deleted.
 */
export interface MessageCreated {
  /**
   * The event's type.
   */
  type: 'message.created';
  seq: Seq;
  roomId: Uuid;
  /**
   * The name of the room, as created.
   */
  room: string;
  /**
   * The user who made the change.
   */
  username: string;
  timestamp: Timestamp;
  /**
   * The id that the sender chose.
   */
  id: string;
  /**
   * The text.
   */
  content?: string;
  /**
   * The seq of the event that withdrew this text, an edit or a deletion. Present instead of `content`.
   */
  supersededBy?: Seq;
}
/**
 * The text of a message was replaced. The event has the new `content`, or `supersededBy` if that text has since been edited or deleted.
 */
export interface MessageEdited {
  /**
   * The event's type.
   */
  type: 'message.edited';
  seq: Seq;
  roomId: Uuid;
  /**
   * The name of the room, as created.
   */
  room: string;
  /**
   * The user who made the change.
   */
  username: string;
  timestamp: Timestamp;
  /**
   * The id of the message.
   */
  messageId: string;
  /**
   * The new text.
   */
  content?: string;
  /**
   * The seq of the event that withdrew this text, an edit or a deletion. Present instead of `content`.
   */
  supersededBy?: Seq;
}
/**
 * A message was deleted, by its author, the owner of the room or an administrator. Its text and its reactions are removed.
 */
export interface MessageDeleted {
  /**
   * The event's type.
   */
  type: 'message.deleted';
  seq: Seq;
  roomId: Uuid;
  /**
   * The name of the room, as created.
   */
  room: string;
  /**
   * The user who made the change.
   */
  username: string;
  timestamp: Timestamp;
  /**
   * The id of the message.
   */
  messageId: string;
}
/**
 * A user reacted to a message with an emoji.
 */
export interface ReactionAdded {
  /**
   * The event's type.
   */
  type: 'reaction.added';
  seq: Seq;
  roomId: Uuid;
  /**
   * The name of the room, as created.
   */
  room: string;
  /**
   * The user who made the change.
   */
  username: string;
  timestamp: Timestamp;
  /**
   * The id of the message.
   */
  messageId: string;
  /**
   * The emoji.
   */
  emoji: string;
}
/**
 * A user removed a reaction.
 */
export interface ReactionRemoved {
  /**
   * The event's type.
   */
  type: 'reaction.removed';
  seq: Seq;
  roomId: Uuid;
  /**
   * The name of the room, as created.
   */
  room: string;
  /**
   * The user who made the change.
   */
  username: string;
  timestamp: Timestamp;
  /**
   * The id of the message.
   */
  messageId: string;
  /**
   * The emoji.
   */
  emoji: string;
}
/**
 * The users who joined and left since the last such frame. Each list has at most 50 names. The count is exact.
 */
export interface PresenceChanged {
  /**
   * The frame's type.
   */
  type: 'presence.changed';
  /**
   * The users who joined.
   *
   * Items: A username.
   */
  joined: string[];
  /**
   * The users who left.
   *
   * Items: A username.
   */
  left: string[];
  /**
   * The number of distinct users in the room now.
   */
  memberCount: number;
}
/**
 * All users who are typing now. At most 10 are named.
 */
export interface TypingChanged {
  /**
   * The frame's type.
   */
  type: 'typing.changed';
  /**
   * The users who are typing, the user of this socket included.
   *
   * Items: A username.
   */
  usernames: string[];
}
/**
 * The room was deleted. The socket is then closed with 4502.
 */
export interface RoomDeleted {
  /**
   * The frame's type.
   */
  type: 'room.deleted';
}
/**
 * A frame was refused.
 */
export interface ErrorFrame {
  /**
   * The frame's type.
   */
  type: 'error';
  code: SocketErrorCode;
  /**
   * What happened this time, for people.
   */
  detail: string;
  /**
   * Where in the frame (JSON pointer, RFC 6901).
   */
  pointer?: string;
  /**
   * The id of the refused message.
   */
  refId?: string;
  /**
   * How long to wait before sending it again, in milliseconds. After `rate_limited`, one more message is accepted then.
   */
  retryAfterMs?: number;
}
/**
 * A persistent change in a room. The events of a room are one log: numbered 1, 2, 3 … without a gap, in the same order for every client, and kept as long as the room exists. Every object with a `seq` is an event and advances the cursor, even if the client does not know its `type`: later versions add types.
 */
export interface LogEvent {
  /**
   * The kind of change.
   */
  type: string;
  seq: Seq;
  roomId: Uuid;
  /**
   * The name of the room, as created.
   */
  room: string;
  /**
   * The user who made the change.
   */
  username: string;
  timestamp: Timestamp;
}
/**
 * The cursor of a resume. Send both parameters or neither, except that `after=0` can be sent alone.
 */
export interface HandshakeQuery {
  /**
   * The seq of the last event that the client handled. Every later event follows. `0` can be sent alone and returns the whole log. Digits only.
   */
  after?: string;
  /**
   * The `roomId` that the cursor belongs to. Never without `after`.
   */
  roomId?: string;
}
