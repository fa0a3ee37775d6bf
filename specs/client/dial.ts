// One WebSocket, from the upgrade to its close: presents the token and exchanges frames as objects. Never reconnects.
import type { ClientFrame, HandshakeQuery, ServerFrame } from '../generated/frames.ts';
import type { LogEvent, RoomToken } from './schemas.ts';

/** A WebSocket class: the global one, or a compatible one, such as that of the package `ws`. */
export type WebSocketClass = new (url: string, protocols?: never) => SocketLike;

interface SocketLike {
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { code: number }) => void): void;
  send(text: string): void;
  close(code?: number): void;
}

export interface Line {
  send(frame: ClientFrame): void;
  /** Closes the socket; no callback is called after that. */
  hangUp(): void;
}

/** A frame as received. With a `seq` it is an event, possibly of a type that a later version adds. */
export type Received = ServerFrame | LogEvent;

export interface Ears {
  frame(frame: Received): void;
  /** @param opened whether the upgrade had succeeded. */
  closed(code: number, opened: boolean): void;
}

/** Opens a socket to the room that `token` is for. */
export function dial(Socket: WebSocketClass, { url, token }: RoomToken, query: HandshakeQuery, ears: Ears): Line {
  const address = new URL(url);
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
  const socket = new Socket(address.href, credentials(token) as never);
  let opened = false;
  let over = false;
  socket.addEventListener('open', () => {
    opened = true;
  });
  socket.addEventListener('message', ({ data }) => {
    const frame = over ? undefined : parse(data);
    if (frame) ears.frame(frame);
  });
  socket.addEventListener('close', ({ code }) => {
    if (over) return;
    over = true;
    ears.closed(code, opened);
  });
  // The close event that follows carries the outcome; but an 'error' without a listener can end a Node process.
  socket.addEventListener('error', () => {});
  return {
    send: (frame) => socket.send(JSON.stringify(frame)),
    hangUp() {
      over = true;
      socket.close(1000);
    },
  };
}

/**
 * Browsers can only set subprotocols, and they send the page's Origin. Programs send no Origin, and without one the
 * server accepts a token only in Authorization; Node, Bun, Deno and `ws` all accept headers here. A client that offers
 * `chat.v1` gets a close code when the server is full.
 */
function credentials(token: string): string[] | { protocols: string[]; headers: Record<string, string> } {
  if (globalThis.location) return ['chat.v1', `bearer.${token}`];
  return { protocols: ['chat.v1'], headers: { authorization: `Bearer ${token}` } };
}

function parse(data: unknown): Received | undefined {
  try {
    const frame = JSON.parse(data as string) as Received | null;
    return typeof frame?.type === 'string' ? frame : undefined;
  } catch {
    return undefined;
  }
}
