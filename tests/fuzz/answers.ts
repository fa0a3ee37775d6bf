// Compares an answer with the oracle's verdict and with the contract. Sends nothing.
import { allOperations, declaredResponse, faultOf } from '../contract.ts';
import type { Json } from '../people.ts';
import { keyOf, ROOMS } from './cast.ts';
import { faultIn, PROBLEM } from './contract.ts';
import type { Verdict } from './request_oracle.ts';
import type { FuzzRequest } from './requests.ts';

export interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: Buffer;
}

/** What is wrong with an answer. Shrinking a case must preserve its `kind`. */
export interface Miss {
  kind: 'wrong accept' | 'wrong refusal' | '5xx' | 'undeclared' | 'no answer' | 'changed something';
  detail: string;
}

/** Codes that refuse the form of a request. An on-spec request never gets one. */
const OF_FORM = ['invalid_request', 'invalid_json', 'not_found', 'method_not_allowed', 'request_timeout'];
const OF_FORM_TOO = [
  'bad_origin',
  'body_too_large',
  'unsupported_media_type',
  'misdirected_request',
  'headers_too_large',
];
const REFUSALS = [...OF_FORM, ...OF_FORM_TOO, 'not_authenticated', 'too_many_requests', 'rate_limited'];

/** @returns undefined when the answer is correct. */
export function missOf(
  request: FuzzRequest,
  { operation, faults, mayBeRefused }: Verdict,
  answer: Answer,
): Miss | undefined {
  const { status, headers } = answer;
  const mediaType = String(headers['content-type'] ?? '').split(';')[0]!;
  const text = answer.body.toString();
  const shown = `${status} ${text.slice(0, 400)}`;
  if (status >= 500) return { kind: '5xx', detail: shown };
  const isHead = request.method === 'HEAD';
  let body: Json;
  try {
    body = mediaType.endsWith('json') && text ? JSON.parse(text) : text || undefined;
  } catch {
    return { kind: 'undeclared', detail: `the body is not JSON: ${shown}` };
  }
  if (faults.length > 0) {
    const why = faults.map((one) => one.why).join('; ');
    if (status < 400) return { kind: 'wrong accept', detail: `${why}: ${shown}` };
    const fits = faults.some((one) => one.status === status && (isHead || one.codes.includes(body?.code)));
    if (!fits) return { kind: 'undeclared', detail: `${why}; expected ${expected(faults)}: ${shown}` };
  } else if (status >= 400) {
    const isRefused = isHead ? [400, 401, 405, 413, 415, 421, 431].includes(status) : REFUSALS.includes(body?.code);
    if (isRefused && !(status === 400 && mayBeRefused)) return { kind: 'wrong refusal', detail: shown };
    if (status === 404 && body?.code === 'room_not_found' && existsThroughout(request.target)) {
      return { kind: 'wrong refusal', detail: `the room exists: ${shown}` };
    }
  }
  const fault = isHead ? undefined : declarationFault(operation?.id, { status, headers, mediaType, body });
  return fault === undefined ? echoFault(request, status, body) : { kind: 'undeclared', detail: `${fault}: ${shown}` };
}

const expected = (faults: Verdict['faults']) => faults.map(({ status, codes }) => `${status} ${codes}`).join(' or ');

const DECLARED = new Map(allOperations().map((one) => [one.operationId, one]));

function declarationFault(
  id: string | undefined,
  { status, headers, mediaType, body }: Pick<Answer, 'status' | 'headers'> & { mediaType: string; body: Json },
): string | undefined {
  if (status >= 400) {
    const why = mediaType === 'application/problem+json' ? faultIn(PROBLEM, body) : `it is ${mediaType}`;
    if (why !== undefined) return `not a problem of the contract: ${why}`;
    if (body.status !== status) return `the problem says ${body.status}`;
    if (status === 401 && headers['www-authenticate'] === undefined) return 'there is no WWW-Authenticate';
    if (status === 405 && headers.allow === undefined) return 'there is no Allow';
  }
  const operation = id === undefined ? undefined : DECLARED.get(id);
  if (!operation) return undefined;
  const codes = declaredResponse(operation, status)?.['x-codes'];
  if (codes && !codes.includes(body.code)) return `${operation.operationId} does not declare ${body.code} at ${status}`;
  return faultOf(operation, status, mediaType, body);
}

/** Checks that the answer repeats the values that were sent. */
function echoFault({ body, target }: FuzzRequest, status: number, received: Json): Miss | undefined {
  if (!body || status > 201 || status < 200) return undefined;
  const sent = JSON.parse(body.toString());
  const differs = (name: string, value: unknown) => name in received && value !== undefined && received[name] !== value;
  if (/\/messages\b/.test(target) && status === 201 && (differs('id', sent.id) || differs('content', sent.content))) {
    return {
      kind: 'changed something',
      detail: `the message is not the one sent: ${JSON.stringify(received).slice(0, 400)}`,
    };
  }
  if (target === '/api/rooms' && differs('name', sent.name?.normalize('NFC'))) {
    return { kind: 'changed something', detail: `the name is not the one sent: ${received.name}` };
  }
  return undefined;
}

/** Whether a path names a room of the cast, which no case deletes. */
function existsThroughout(target: string): boolean {
  const name = /^\/api\/rooms\/([^/?]+)/.exec(target)?.[1];
  const key = name === undefined ? undefined : keyOf(decodeURIComponent(name));
  return ROOMS.some((room) => keyOf(room.name) === key);
}
