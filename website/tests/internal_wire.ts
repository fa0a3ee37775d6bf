// Raw requests to the internal API, with the secret, that an HTTP client would not send. Asserts nothing.
import { connect, type Socket } from 'node:net';
import type { Answer } from '../../tests/people.ts';
import { SECRETS } from '../../tests/stack.ts';
import { raw } from './fixture.ts';

interface Part {
  internalUrl: string;
}

export const SECRET = `Host: x\r\nAuthorization: Bearer ${SECRETS.INTERNAL_SECRET}\r\n`;
export const JSON_TYPE = 'Content-Type: application/json\r\n';
/** An operation that has a body and changes nothing, and its smallest body. */
export const COMPARE = `POST /internal/rooms/compare HTTP/1.1\r\n${SECRET}`;
export const NO_ROOMS = '{"rooms":[]}';

/** Sends the lines of `head` and a body with its length; fails without an answer. */
export async function ask(part: Part, head: string, body?: string): Promise<Answer> {
  const length = body === undefined ? '' : `Content-Length: ${Buffer.byteLength(body, 'latin1')}\r\n`;
  const answer = await raw(part.internalUrl, `${head}${length}\r\n${body ?? ''}`);
  if (!answer) throw new Error(`no answer to ${head}`);
  return answer;
}

export const get = (part: Part, path: string, method = 'GET'): Promise<Answer> =>
  ask(part, `${method} /internal${path} HTTP/1.1\r\n${SECRET}`);

export const compare = (part: Part, body: string, headers = JSON_TYPE): Promise<Answer> =>
  ask(part, COMPARE + headers, body);

/** A connection, and the text received on it so far. */
export function open(part: Part): { socket: Socket; received: () => string } {
  const { port, hostname } = new URL(part.internalUrl);
  let received = '';
  const socket = connect(Number(port), hostname).on('error', () => undefined);
  socket.setEncoding('latin1').on('data', (text) => {
    received += text;
  });
  return { socket, received: () => received };
}
