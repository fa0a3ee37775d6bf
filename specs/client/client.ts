// The client: one method per operation of the contract, and the way into a room. Holds no state.
import type { components, operations } from '../generated/http.ts';
import type { WebSocketClass } from './dial.ts';
import { answer, type Http, type HttpOptions, openHttp } from './http.ts';
import { type JoinOptions, RoomSocket } from './room_socket.ts';

type Schemas = components['schemas'];
type Query<Operation extends keyof operations> = NonNullable<operations[Operation]['parameters']['query']>;

export interface ClientOptions extends HttpOptions {
  /** Another WebSocket implementation than the global one. */
  WebSocket?: WebSocketClass;
}

/** What each call takes last. */
export interface CallOptions {
  signal?: AbortSignal;
}

/** Every method rejects with ProblemError, ConnectionError, or the reason of its signal. */
export interface Client {
  /** The typed fetch client underneath, for what the methods do not offer (headers, status codes). */
  readonly http: Http;
  registerUser(body: Schemas['NewUser'], options?: CallOptions): Promise<Schemas['User']>;
  logIn(body: Schemas['Credentials'], options?: CallOptions): Promise<Schemas['Session']>;
  getSession(options?: CallOptions): Promise<Schemas['Session']>;
  logOut(options?: CallOptions): Promise<void>;
  createAccessToken(body: Schemas['Credentials'], options?: CallOptions): Promise<Schemas['AccessToken']>;
  listRooms(query?: Query<'listRooms'>, options?: CallOptions): Promise<Schemas['RoomList']>;
  createRoom(body: Schemas['NewRoom'], options?: CallOptions): Promise<Schemas['Room']>;
  getRoom(roomName: string, options?: CallOptions): Promise<Schemas['Room']>;
  deleteRoom(roomName: string, options?: CallOptions): Promise<void>;
  listMessages(roomName: string, query?: Query<'listMessages'>, options?: CallOptions): Promise<Schemas['MessagePage']>;
  sendMessage(roomName: string, body: Schemas['NewMessage'], options?: CallOptions): Promise<Schemas['Message']>;
  issueRoomToken(roomName: string, options?: CallOptions): Promise<Schemas['RoomToken']>;
  getHealth(options?: CallOptions): Promise<Schemas['Health']>;
  /** Opens a live room and keeps it open; see RoomSocket. Listeners added in the same tick miss nothing. */
  joinRoom(roomName: string, options?: JoinOptions): RoomSocket;
}

/** A client of one server. Opens nothing by itself. @throws TypeError when no `baseUrl` is known. */
export function createClient(options: ClientOptions = {}): Client {
  const http = openHttp(options);
  const room = (roomName: string) => ({ path: { roomName } });
  const client: Client = {
    http,
    registerUser: (body, call) => answer(http.POST('/api/users', { body, ...call })),
    logIn: (body, call) => answer(http.POST('/api/session', { body, ...call })),
    getSession: (call) => answer(http.GET('/api/session', { ...call })),
    logOut: (call) => answer<void>(http.DELETE('/api/session', { ...call })),
    createAccessToken: (body, call) => answer(http.POST('/api/access-tokens', { body, ...call })),
    listRooms: (query = {}, call) => answer(http.GET('/api/rooms', { params: { query }, ...call })),
    createRoom: (body, call) => answer(http.POST('/api/rooms', { body, ...call })),
    getRoom: (name, call) => answer(http.GET('/api/rooms/{roomName}', { params: room(name), ...call })),
    deleteRoom: (name, call) => answer<void>(http.DELETE('/api/rooms/{roomName}', { params: room(name), ...call })),
    listMessages: (name, query = {}, call) =>
      answer(http.GET('/api/rooms/{roomName}/messages', { params: { ...room(name), query }, ...call })),
    sendMessage: (name, body, call) =>
      answer(http.POST('/api/rooms/{roomName}/messages', { params: room(name), body, ...call })),
    issueRoomToken: (name, call) => answer(http.POST('/api/rooms/{roomName}/tokens', { params: room(name), ...call })),
    getHealth: (call) => answer(http.GET('/healthz', { ...call })),
    joinRoom: (name, join) =>
      new RoomSocket(
        (signal) => client.issueRoomToken(name, { signal }),
        options.WebSocket ?? globalThis.WebSocket,
        join,
      ),
  };
  return client;
}
