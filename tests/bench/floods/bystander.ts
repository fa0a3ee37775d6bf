// A user at an address outside the flood: sends messages over a socket, reads over HTTP and joins rooms, each at a fixed
// rate. It never waits for the previous answer, so a server that stalls delays every request of that time.
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import WebSocket from 'ws';

const FROM = '127.0.0.2';
const PASSWORD = 'a long enough password';
const EVERY_MS = { message: 30, read: 30, join: 500 } as const;
/** A request that has no answer after this time has failed. */
const PATIENCE_MS = 10_000;

export interface Bystanding {
  /** Latencies from request to answer, in ms. */
  message: number[];
  read: number[];
  join: number[];
  /** Number of refused, disconnected or unanswered requests, by reason. */
  failures: Record<string, number>;
}

interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the wire's JSON
  body: any;
}

export class Bystander {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #room = `Bystander ${randomUUID().slice(0, 8)}`;
  #token = '';
  #socket: WebSocket | undefined;
  readonly #waiting = new Map<string, (failure?: string) => void>();

  constructor(url: string) {
    this.#url = url;
  }

  /** Registers, creates a room and joins it. */
  async start(): Promise<void> {
    const name = `by-${randomUUID().slice(0, 8)}`;
    const credentials = { email: `${name}@example.org`, password: PASSWORD };
    await this.#call('POST', '/api/users', { ...credentials, username: name });
    this.#token = (await this.#call('POST', '/api/access-tokens', credentials)).body.accessToken;
    await this.#call('POST', '/api/rooms', { name: this.#room });
    this.#socket = await this.#join();
    this.#socket.on('message', (data) => {
      const frame = JSON.parse(String(data));
      const id = frame.type === 'error' ? frame.refId : frame.id;
      this.#waiting.get(id)?.(frame.type === 'error' ? frame.code : undefined);
    });
    this.#socket.on('close', (code) => {
      for (const answered of this.#waiting.values()) answered(`closed with ${code}`);
    });
  }

  /** Resolves when every request that began within `seconds` was answered or has failed. */
  async watch(seconds: number): Promise<Bystanding> {
    const seen: Bystanding = { message: [], read: [], join: [], failures: {} };
    const acts = { message: () => this.#say(), read: () => this.#read(), join: () => this.#visit() };
    const begun: Promise<void>[] = [];
    const timed = async (kind: keyof typeof acts) => {
      const began = performance.now();
      try {
        await within(acts[kind]());
        seen[kind].push(performance.now() - began);
      } catch (error) {
        const failure = `${kind}: ${error instanceof Error ? error.message : error}`;
        seen.failures[failure] = (seen.failures[failure] ?? 0) + 1;
      }
    };
    const timers = (Object.keys(acts) as (keyof typeof acts)[]).map((kind) =>
      setInterval(() => void begun.push(timed(kind)), EVERY_MS[kind]),
    );
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    for (const timer of timers) clearInterval(timer);
    await Promise.all(begun);
    return seen;
  }

  #say(): Promise<void> {
    const id = randomUUID();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (failure) => {
        this.#waiting.delete(id);
        if (failure === undefined) resolve();
        else reject(new Error(failure));
      });
      this.#socket!.send(JSON.stringify({ type: 'message.send', id, content: 'Is anybody there?' }));
    });
  }

  async #read(): Promise<void> {
    const { status, body } = await this.#call('GET', `/api/rooms/${encodeURIComponent(this.#room)}/messages?limit=10`);
    if (status !== 200) throw new Error(`${status} ${body.code}`);
  }

  async #visit(): Promise<void> {
    (await this.#join()).close();
  }

  async #join(): Promise<WebSocket> {
    const path = encodeURIComponent(this.#room);
    const { status, body } = await this.#call('POST', `/api/rooms/${path}/tokens`);
    if (status !== 201) throw new Error(`${status} ${body.code}`);
    const headers = { authorization: `Bearer ${body.token}` };
    const ws = new WebSocket(`${this.#url.replace('http', 'ws')}/ws/${path}`, { headers, localAddress: FROM });
    return new Promise((resolve, reject) => {
      ws.once('message', () => resolve(ws));
      ws.on('error', reject);
      ws.once('close', (code) => reject(new Error(`closed with ${code}`)));
    });
  }

  #call(method: string, path: string, body?: object): Promise<Answer> {
    const text = body && JSON.stringify(body);
    const headers = {
      ...(this.#token ? { authorization: `Bearer ${this.#token}` } : {}),
      ...(text ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } : {}),
    };
    return new Promise((resolve, reject) => {
      const options = { method, headers, agent: this.#agent, localAddress: FROM };
      const asked = request(this.#url + path, options, (response) => {
        let received = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          received += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode!, body: received ? JSON.parse(received) : undefined }),
        );
        response.on('error', reject);
      });
      asked.on('error', reject).end(text);
    });
  }
}

function within(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${PATIENCE_MS / 1_000} s`)), PATIENCE_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
