// A wire: a proxy for the internal API between a chat replica and a website that a test can make faulty. Forwards each
// call unchanged unless `fault` is set.
import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { closeServer, listen } from '@parlance/service/listen.ts';

export interface WireCall {
  method: string;
  /** Without `/internal` and the query: `/messages`, `/rooms/compare`, `/changes`, `/jwks`, `/rooms/{id}` … */
  path: string;
  body: Buffer;
}

export interface WireAnswer {
  status: number;
  body: Buffer | string;
}

/** Answers a call instead of the website, or changes its answer; `cut` breaks the connection. */
export type Fault = (call: WireCall, forward: () => Promise<WireAnswer>) => Promise<WireAnswer | 'cut'>;

export interface Wire {
  url: string;
  /** The URL of the website; may change at any time. */
  target: string;
  /** Applies to every call that begins from now on. */
  fault: Fault | undefined;
  /** `METHOD /path` of every call so far. */
  readonly calls: string[];
  /** How many connections were made so far. */
  connections: number;
  /** Breaks every connection, and every new one until up(). */
  down(): void;
  up(): void;
  stop(): Promise<void>;
}

export async function startWire(target: string): Promise<Wire> {
  const agent = new Agent({ keepAlive: true });
  const sockets = new Set<Socket>();
  let cut = false;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const path = (request.url ?? '').replace('/internal', '').split('?')[0]!;
    const call = { method: request.method!, path, body: Buffer.concat(chunks) };
    wire.calls.push(`${call.method} ${path}`);
    const forward = () => passOn(wire.target, agent, request, response, call.body);
    const answer = await (wire.fault ?? ((_call, pass) => pass()))(call, forward).catch(() => 'cut' as const);
    if (answer === 'cut') return void request.socket.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  });
  server.on('connection', (socket: Socket) => {
    wire.connections += 1;
    if (cut) return void socket.destroy();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  const port = await listen(server, 0, '127.0.0.1');
  const down = () => {
    cut = true;
    for (const socket of sockets) socket.destroy();
  };
  const wire: Wire = {
    url: `http://127.0.0.1:${port}`,
    target,
    fault: undefined,
    calls: [],
    connections: 0,
    down,
    up: () => {
      cut = false;
    },
    stop: async () => {
      down();
      agent.destroy();
      await closeServer(server, 0);
    },
  };
  return wire;
}

/** Forwards a call. Rejects when the website does not answer; aborts when the caller disconnects. */
function passOn(
  target: string,
  agent: Agent,
  { method, url, headers }: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const onward = httpRequest(`${target}${url}`, { method, agent, headers }, async (answer) => {
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of answer) chunks.push(chunk);
        resolve({ status: answer.statusCode!, body: Buffer.concat(chunks) });
      } catch (error) {
        reject(error);
      }
    });
    onward.once('error', reject);
    response.once('close', () => onward.destroy());
    onward.end(body);
  });
}
