// Intercepts the HTTP servers of a test process: checks each public answer and each frame of the server against the
// published contract, and notes what it sees for the coverage report. `npm test` loads it first.
import { appendFileSync, mkdirSync } from 'node:fs';
import { type IncomingMessage, Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { validateClientFrame, validateProblem, validateServerFrame } from '@parlance/specs/validators.js';
import * as ws from 'ws';
import { faultOf, internalOperationOf, operationOf } from './contract.ts';

const directory = process.env.CONTRACT_COVERAGE;
const seen = new Set<string>();
const unheard = new WeakSet<Server>();

/** Notes that something of the contract happened, for the coverage report. */
export function note(what: string): void {
  if (!directory || seen.has(what)) return;
  seen.add(what);
  mkdirSync(directory, { recursive: true });
  appendFileSync(join(directory, `${process.pid}.txt`), `${what}\n`);
}

/** Excludes a server that violates the contract on purpose. */
export const leaveUnheard = (server: Server): void => void unheard.add(server);

/** A violation of the contract fails the test file. */
function betrayed(what: string): void {
  console.error(`OFF-SPEC ON THE WIRE: ${what}`);
  process.exitCode = 1;
}

const { emit } = Server.prototype;
Server.prototype.emit = function (this: Server, event: string | symbol, ...parts: unknown[]): boolean {
  if (!unheard.has(this)) {
    if (event === 'request') hearRequest(parts[0] as IncomingMessage, parts[1] as ServerResponse);
    if (event === 'upgrade') hearUpgrade(parts[0] as IncomingMessage, parts[1] as Socket, parts[2] as Buffer);
  }
  return (emit as (...parts: unknown[]) => boolean).call(this, event, ...parts);
};

function hearRequest(request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '').split('?')[0]!;
  const { method = 'GET', headers } = request;
  if (path.startsWith('/internal/')) return hearInternal(method, path, response);
  if (!/^\/(api|healthz|ws)(\/|$)/.test(path)) return;
  const chunks: Buffer[] = [];
  for (const name of ['write', 'end'] as const) {
    const original = response[name] as (...parts: unknown[]) => unknown;
    response[name] = ((...parts: unknown[]) => {
      const [chunk] = parts;
      if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk as string));
      return original.apply(response, parts);
    }) as never;
  }
  // getHeader does not always return a header that was passed to writeHead.
  let declared: string | undefined;
  const { writeHead } = response;
  response.writeHead = ((...parts: unknown[]) => {
    const given = Object.entries((parts.at(-1) ?? {}) as Record<string, string>);
    declared = given.find(([name]) => name.toLowerCase() === 'content-type')?.[1];
    return (writeHead as (...parts: unknown[]) => ServerResponse).apply(response, parts);
  }) as never;
  response.once('finish', () => {
    const mediaType = String(declared ?? response.getHeader('content-type') ?? '').split(';')[0]!;
    const text = Buffer.concat(chunks).toString();
    const body: unknown = mediaType.endsWith('json') && text ? JSON.parse(text) : text || undefined;
    const { statusCode: status } = response;
    const code = (body as { code?: string } | undefined)?.code;
    if (code) note(`code ${code}`);
    if (method === 'OPTIONS' && status === 204) return;
    if (path.startsWith('/ws')) return method === 'HEAD' ? undefined : hearRefusal(status, body);
    const operation = operationOf(method, path);
    if (!operation) {
      const refused = (REFUSALS_OF_ANY.has(status) || status >= 500) && validateProblem(body);
      if (!refused && method !== 'HEAD')
        betrayed(`${method} ${path}, which the contract does not know, got ${status} ${text}`);
      return;
    }
    const fault = method === 'HEAD' ? undefined : faultOf(operation, status, mediaType, body);
    if (fault) betrayed(`${fault}: ${text.slice(0, 300)}`);
    note(`answer ${operation.operationId} ${status}${code ? ` ${code}` : ''}`);
    if (status < 300)
      note(
        `security ${operation.operationId} ${headers.authorization ? 'bearer' : headers.cookie ? 'session' : 'none'}`,
      );
  });
}

