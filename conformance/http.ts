// One HTTP request, sent exactly as given, and its complete answer. Does not know the contract.
import * as http from 'node:http';
import * as https from 'node:https';

// biome-ignore lint/suspicious/noExplicitAny: answers are whatever the wire says; the rows look into them
export type Json = any;

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
  /** The parsed body if it is JSON, whatever its media type; otherwise undefined. */
  body: Json;
}

export interface Request {
  method: string;
  /** Includes the query. */
  path: string;
  headers?: http.OutgoingHttpHeaders;
  body?: string | Buffer;
}

const agents = {
  'http:': new http.Agent({ keepAlive: true, maxSockets: 16 }),
  'https:': new https.Agent({ keepAlive: true, maxSockets: 16 }),
};
const TIMEOUT_MS = 15_000;

/** Resolves with any answer (101 to an accepted upgrade); rejects if there is none. */
export function exchange(base: URL, request: Request): Promise<Answer> {
  // A server may answer a large body before it has read it, and an upgrade takes over the connection: no reuse then.
  const lone = (request.body?.length ?? 0) > 16_384 || 'upgrade' in (request.headers ?? {});
  return attempt(base, request, lone)
    .catch((error: NodeJS.ErrnoException & { reused?: boolean }) => {
      // The server was closing a kept-alive connection and has not seen the request: it is sent again on a new one.
      if (error.reused && error.code === 'ECONNRESET') return attempt(base, request, true);
      throw error;
    })
    .catch((error: Error) => {
      throw new Error(`${request.method} ${request.path} was not answered: ${error.message}`);
    });
}

/** `lone`: uses a separate connection, closed after the answer. */
function attempt(base: URL, { method, path, headers = {}, body }: Request, lone: boolean): Promise<Answer> {
  const secure = base.protocol === 'https:';
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  // With `close`, a server that refuses a body may close before it has read it, and the client loses the answer.
  const kept = lone && !('upgrade' in headers) ? { connection: 'keep-alive' } : {};
  return new Promise((resolve, reject) => {
    const request = (secure ? https : http).request(base, {
      method,
      path,
      headers: { ...length, ...kept, ...headers },
      agent: lone ? false : agents[secure ? 'https:' : 'http:'],
      timeout: TIMEOUT_MS,
    });
    let answered = false;
    request.on('error', (error) => answered || reject(Object.assign(error, { reused: request.reusedSocket })));
    request.on('timeout', () => request.destroy(new Error(`nothing was received for ${TIMEOUT_MS} ms`)));
    request.on('upgrade', (response, socket) => {
      answered = true;
      socket.destroy();
      resolve({ status: 101, headers: response.headers, text: '', body: undefined });
    });
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        answered = true;
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parsed(text) });
        if (lone) request.destroy();
      });
    });
    request.end(body);
  });
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
