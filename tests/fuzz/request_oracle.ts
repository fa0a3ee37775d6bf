// Decides from the published documents alone whether a request is on-spec. Reads the request as it is sent: it does not
// know what was changed, and uses no validator of the product.
import { isUtf8 } from 'node:buffer';
import { LIMITS } from '@parlance/specs/limits.ts';
import { OPERATIONS, type Operation } from '../../conformance/contract.ts';
import { faultIn, ofOpenApi } from './contract.ts';
import type { FuzzRequest } from './requests.ts';

/** One reason why a request is off-spec, and the refusal that it allows. */
export interface Fault {
  status: number;
  codes: readonly string[];
  /** Explanation for reports. */
  why: string;
}

export interface Verdict {
  /** The operation that method and path name; undefined when there is none. */
  operation: Operation | undefined;
  /** The server may answer with any of them. Empty when the request is on-spec. */
  faults: Fault[];
  /** Whether a 400 is allowed although the request is on-spec, for a reason that no schema expresses: see MAY_REFUSE. */
  mayBeRefused: boolean;
}

/** Larger headers are refused (431). The contract does not state the limit, so no case comes close to it. */
const HEADERS_MAX = 16_384;
const SAFE = ['GET', 'HEAD', 'OPTIONS'];
const fault = (status: number, code: string | readonly string[], why: string): Fault => ({
  status,
  codes: [code].flat(),
  why,
});
const invalid = (why: string) => fault(400, 'invalid_request', why);

export function judge(request: FuzzRequest): Verdict {
  const [path = '', query] = request.target.split(/\?(.*)/s, 2);
  const header = (name: string) => request.headers.find(([one]) => one.toLowerCase() === name)?.[1];
  const segments = path.slice(1).split('/').map(decoded);
  const faults = [...headerFaults(request, header)];
  if (segments.includes(undefined)) faults.push(invalid('the path is not percent-encoded UTF-8'));
  if (query?.split('&').some((one) => decoded(one) === undefined)) {
    faults.push(invalid('the query is not percent-encoded UTF-8'));
  }
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const here = OPERATIONS.filter((one) => matches(one, segments));
  const operation = here.find((one) => one.method === method);
  if (here.length === 0) faults.push(fault(404, 'not_found', 'the path is unknown'));
  else if (!operation) faults.push(fault(405, 'method_not_allowed', 'the method is unknown here'));
  faults.push(...bodyFaults(request, operation, header));
  if (operation) {
    faults.push(...placeFaults(operation, segments), ...queryFaults(operation, query ?? ''));
    for (const { name, schema } of operation.headers) {
      const value = header(name.toLowerCase());
      // White space around a value is not part of it (RFC 9110, 5.5).
      const why = value === undefined ? undefined : faultIn(ofOpenApi(schema), value.trim());
      if (why) faults.push(invalid(`${name} ${why}`));
    }
    const authorization = header('authorization') !== undefined;
    if (operation.needsSession && (request.as === 'nobody' || request.as === 'wrong')) {
      faults.push(fault(401, 'not_authenticated', 'the request has no session'));
    }
    if (operation.id === 'logIn' && (authorization || !['nobody', 'cookie'].includes(request.as))) {
      faults.push(invalid('a log-in by cookie with Authorization'));
    }
  }
  return { operation, faults, mayBeRefused: operation !== undefined && mayBeRefused(operation, query) };
}

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

/** The operation that method and path name; undefined when there is none. */
export const operationAt = (method: string, path: string): Operation | undefined => {
  const segments = path.slice(1).split('/').map(decoded);
  return OPERATIONS.find((one) => one.method === method && matches(one, segments));
};

const matches = ({ path }: Operation, segments: readonly (string | undefined)[]) => {
  const template = path.slice(1).split('/');
  return (
    template.length === segments.length &&
    template.every((one, at) => (one.startsWith('{') ? segments[at] !== '' : one === segments[at]))
  );
};

function headerFaults(request: FuzzRequest, header: (name: string) => string | undefined): Fault[] {
  const faults: Fault[] = [];
  const size = request.headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  if (size > HEADERS_MAX) faults.push(fault(431, 'headers_too_large', 'the header is too large'));
  const host = header('host');
  if (host !== undefined && host !== '') {
    if (!/^[A-Za-z0-9.[\]:_-]+$/.test(host)) faults.push(invalid('Host is not a host and port'));
    const name = host.replace(/:\d*$/, '');
    const isOurs = /^([\w-]+\.)*localhost$|^\d+(\.\d+){3}$|^\[[0-9a-f:]+\]$/.test(name);
    if (!isOurs) faults.push(fault(421, 'misdirected_request', 'Host is not a name of the server'));
  }
  const bearer = header('authorization') !== undefined || !['nobody', 'cookie'].includes(request.as);
  const [origin, site] = [header('origin'), header('sec-fetch-site')];
  const isForeign = origin === undefined ? site !== undefined && site !== 'same-origin' : site !== 'same-origin';
  if (!SAFE.includes(request.method) && !bearer && isForeign) {
    faults.push(fault(403, 'bad_origin', 'the request is cross-origin'));
  }
  return faults;
}

