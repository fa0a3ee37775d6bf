// Users for the tests that speak the raw protocol: HTTP by fetch, sockets by ws. Uses no code of the product, so that a
// fault in the SDK cannot hide one in the server.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import WebSocket from 'ws';

// biome-ignore lint/suspicious/noExplicitAny: answers are whatever the wire says; tests assert on them
export type Json = any;

export interface Answer {
  status: number;
  headers: Headers;
  body: Json;
}

/** Sends one HTTP request; parses the body of the answer if it is JSON. */
export async function call(
  url: string,
  method: string,
  path: string,
  options: { body?: unknown; token?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const raw = typeof options.body === 'string' || options.body instanceof Uint8Array;
  const answer = await fetch(url + path, {
    method,
    headers: {
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...options.headers,
    },
    redirect: 'manual',
    ...(options.body === undefined ? {} : { body: (raw ? options.body : JSON.stringify(options.body)) as string }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json') ?? false;
  return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
}

export const PASSWORD = 'a long enough password';

export interface Person {
  username: string;
  email: string;
  /** The access token. */
  token: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  createRoom(name?: string): Promise<Json>;
  /** A room token, by the room's name. */
  roomToken(room: string): Promise<string>;
  /** Opens a socket; `query` is e.g. `?after=3&roomId=…`. Resolves when room.joined is received. */
  join(room: string, query?: string, socketUrl?: string): Promise<Socket>;
}

/** Registers a user and issues an access token. */
export async function person(url: string, name = `user-${randomUUID().slice(0, 8)}`): Promise<Person> {
  const email = `${name}@example.org`;
  const registered = await call(url, 'POST', '/api/users', { body: { email, username: name, password: PASSWORD } });
  assert.equal(registered.status, 201, JSON.stringify(registered.body));
  const { body } = await call(url, 'POST', '/api/access-tokens', { body: { email, password: PASSWORD } });
  const token: string = body.accessToken;
  const self: Person = {
    username: name,
    email,
    token,
    call: (method, path, body, headers = {}) => call(url, method, path, { body, token, headers }),
    createRoom: async (room = `Room ${randomUUID().slice(0, 8)}`) => {
      const answer = await self.call('POST', '/api/rooms', { name: room });
      assert.equal(answer.status, 201, JSON.stringify(answer.body));
      return answer.body;
    },
    roomToken: async (room) => {
      const answer = await self.call('POST', `/api/rooms/${encodeURIComponent(room)}/tokens`);
      assert.equal(answer.status, 201, JSON.stringify(answer.body));
      return answer.body.token;
    },
    join: async (room, query = '', socketUrl = url.replace(/^http/, 'ws')) => {
      const roomToken = await self.roomToken(room);
      return enter(`${socketUrl}/ws/${encodeURIComponent(room)}${query}`, roomToken);
    },
  };
  return self;
}

export interface Socket {
  ws: WebSocket;
  /** Every frame so far, in the order received. */
  frames: Json[];
  send(frame: unknown): void;
  /** Sends a message; returns its id at once. */
  say(content: string, id?: string): string;
  /** The first frame, past or future, of this type that fits and was not returned before; rejects after `ms`. */
  next(type: string, fits?: (frame: Json) => boolean, ms?: number): Promise<Json>;
  /** The close code, past or future; rejects after `ms`. */
  closed(ms?: number): Promise<number>;
  /** The seq of every message.created so far. */
  seqs(): number[];
  close(): Promise<void>;
}

/** Opens a socket with the token in `Authorization`; rejects with `Refused` when the upgrade is refused. */
export async function openSocket(
  url: string,
  token?: string,
  options: { protocols?: string[]; headers?: Record<string, string>; options?: WebSocket.ClientOptions } = {},
): Promise<Socket> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const ws = new WebSocket(url, options.protocols ?? [], {
    ...options.options,
    headers: { ...authorization, ...options.headers },
  });
  const frames: Json[] = [];
  const taken = new Set<Json>();
  let code: number | undefined;
  const waiting = new Set<() => void>();
  const changed = () => {
    for (const look of [...waiting]) look();
  };
  ws.on('message', (data) => {
    frames.push(JSON.parse(String(data)));
    changed();
  });
  ws.on('close', (closed) => {
    code = closed;
    changed();
  });
  const until = <T>(find: () => T | undefined, ms: number, what: string) =>
    new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(look);
        reject(
          new Error(
            `${what} was not received within ${ms} ms; frames: ${JSON.stringify(frames.slice(-5)).slice(0, 2_000)}, closed: ${code}`,
          ),
        );
      }, ms);
      const look = () => {
        const found = find();
        if (found === undefined) return;
        clearTimeout(timer);
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  await new Promise<void>((resolve, reject) => {
    ws.once('open', resolve);
    ws.on('error', reject);
    ws.on('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => reject(new Refused(response.statusCode ?? 0, JSON.parse(text), response.headers)));
    });
  });
  const socket: Socket = {
    ws,
    frames,
    send: (frame) => ws.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    say: (content, id = randomUUID()) => {
      socket.send({ type: 'message.send', id, content });
      return id;
    },
    next: async (type, fits = () => true, ms = 5_000) => {
      const find = () => frames.find((frame) => frame.type === type && !taken.has(frame) && fits(frame));
      const frame = await until(find, ms, type);
      taken.add(frame);
      return frame;
    },
    closed: (ms = 5_000) => until(() => code, ms, 'a close'),
    seqs: () => frames.filter((frame) => frame.type === 'message.created').map((frame) => frame.seq),
    close: async () => {
      ws.close();
      await socket.closed();
    },
  };
  return socket;
}

/**
 * Opens a socket and waits for room.joined. Retries a refusal with 503 for 10 s, because chat accepts no sockets after a
 * stall of the machine; tests of that refusal call openSocket.
 */
export async function enter(url: string, token: string): Promise<Socket> {
  for (const deadline = performance.now() + 10_000; ; await sleep(50)) {
    try {
      const socket = await openSocket(url, token);
      await socket.next('room.joined');
      return socket;
    } catch (error) {
      if (!(error instanceof Refused && error.status === 503) || performance.now() > deadline) throw error;
    }
  }
}

/** An upgrade that was refused with problem details. */
export class Refused extends Error {
  readonly status: number;
  readonly problem: Json;
  readonly headers: NodeJS.Dict<string | string[]>;

  constructor(status: number, problem: Json, headers: NodeJS.Dict<string | string[]>) {
    super(`refused with ${status} ${problem.code}`);
    this.status = status;
    this.problem = problem;
    this.headers = headers;
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
