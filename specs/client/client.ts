// The client: one method per operation of the contract, and the way into a room. Holds no state.
import type { operations } from '../generated/http.ts';
import type { WebSocketClass } from './dial.ts';
import { answer, type Http, type HttpOptions, openHttp } from './http.ts';
import type { JoinOptions } from './join_options.ts';
import { RoomSocket } from './room_socket.ts';
import type {
  AccessToken,
  Credentials,
  Health,
  Message,
  MessagePage,
  NewMessage,
  NewRoom,
  NewUser,
  Room,
  RoomList,
  RoomToken,
  Session,
  User,
} from './schemas.ts';

type Query<Operation extends keyof operations> = NonNullable<operations[Operation]['parameters']['query']>;

export interface ClientOptions extends HttpOptions {
  /** Another WebSocket implementation than the global one. */
  WebSocket?: WebSocketClass | undefined;
}

/** What each call takes last. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** Every method rejects with ProblemError, ConnectionError, or the reason of its signal. */
export interface Client {
  /** The typed fetch client underneath, for what the methods do not offer (headers, status codes). */
  readonly http: Http;
  registerUser(body: NewUser, options?: CallOptions): Promise<User>;
  logIn(body: Credentials, options?: CallOptions): Promise<Session>;
  getSession(options?: CallOptions): Promise<Session>;
  logOut(options?: CallOptions): Promise<void>;
  createAccessToken(body: Credentials, options?: CallOptions): Promise<AccessToken>;
  listRooms(query?: Query<'listRooms'>, options?: CallOptions): Promise<RoomList>;
  createRoom(body: NewRoom, options?: CallOptions): Promise<Room>;
  getRoom(roomName: string, options?: CallOptions): Promise<Room>;
  deleteRoom(roomName: string, options?: CallOptions): Promise<void>;
  listMessages(roomName: string, query?: Query<'listMessages'>, options?: CallOptions): Promise<MessagePage>;
  sendMessage(roomName: string, body: NewMessage, options?: CallOptions): Promise<Message>;
  issueRoomToken(roomName: string, options?: CallOptions): Promise<RoomToken>;
  getHealth(options?: CallOptions): Promise<Health>;
  /** Opens a live room and keeps it open; see RoomSocket. Listeners added in the same tick miss nothing. */
  joinRoom(roomName: string, options?: JoinOptions): RoomSocket;
}

/** A client of one server. Opens nothing by itself. @throws TypeError when no `baseUrl` is known. */
export function createClient({ WebSocket, ...options }: ClientOptions = {}): Client {
  const http = openHttp(options);
  const call = (options?: CallOptions) => ({ signal: options?.signal ?? null });
  const room = (roomName: string) => ({ path: { roomName } });
  const client: Client = {
    http,
    registerUser: (body, options) => answer(http.POST('/api/users', { body, ...call(options) })),
    logIn: (body, options) => answer(http.POST('/api/session', { body, ...call(options) })),
    getSession: (options) => answer(http.GET('/api/session', call(options))),
    logOut: (options) => answer<void>(http.DELETE('/api/session', call(options))),
    createAccessToken: (body, options) => answer(http.POST('/api/access-tokens', { body, ...call(options) })),
    listRooms: (query = {}, options) => answer(http.GET('/api/rooms', { params: { query }, ...call(options) })),
    createRoom: (body, options) => answer(http.POST('/api/rooms', { body, ...call(options) })),
    getRoom: (name, options) => answer(http.GET('/api/rooms/{roomName}', { params: room(name), ...call(options) })),
    deleteRoom: (name, options) =>
      answer<void>(http.DELETE('/api/rooms/{roomName}', { params: room(name), ...call(options) })),
    listMessages: (name, query = {}, options) =>
      answer(http.GET('/api/rooms/{roomName}/messages', { params: { ...room(name), query }, ...call(options) })),
    sendMessage: (name, body, options) =>
      answer(http.POST('/api/rooms/{roomName}/messages', { params: room(name), body, ...call(options) })),
    issueRoomToken: (name, options) =>
      answer(http.POST('/api/rooms/{roomName}/tokens', { params: room(name), ...call(options) })),
    getHealth: (options) => answer(http.GET('/healthz', call(options))),
    joinRoom(name, join) {
      const issueToken = (signal: AbortSignal) => client.issueRoomToken(name, { signal });
      const getRoom = (signal: AbortSignal) => client.getRoom(name, { signal });
      return new RoomSocket({ issueToken, getRoom }, WebSocket ?? globalThis.WebSocket, join);
    },
  };
  return client;
}