function placeFaults(operation: Operation, segments: readonly (string | undefined)[]): Fault[] {
  const template = operation.path.slice(1).split('/');
  return operation.places.flatMap(({ name, schema }) => {
    const value = segments[template.indexOf(`{${name}}`)] ?? '';
    const why = faultIn(ofOpenApi(schema), name === 'roomName' ? value.normalize('NFC') : value);
    return why ? [invalid(`${name} ${why}`)] : [];
  });
}

function queryFaults(operation: Operation, query: string): Fault[] {
  const faults: Fault[] = [];
  const seen = new Set<string>();
  for (const pair of query.split('&').filter(Boolean)) {
    const [name = '', value = ''] = pair.split(/=(.*)/s, 2).map((one) => decoded(one.replaceAll('+', ' ')) ?? '');
    const known = operation.query.find((one) => one.name === name);
    if (!known) faults.push(invalid(`the parameter ${JSON.stringify(name)} is unknown`));
    if (seen.has(name)) faults.push(invalid(`${name} occurs twice`));
    seen.add(name);
    if (!known) continue;
    const schema = ofOpenApi(known.schema);
    const isInteger = schema.type === 'integer';
    // In a query an integer is digits only, at most 16 of them.
    if (isInteger && !/^\d{1,16}$/.test(value)) faults.push(invalid(`${name} is not an integer`));
    else {
      const why = faultIn(schema, isInteger ? Number(value) : value);
      if (why) faults.push(invalid(`${name} ${why}`));
    }
  }
  if (seen.has('before') && seen.has('after')) faults.push(invalid('both before and after'));
  return faults;
}

function bodyFaults(
  { body, method }: FuzzRequest,
  operation: Operation | undefined,
  header: (name: string) => string | undefined,
): Fault[] {
  const size = body?.length ?? 0;
  const faults: Fault[] = [];
  const expected = operation?.body !== undefined;
  const [type = '', ...parameters] = (header('content-type') ?? '').split(';').map((one) => one.trim().toLowerCase());
  const charset = parameters
    .find((one) => one.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  const encoding = header('content-encoding')?.toLowerCase();
  if (size > LIMITS.bodyMax) faults.push(fault(413, 'body_too_large', 'the body is too large'));
  const isJson = type === 'application/json' && (charset ?? 'utf-8') === 'utf-8';
  const mayHave = size > 0 || expected;
  // A body that is not in its declared encoding is refused, as one with an unknown encoding.
  if (mayHave && (encoding ?? 'identity') !== 'identity') faults.push(invalid(`the body is not ${encoding}`));
  if (mayHave && (!isJson || (encoding ?? 'identity') !== 'identity')) {
    faults.push(fault(415, 'unsupported_media_type', 'the body is not application/json in UTF-8'));
    if (size === 0) faults.push(invalid('a body is needed'));
  }
  if (size > 0 && operation && !expected && method !== 'HEAD') faults.push(invalid('no body is expected'));
  if (isJson && size > 0 && size <= LIMITS.bodyMax) {
    const value = parsed(body!);
    if (value === NO_JSON) faults.push(fault(400, 'invalid_json', 'the body is not JSON in UTF-8'));
    // A body with more values than any request needs (limits.yaml, errorsNamed) is refused before it is parsed.
    if ((body!.toString('latin1').match(/[,{[]/g) ?? []).length > LIMITS.errorsNamed && value === NO_JSON) {
      faults.push(invalid('the body has too many values'));
    } else if (operation?.body) faults.push(...valueFaults(operation, value));
    else if (typeof value !== 'object' || value === null)
      faults.push(fault(400, 'invalid_json', 'the body is not an object'));
  } else if (expected && size === 0) faults.push(invalid('a body is needed'));
  return faults;
}

function valueFaults(operation: Operation, value: unknown): Fault[] {
  const name = (value as { name?: unknown } | null)?.name;
  const isRoom = operation.id === 'createRoom' && typeof name === 'string';
  const why = faultIn(
    ofOpenApi(operation.body!),
    isRoom ? { ...(value as object), name: name.normalize('NFC') } : value,
  );
  if (!why) return [];
  // A JSON value that is not an object may also be refused as invalid JSON.
  const codes = typeof value === 'object' && value !== null ? ['invalid_request'] : ['invalid_request', 'invalid_json'];
  return [fault(400, codes, `the body: ${why}`)];
}

const NO_JSON = Symbol('no JSON');
function parsed(bytes: Buffer): unknown {
  try {
    // Of a duplicate name the last value counts.
    return isUtf8(bytes) ? JSON.parse(bytes.toString()) : NO_JSON;
  } catch {
    return NO_JSON;
  }
}

/** Refusals that no schema expresses: a common password, and a cursor that no page returned. */
const MAY_REFUSE = ['registerUser', 'changePassword', 'resetPassword'];
const mayBeRefused = ({ id }: Operation, query = '') => MAY_REFUSE.includes(id) || /(^|&)cursor=/.test(query);
