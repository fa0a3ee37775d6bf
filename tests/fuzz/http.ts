// Sends fuzzed requests over keep-alive connections unchanged, with only the credentials and the body's length added.
import { Agent, request as ask, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Answer } from './answers.ts';
import type { FuzzRequest } from './requests.ts';

/** Timeout of a request, in ms; long, so that a busy machine does not exceed it. */
const PATIENCE_MS = 30_000;

/** How long an upgraded socket waits for its first frame, in ms. */
const FIRST_FRAME_MS = 5_000;

/** The server did not answer. The message says why. */
export class NoAnswer extends Error {
  override name = 'NoAnswer';
}

export interface Sender {
  /** Rejects with NoAnswer. */
  send(request: FuzzRequest, credentials: Record<string, string>): Promise<Answer>;
  /** Requests an upgrade. The body of a 101 is the bytes of the first frame, empty when none arrived. */
  upgrade(target: string, method: string, headers: [string, string][]): Promise<Answer>;
  close(): void;
}

export function createSender(url: string, atOnce: number): Sender {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const { hostname, port } = new URL(url);
  const once = (request: FuzzRequest, credentials: Record<string, string>) => {
    const { method, target, body } = request;
    const own = request.headers.some(([name]) => name === 'authorization') ? {} : credentials;
    // Without a length Node sends some requests without a body as chunked, as if they had one.
    const hasLength = body !== undefined || !['GET', 'HEAD'].includes(method);
    const length = hasLength ? { 'content-length': String(body?.length ?? 0) } : {};
    const headers = { ...own, ...Object.fromEntries(request.headers), ...length };
    const sent = ask({ agent, hostname, port, method, path: target, headers, timeout: PATIENCE_MS });
    return answered(sent, body);
  };
  return {
    send: async (request, credentials) => {
      for (let tries = 0; ; tries += 1) {
        const { answer, isRace } = await once(request, credentials);
        if (answer) return answer;
        // The server may close an idle connection while a request is in transit (RFC 9112, 9.3.1).
        if (!isRace || tries >= 2) throw new NoAnswer(isRace ? 'the connection was reset' : 'no answer in time');
      }
    },
    upgrade: async (target, method, headers) => {
      const sent = ask({ hostname, port, method, path: target, headers: headersOf(headers), timeout: PATIENCE_MS });
      const { answer } = await answered(sent, undefined);
      if (!answer) throw new NoAnswer('no answer to an upgrade');
      return answer;
    },
    close: () => agent.destroy(),
  };
}

/** Collects the values of headers that occur several times. */
function headersOf(headers: [string, string][]): Record<string, string | string[]> {
  const all: Record<string, string | string[]> = {};
  for (const [name, value] of headers) all[name] = all[name] === undefined ? value : [all[name], value].flat();
  return all;
}

function answered(sent: ClientRequest, body: Buffer | undefined): Promise<{ answer?: Answer; isRace: boolean }> {
  return new Promise((resolve) => {
    sent.on('response', (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { statusCode = 0, headers } = response;
        resolve({ answer: { status: statusCode, headers, body: Buffer.concat(chunks) }, isRace: false });
      });
      response.on('error', () => resolve({ isRace: true }));
    });
    sent.on('upgrade', (response, socket, head) => {
      const end = (body: Buffer) => {
        socket.destroy();
        resolve({ answer: { status: 101, headers: response.headers, body }, isRace: false });
      };
      socket.on('error', () => end(head)).on('close', () => end(head));
      if (head.length > 0) end(head);
      else socket.once('data', end).setTimeout(FIRST_FRAME_MS, () => end(head));
    });
    sent.on('timeout', () => {
      resolve({ isRace: false });
      sent.destroy();
    });
    sent.on('error', () => resolve({ isRace: true }));
    sent.end(body);
  });
}