/** The website validates the internal API itself, so this only notes the outcome. 404: not an internal listener. */
function hearInternal(method: string, path: string, response: ServerResponse): void {
  response.once('finish', () => {
    const operation = internalOperationOf(method, path);
    if (!operation || response.statusCode === 404) return;
    note(`internal ${operation.operationId} ${response.statusCode < 300 ? 'answered' : 'refused'}`);
  });
}

/** Statuses that can refuse a request to an unknown path or method: limits and host names are checked before paths. */
const REFUSALS_OF_ANY = new Set([400, 404, 405, 421, 429]);

function hearRefusal(status: number, body: unknown): void {
  if (!validateProblem(body)) return betrayed(`an upgrade was refused with ${status} ${JSON.stringify(body)}`);
  note(`handshake ${status} ${body.code}`);
  note(`code ${body.code}`);
}

/** Reads the raw bytes of both directions, so that no code of the product can hide a frame. */
function hearUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
  if (!/^\/ws(\/|\?|$)/.test(request.url ?? '')) return;
  const fromServer = receiver(false, (text) => {
    const frame: unknown = JSON.parse(text);
    if (!validateServerFrame(frame)) return betrayed(`a frame from the server: ${text.slice(0, 300)}`);
    note(
      `frame server ${frame.type}${['content', 'supersededBy'].map((name) => (name in frame ? ` ${name}` : '')).join('')}`,
    );
    if (frame.type === 'error') note(`error ${frame.code}`);
  });
  const fromClient = receiver(true, (text) => {
    const frame = parsed(text);
    if (validateClientFrame(frame)) note(`frame client ${frame.type}`);
  });
  let answer: Buffer | undefined = Buffer.alloc(0);
  const written = (chunk: unknown) => {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return;
    const bytes = Buffer.from(chunk as string);
    if (!answer) return void fromServer.write(bytes);
    answer = Buffer.concat([answer, bytes]);
    const end = answer.indexOf('\r\n\r\n');
    if (end < 0) return;
    const status = Number(answer.subarray(9, 12).toString());
    if (status !== 101) {
      const body = answer.subarray(end + 4).toString();
      if (request.method !== 'HEAD') return hearRefusal(status, parsed(body));
      return body === '' ? undefined : betrayed(`an upgrade by HEAD was refused with a body: ${body}`);
    }
    note('handshake 101');
    const rest = answer.subarray(end + 4);
    answer = undefined;
    if (rest.length > 0) fromServer.write(rest);
  };
  for (const name of ['write', 'end'] as const) {
    const original = socket[name] as (...parts: unknown[]) => unknown;
    socket[name] = ((...parts: unknown[]) => {
      written(parts[0]);
      return original.apply(socket, parts);
    }) as never;
  }
  const { emit: emitted } = socket;
  socket.emit = ((event: string, ...parts: unknown[]) => {
    if (event === 'data' && !answer)
      fromClient.write(Buffer.from(parts[0] as Buffer)) /* a copy: it is unmasked in place */;
    return (emitted as (...parts: unknown[]) => boolean).call(socket, event, ...parts);
  }) as never;
  if (head.length > 0) fromClient.write(Buffer.from(head));
}

function receiver(fromClient: boolean, text: (text: string) => void) {
  const { Receiver } = ws as unknown as { Receiver: new (options: object) => NodeJS.WritableStream };
  const made = new Receiver({ isServer: fromClient, maxPayload: 0, skipUTF8Validation: fromClient });
  made.on('message', (data: Buffer, isBinary: boolean) => {
    if (!isBinary) text(data.toString());
    else if (!fromClient) betrayed('a binary frame from the server');
  });
  made.on('conclude', (code: number) => note(`close ${code}`));
  made.on('error', () => undefined); // a client may send any bytes
  return made;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
