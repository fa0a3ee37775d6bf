// Parses and validates an upgrade request: path, headers, query, token. Does not decide whether it is admitted.
import type { IncomingMessage } from 'node:http';
import { Problem } from '@parlance/service/problem.ts';
import { inWords } from '@parlance/service/wording.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { normalName } from '@parlance/specs/names.ts';
import { validateHandshakeQuery, validateRoomName } from '@parlance/specs/validators.js';

export const SUBPROTOCOL = 'chat.v1';

export interface Handshake {
  roomName: string;
  /** The seq to resume after, and the id of the room it belongs to; undefined: new events only. */
  resume: { after: number; roomId: string | undefined } | undefined;
  token: string;
  /** Whether the token is in `Authorization`, which only programs can set. */
  byAuthorization: boolean;
}

/** @throws Problem */
export function readHandshake(request: IncomingMessage): Handshake {
  const [path = '', query = ''] = (request.url ?? '').split(/\?(.*)/s, 2);
  const roomName = readPath(path);
  if (request.method !== 'GET') throw new Problem('method_not_allowed', undefined, { headers: { Allow: 'GET' } });
  readUpgrade(request);
  if (!validateRoomName(roomName))
    throw invalid('/path/roomName', inWords(validateRoomName.errors?.[0]?.message ?? ''));
  return { roomName, resume: readQuery(query), ...readToken(request) };
}

/** The protocols a client offers, in order. */
export const offeredProtocols = (request: IncomingMessage): string[] =>
  request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];

/** RFC 6455 §4.1 (10): names are tokens, each once. `ws` would refuse others with an answer that is off-spec. */
const areProtocols = (names: readonly string[]) =>
  new Set(names).size === names.length && names.every((name) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name));

const invalid = (pointer: string, detail: string) =>
  new Problem('invalid_request', `${pointer} ${detail}`, { errors: [{ pointer, detail }] });

function readPath(path: string): string {
  const encoded = /^\/ws\/([^/]+)$/.exec(path)?.[1];
  if (encoded === undefined) throw new Problem('not_found');
  try {
    return normalName(decodeURIComponent(encoded));
  } catch {
    throw invalid('/path/roomName', 'is not percent-encoded UTF-8');
  }
}

/** RFC 6455 §4.2.1; exactly one Host (RFC 9112 §3.2), because the check of Origin depends on it. */
function readUpgrade({ headers, headersDistinct, httpVersion }: IncomingMessage): void {
  const asked =
    httpVersion === '1.1' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    /(^|[ ,\t])upgrade($|[ ,\t])/i.test(headers.connection ?? '') &&
    headers['sec-websocket-version'] === '13';
  if (!asked) {
    const needed = { Upgrade: 'websocket', Connection: 'Upgrade, close', 'Sec-WebSocket-Version': '13' };
    throw new Problem('upgrade_required', undefined, { headers: needed });
  }
  if (headersDistinct.host?.length !== 1) throw invalid('/headers/host', 'must appear exactly once');
  if (!/^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '')) {
    throw invalid('/headers/sec-websocket-key', 'must be 16 bytes in base64');
  }
}

function readQuery(text: string): Handshake['resume'] {
  const parameters = new URLSearchParams(text);
  const query: Record<string, string> = Object.create(null);
  for (const [name, value] of parameters) {
    if (name in query) throw invalid(`/query/${name}`, 'must appear only once');
    query[name] = value;
  }
  if (!validateHandshakeQuery(query)) {
    const { instancePath = '', message = 'is off-spec' } = validateHandshakeQuery.errors?.[0] ?? {};
    throw invalid(`/query${instancePath}`, inWords(message));
  }
  const { after, roomId } = query as { after?: string; roomId?: string };
  if (after === undefined) {
    if (roomId !== undefined) throw invalid('/query/roomId', 'requires after');
    return undefined;
  }
  const seq = Number(after);
  if (seq > LIMITS.seqMax) throw invalid('/query/after', 'is greater than the maximum seq');
  if (seq > 0 && roomId === undefined) throw invalid('/query/after', 'requires roomId');
  return { after: seq, roomId };
}

function readToken(request: IncomingMessage): { token: string; byAuthorization: boolean } {
  const [authorization, ...others] = request.headersDistinct.authorization ?? [];
  if (others.length > 0) throw invalid('/headers/authorization', 'must appear only once');
  const protocols = offeredProtocols(request);
  // trim() removes more than the spaces and tabs that HTTP allows around a name.
  const isAscii = /^[\t -~]*$/.test(request.headers['sec-websocket-protocol'] ?? '');
  if (!isAscii || !areProtocols(protocols))
    throw invalid('/headers/sec-websocket-protocol', 'must be a list of distinct tokens');
  const bearers = protocols.filter((name) => name.startsWith('bearer.'));
  if (bearers.length > 1 || (bearers.length > 0 && authorization !== undefined)) {
    throw invalid('/headers/sec-websocket-protocol', 'contains a second token');
  }
  // A browser fails the connection when the server selects none of the offered protocols.
  if (protocols.length > 0 && !protocols.includes(SUBPROTOCOL)) {
    throw invalid('/headers/sec-websocket-protocol', `must offer ${SUBPROTOCOL}`);
  }
  if (bearers[0] !== undefined) return { token: bearers[0].slice('bearer.'.length), byAuthorization: false };
  const token = /^Bearer ([A-Za-z0-9._-]+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) throw new Problem('invalid_token', 'There is no room token in a header.');
  return { token, byAuthorization: true };
}
