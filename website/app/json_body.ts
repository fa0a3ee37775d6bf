// Reads the body of a request as JSON: in UTF-8, not compressed, up to a maximum size (the public app uses express.json
// instead). Knows no contract.
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { Problem } from '@parlance/service/problem.ts';
import { invalid } from './problems.ts';

/** Enough for 500 of the largest messages, escaped, and for the positions of 100,000 rooms. */
const BODY_MAX = 32 * 1024 * 1024;

/** Parameters other than charset have no meaning (RFC 8259, 11) and are ignored. */
const JSON_TYPE = /^application\/json *(?:;|$)/i;
const CHARSET = /; *charset=(?!(?:utf-8|"utf-8") *(?:;|$))/i;

/** An empty body counts as none. */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** For an operation without a body. @throws Problem if the request has one */
export function assertNoBody(request: IncomingMessage): void {
  if (hasBody(request)) throw invalid('/body', 'must be absent: this operation takes no body');
}

/** Checks the headers before the body is read. @throws Problem for a wrong type, charset or encoding, or its size */
export function assertJson({ headers }: IncomingMessage): void {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = headers;
  const isJson = type === 'application/json' || (JSON_TYPE.test(type) && !CHARSET.test(type));
  if (!isJson || encoding.toLowerCase() !== 'identity')
    throw new Problem('unsupported_media_type', 'Send JSON in UTF-8, not compressed.');
  if (Number(headers['content-length'] ?? 0) > BODY_MAX) throw new Problem('body_too_large');
}

/** Returns undefined for an empty body. @throws Problem */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const body = await read(request);
  if (body.length === 0) return undefined;
  const value = isUtf8(body) ? parsed(body.toString()) : undefined;
  if (typeof value !== 'object' || value === null) throw new Problem('invalid_json', 'The body is not valid JSON.');
  return value;
}

/** Never settles when the client disconnects before its body is complete: no answer can be sent. */
function read(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_MAX) return void chunks.push(chunk);
      // The rest is read and discarded: the client may read the answer only after it has sent everything.
      chunks.length = 0;
      reject(new Problem('body_too_large'));
    });
    request.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
