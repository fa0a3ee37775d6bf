// The client: one method per operation of the contract, and joinRoom. Holds no state.
import type { operations } from '../generated/http.ts';
import type { WebSocketClass } from './dial.ts';
import { answer, type Http, type HttpOptions, openHttp } from './http.ts';
import type { JoinOptions } from './join_options.ts';
import { type Moderation, moderation } from './moderation.ts';
import { RoomSocket } from './room_socket.ts';
import type {
  AccessToken,
  AccountDeletion,
  Credentials,
  EventPage,
  Health,
  Limits,
  Message,
  MessageEdit,
  MessagePage,
  NewMessage,
  NewRoom,
  NewUser,
  PasswordChange,
  PasswordReset,
  PasswordResetRequest,
  Room,
  RoomList,
  RoomToken,
  Session,
  SessionList,
  User,
} from './schemas.ts';

type Query<Operation extends keyof operations> = NonNullable<operations[Operation]['parameters']['query']>;

export interface ClientOptions extends HttpOptions {
  /** A WebSocket class to use instead of the global one. */
  WebSocket?: WebSocketClass | undefined;
}

/** The last parameter of each call. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
}

export interface EditOptions extends CallOptions {
  /** The `revision` that the edit replaces: if it is no longer current, the call rejects with `stale_revision`. */
  ifMatch?: number | undefined;
}

/** A message with the id of its room, so that a late retry is never stored in a newer room of the same name. */
type NewRoomMessage = NewMessage & Required<Pick<NewMessage, 'roomId'>>;

/** Every method rejects with ProblemError, ConnectionError, or the reason of its signal. */
export interface Client extends Moderation {
  /** The typed fetch client underneath, for what the methods do not return (headers, status codes). */
  readonly http: Http;
  registerUser(body: NewUser, options?: CallOptions): Promise<User>;
  logIn(body: Credentials, options?: CallOptions): Promise<Session>;
  getSession(options?: CallOptions): Promise<Session>;
  logOut(options?: CallOptions): Promise<void>;
  createAccessToken(body: Credentials, options?: CallOptions): Promise<AccessToken>;
  changePassword(body: PasswordChange, options?: CallOptions): Promise<void>;
  deleteAccount(body: AccountDeletion, options?: CallOptions): Promise<void>;
  listSessions(options?: CallOptions): Promise<SessionList>;
  endSession(sessionId: string, options?: CallOptions): Promise<void>;
  endOtherSessions(options?: CallOptions): Promise<void>;
  requestPasswordReset(body: PasswordResetRequest, options?: CallOptions): Promise<void>;
  resetPassword(body: PasswordReset, options?: CallOptions): Promise<void>;
  listRooms(query?: Query<'listRooms'>, options?: CallOptions): Promise<RoomList>;
  createRoom(body: NewRoom, options?: CallOptions): Promise<Room>;
  getRoom(roomName: string, options?: CallOptions): Promise<Room>;
  deleteRoom(roomName: string, options?: CallOptions): Promise<void>;
  listMessages(roomName: string, query?: Query<'listMessages'>, options?: CallOptions): Promise<MessagePage>;
  sendMessage(roomName: string, body: NewRoomMessage, options?: CallOptions): Promise<Message>;
  getMessage(roomName: string, messageId: string, options?: CallOptions): Promise<Message>;
  /** Replaces the text of the user's own message; resolves with the message after the edit. */
  editMessage(roomName: string, messageId: string, body: MessageEdit, options?: EditOptions): Promise<Message>;
  deleteMessage(roomName: string, messageId: string, options?: CallOptions): Promise<void>;
  /** @param emoji one emoji, unencoded: the method percent-encodes it. */
  addReaction(roomName: string, messageId: string, emoji: string, options?: CallOptions): Promise<void>;
  removeReaction(roomName: string, messageId: string, emoji: string, options?: CallOptions): Promise<void>;
  /** A page of the log: the objects that the socket delivers as `event`. */
  listEvents(roomName: string, query?: Query<'listEvents'>, options?: CallOptions): Promise<EventPage>;
  issueRoomToken(roomName: string, options?: CallOptions): Promise<RoomToken>;
  getHealth(options?: CallOptions): Promise<Health>;
  getLimits(options?: CallOptions): Promise<Limits>;
  /** Opens a live room and keeps it open; see RoomSocket. Listeners added in the same tick miss no event. */
  joinRoom(roomName: string, options?: JoinOptions): RoomSocket;
}

