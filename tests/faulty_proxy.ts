// An HTTP and WebSocket proxy that forwards everything unchanged except for the given betrayals (violations of the
// contract). Never changes what a client sends over a socket. Does not know the tests that must find the betrayals.
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CLOSE, type Frame, framed, parser, TEXT } from './websocket_frames.ts';
import { leaveUnheard } from './wiretap.ts';

// biome-ignore lint/suspicious/noExplicitAny: bodies and frames are whatever the server sent
type Json = any;

export interface Asked {
  method: string;
  /** With the query. */
  url: string;
  headers: NodeJS.Dict<string | string[]>;
  body: Buffer;
}

export interface Answered {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: Buffer;
}

/** Each hook may change its argument or return something else; an absent hook changes nothing. */
export interface Betrayal {
  /** Changes a request to the server, also an upgrade. */
  request?(asked: Asked): void;
  /** Changes the answer of the server. */
  answer?(answered: Answered, asked: Asked): void;
  /** Called once per socket. The function that it returns maps a frame of the server to the frames for the client. */
  frames?(): (frame: Json) => Json[];
  /** The close code for the client; null ends the connection without a close frame, undefined keeps it open. */
  close?(code: number): number | null | undefined;
}

export interface FaultyProxy {
  url: string;
  stop(): Promise<void>;
}

/** Headers of one connection, which the proxy sets itself. */
const OWN = ['connection', 'keep-alive', 'transfer-encoding', 'content-length'];

/** Listens on a free port of 127.0.0.1 in front of `target`, with all the betrayals at once. */
export async function startFaultyProxy(target: string, betrayals: readonly Betrayal[]): Promise<FaultyProxy> {
  const sockets = new Set<Duplex>();

  const pass = async (incoming: IncomingMessage, response: ServerResponse) => {
    const asked = await read(incoming);
    for (const { request } of betrayals) request?.(asked);
    const upstream = ask(target, {
      // A kept-alive connection fails if the server closes it at the same moment.
      agent: false,
      method: asked.method,
      path: asked.url,
      headers: without(asked.headers, OWN),
    });
    upstream.on('error', () => response.destroy());
    upstream.on('response', async (answer) => {
      const answered: Answered = {
        status: answer.statusCode ?? 0,
        headers: answer.headers,
        body: await bodyOf(answer),
      };
      for (const betrayal of betrayals) betrayal.answer?.(answered, asked);
      response.writeHead(answered.status, defined(without(answered.headers, OWN))).end(answered.body);
    });
    if (asked.body.length > 0) upstream.setHeader('content-length', asked.body.length);
    upstream.end(asked.body);
  };

  const upgrade = (incoming: IncomingMessage, client: Duplex) => {
    const asked: Asked = { method: 'GET', url: incoming.url ?? '', headers: incoming.headers, body: Buffer.alloc(0) };
    for (const { request } of betrayals) request?.(asked);
    const upstream = ask(target, { agent: false, path: asked.url, headers: defined(asked.headers) });
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
    upstream.on('response', async (answer) => {
      const answered: Answered = {
        status: answer.statusCode ?? 0,
        headers: answer.headers,
        body: await bodyOf(answer),
      };
      for (const betrayal of betrayals) betrayal.answer?.(answered, asked);
      const length = { 'content-length': String(answered.body.length) };
      client.end(
        Buffer.concat([head(answered.status, { ...without(answered.headers, OWN), ...length }), answered.body]),
      );
    });
    upstream.on('upgrade', (answer, server, first) => {
      for (const socket of [client, server]) sockets.add(socket);
      client.write(head(101, answer.headers));
      relay(server, client, first, betrayals);
    });
    upstream.end();
  };

  const server = createServer({ maxHeaderSize: 262_144 }, (request, response) => void pass(request, response));
  leaveUnheard(server);
  server.on('upgrade', upgrade);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Forwards the bytes of the client unchanged, and the frames of the server one by one. */
function relay(server: Socket, client: Duplex, first: Buffer, betrayals: readonly Betrayal[]): void {
  const tamper = betrayals.flatMap(({ frames }) => (frames ? [frames()] : []));
  let stays = false;
  const take = ({ opcode, payload }: Frame) => {
    if (opcode === TEXT) {
      const frames = tamper.reduce<Json[]>((before, change) => before.flatMap(change), [JSON.parse(String(payload))]);
      for (const frame of frames) client.write(framed(TEXT, Buffer.from(JSON.stringify(frame))));
    } else if (opcode === CLOSE && payload.length >= 2) {
      const code = betrayals.reduce<number | null | undefined>(
        (before, { close }) => (close && before ? close(before) : before),
        payload.readUInt16BE(),
      );
      stays = code === undefined;
      if (code) client.write(framed(CLOSE, Buffer.from([code >> 8, code & 255])));
    } else client.write(framed(opcode, payload));
  };
  const parse = parser(take);
  parse(first);
  server.on('data', parse);
  server.on('error', () => client.destroy()).on('close', () => stays || client.end());
  client.on('error', () => server.destroy()).on('close', () => server.destroy());
  client.pipe(server);
}

const read = async (message: IncomingMessage): Promise<Asked> => ({
  method: message.method ?? '',
  url: message.url ?? '',
  headers: message.headers,
  body: await bodyOf(message),
});

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const without = (headers: Answered['headers'], names: readonly string[]) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));

const defined = (headers: Answered['headers']) =>
  Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));

const head = (status: number, headers: Answered['headers']) =>
  Buffer.from(
    [
      `HTTP/1.1 ${status} -`,
      ...Object.entries(headers).flatMap(([name, value]) => [value ?? []].flat().map((one) => `${name}: ${one}`)),
      '\r\n',
    ].join('\r\n'),
  );
