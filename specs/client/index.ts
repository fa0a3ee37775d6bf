// The public API of the package; everything else in this folder is private. Wire types are those of the contract.

export { CLOSE_CODES, type CloseCode } from '../generated/close_codes.ts';
export type { ErrorFrame, RoomJoined } from '../generated/frames.ts';
export type { components, operations, paths } from '../generated/http.ts';
export { LIMITS } from '../generated/limits.ts';
export { PROBLEMS, type ProblemCode, SOCKET_ERRORS, type SocketErrorCode } from '../generated/problems.ts';
export { type CallOptions, type Client, type ClientOptions, createClient, type EditOptions } from './client.ts';
export { countCharacters } from './content.ts';
export { applyEvent, applyEvents, mergePage, type Timeline } from './fold.ts';
export type { JoinOptions } from './join_options.ts';
export { isRoomEvent } from './log_event.ts';
export { newMessageId } from './message_id.ts';
export { ConnectionError, ProblemError } from './problem.ts';
export type { RoomEvents, RoomState } from './room_events.ts';
export type { RoomSocket } from './room_socket.ts';
export type * from './schemas.ts';
export { SendError } from './send_error.ts';
export type { SendOptions, Sent } from './send_queue.ts';