/** Creates a client of one server. Sends nothing by itself. @throws TypeError if no `baseUrl` is known. */
export function createClient({ WebSocket, ...options }: ClientOptions = {}): Client {
  const http = openHttp(options);
  const call = (options?: CallOptions) => ({ signal: options?.signal ?? null });
  const room = (roomName: string) => ({ path: { roomName } });
  const message = (roomName: string, messageId: string) => ({ path: { roomName, messageId } });
  const reaction = (roomName: string, messageId: string, emoji: string) => ({ path: { roomName, messageId, emoji } });
  const client: Client = {
    ...moderation(http),
    http,
    registerUser: (body, options) => answer(http.POST('/api/users', { body, ...call(options) })),
    logIn: (body, options) => answer(http.POST('/api/session', { body, ...call(options) })),
    getSession: (options) => answer(http.GET('/api/session', call(options))),
    logOut: (options) => answer<void>(http.DELETE('/api/session', call(options))),
    createAccessToken: (body, options) => answer(http.POST('/api/access-tokens', { body, ...call(options) })),
    changePassword: (body, options) => answer<void>(http.PUT('/api/users/me/password', { body, ...call(options) })),
    deleteAccount: (body, options) => answer<void>(http.POST('/api/users/me/deletion', { body, ...call(options) })),
    listSessions: (options) => answer(http.GET('/api/sessions', call(options))),
    endSession: (sessionId, options) =>
      answer<void>(http.DELETE('/api/sessions/{sessionId}', { params: { path: { sessionId } }, ...call(options) })),
    endOtherSessions: (options) => answer<void>(http.DELETE('/api/sessions', call(options))),
    requestPasswordReset: (body, options) =>
      answer<void>(http.POST('/api/password-resets', { body, ...call(options) })),
    resetPassword: (body, options) => answer<void>(http.PUT('/api/password-resets', { body, ...call(options) })),
    listRooms: (query = {}, options) => answer(http.GET('/api/rooms', { params: { query }, ...call(options) })),
    createRoom: (body, options) => answer(http.POST('/api/rooms', { body, ...call(options) })),
    getRoom: (name, options) => answer(http.GET('/api/rooms/{roomName}', { params: room(name), ...call(options) })),
    deleteRoom: (name, options) =>
      answer<void>(http.DELETE('/api/rooms/{roomName}', { params: room(name), ...call(options) })),
    listMessages: (name, query = {}, options) =>
      answer(http.GET('/api/rooms/{roomName}/messages', { params: { ...room(name), query }, ...call(options) })),
    sendMessage: (name, body, options) =>
      answer(http.POST('/api/rooms/{roomName}/messages', { params: room(name), body, ...call(options) })),
    getMessage: (name, id, options) =>
      answer(http.GET('/api/rooms/{roomName}/messages/{messageId}', { params: message(name, id), ...call(options) })),
    editMessage: (name, id, body, { ifMatch, ...options } = {}) => {
      const header = ifMatch === undefined ? {} : { 'If-Match': `"${ifMatch}"` };
      const params = { ...message(name, id), header };
      return answer(http.PATCH('/api/rooms/{roomName}/messages/{messageId}', { params, body, ...call(options) }));
    },
    deleteMessage: (name, id, options) =>
      answer<void>(
        http.DELETE('/api/rooms/{roomName}/messages/{messageId}', { params: message(name, id), ...call(options) }),
      ),
    addReaction: (name, id, emoji, options) => {
      const params = reaction(name, id, emoji);
      return answer<void>(
        http.PUT('/api/rooms/{roomName}/messages/{messageId}/reactions/{emoji}', { params, ...call(options) }),
      );
    },
    removeReaction: (name, id, emoji, options) => {
      const params = reaction(name, id, emoji);
      return answer<void>(
        http.DELETE('/api/rooms/{roomName}/messages/{messageId}/reactions/{emoji}', { params, ...call(options) }),
      );
    },
    listEvents: (name, query = {}, options) =>
      answer(http.GET('/api/rooms/{roomName}/events', { params: { ...room(name), query }, ...call(options) })),
    issueRoomToken: (name, options) =>
      answer(http.POST('/api/rooms/{roomName}/tokens', { params: room(name), ...call(options) })),
    getHealth: (options) => answer(http.GET('/healthz', call(options))),
    getLimits: (options) => answer(http.GET('/api/limits', call(options))),
    joinRoom(name, join) {
      const issueToken = (signal: AbortSignal) => client.issueRoomToken(name, { signal });
      const getRoom = (signal: AbortSignal) => client.getRoom(name, { signal });
      return new RoomSocket({ issueToken, getRoom }, WebSocket ?? globalThis.WebSocket, join);
    },
  };
  // A compile error when an operation of the contract has no method.
  return client satisfies Record<keyof operations, unknown>;
}
