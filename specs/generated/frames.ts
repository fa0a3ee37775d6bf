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
 * The text of a message: 1 to 4,000 characters (Unicode code points), at least one of them visible, without U+0000 and without unpaired surrogates. Stored and delivered as it came.
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
  | Error;
/**
 * A lower-case UUID made by the server (RFC 9562).
 */
export type Uuid = string;
/**
 * The number of an event in its room: 1, 2, 3 … without a gap (0 stands before the first). At most 2^53 - 1.
 */
export type Seq = number;
/**
 * A moment, RFC 3339 in UTC with milliseconds, as the database's clock had it.
 */
export type Timestamp = string;
/**
 * What was wrong with a frame, for programs. Each code is explained in the list of problem codes, /docs/problems.
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
 * Store and deliver a message.
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
 * The socket is in the room. After it follow: resumed, every seq above `after`; otherwise every seq above lastSeq.
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
   * Who one is here.
   */
  username: string;
  /**
   * Where this stream begins when it is not resumed. It may lie a little below the newest event: one that was stored a moment before may follow.
   */
  lastSeq: Seq;
  /**
   * Whether the stream continues at the cursor.
   */
  resumed: boolean;
  /**
   * Usernames of distinct users here, oneself included; at most 100 are named.
   *
   * Items: A username.
   */
  members: string[];
  /**
   * How many distinct users are here.
   */
  memberCount: number;
}
/**
 * A message was stored. It has its `content`, or, when that text was edited or deleted meanwhile, `supersededBy`.
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
   * The id its sender chose.
   */
  id: string;
  /**
   * The text.
   */
  content?: string;
  /**
   * The seq of the event that withdrew this text, an edit or the deletion. Present instead of `content`.
   */
  supersededBy?: Seq;
}
/**
 * The text of a message was replaced. It has the new `content`, or, when that text was edited or deleted meanwhile, `supersededBy`.
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
   * The seq of the event that withdrew this text, an edit or the deletion. Present instead of `content`.
   */
  supersededBy?: Seq;
}
/**
 * A message was deleted, by its author or by the owner of the room. Its text and its reactions are gone.
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
 * A user took a reaction back.
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
 * Who came and who went since the last such frame; the lists name at most 50 each, the count is exact.
 */
export interface PresenceChanged {
  /**
   * The frame's type.
   */
  type: 'presence.changed';
  /**
   * Usernames that came.
   *
   * Items: A username.
   */
  joined: string[];
  /**
   * Usernames that went.
   *
   * Items: A username.
   */
  left: string[];
  /**
   * How many distinct users are here now.
   */
  memberCount: number;
}
/**
 * All users that are typing now, at most 10 are named.
 */
export interface TypingChanged {
  /**
   * The frame's type.
   */
  type: 'typing.changed';
  /**
   * Usernames, one's own included.
   *
   * Items: A username.
   */
  usernames: string[];
}
/**
 * The room was deleted; close 4502 follows.
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
export interface Error {
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
   * The id of the message refused.
   */
  refId?: string;
  /**
   * When to send it again, in milliseconds from now; after `rate_limited` one place is free then.
   */
  retryAfterMs?: number;
}
/**
 * A persistent change in a room. The events of a room are one log: numbered 1, 2, 3 … without a gap, in one order for everybody, kept as long as the room. Every object with a `seq` is an event and advances the cursor, also one whose `type` a client does not know: later versions add types.
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
 * The cursor of a resume; both or neither, except that `after=0` may stand alone.
 */
export interface HandshakeQuery {
  /**
   * The seq of the last event handled; every later one follows. `0` may stand alone and gives the whole log. Digits only.
   */
  after?: string;
  /**
   * The `roomId` the cursor belongs to. Never without `after`.
   */
  roomId?: string;
}
