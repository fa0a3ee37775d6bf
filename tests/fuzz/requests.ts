// Generates a request from a seed and a number: an operation of the contract with all that it needs, on-spec or with one
// change. Sends nothing, and does not decide which answer is correct.
import { OPERATIONS, type Operation } from '../../conformance/contract.ts';
import { Random } from '../../conformance/random.ts';
import { ACCOUNT, type Actor, DELETABLE, MESSAGE_IDS, ROOMS, VICTIMS } from './cast.ts';
import { ofOpenApi, type Schema } from './contract.ts';
import { written } from './json_text.ts';
import { encoded } from './percent.ts';
import { CHANGES } from './request_changes.ts';
import { operationAt } from './request_oracle.ts';
import { type Members, validInteger, validMembers, validText } from './values.ts';

/** A request as it is sent, without the credentials of its actor. */
export interface FuzzRequest {
  method: string;
  /** Path and query. */
  target: string;
  headers: [string, string][];
  body: Buffer | undefined;
  as: Actor;
  /** A room of the owner that must be created for this request before it is sent. */
  needsRoom: string | undefined;
}

export interface RequestCase {
  index: number;
  /** The id of the operation that the request was generated from. */
  operation: string;
  /** The change that was made; `nothing` means that the request is on-spec. */
  change: string;
  request: FuzzRequest;
}

/** A request under construction. Segments and query are percent-encoded. */
export interface Draft {
  operation: Operation;
  body: Schema | undefined;
  members: Members;
  method: string;
  segments: string[];
  /** The position of each path parameter among the segments. */
  places: { at: number; schema: Schema; value: string }[];
  query: string[];
  headers: [string, string][];
  bytes: Buffer | undefined;
  as: Actor;
}

/** Whether the server must hash a password for it, which takes 30 ms or more. */
const hashes = ({ body }: Operation) => /password/i.test(Object.keys(body?.properties ?? {}).join());
const CHEAP = OPERATIONS.filter((operation) => !hashes(operation));
/** Operations that end sessions or delete the account; each request gets its own user. */
const ENDS_SESSION = ['logOut', 'endOtherSessions', 'endSession', 'changePassword', 'deleteAccount'];

/** Share of the on-spec requests with a password that is kept; the others get a cheap operation instead. */
const HASHED = 0.1;
const CHANGED = 0.55;

export function requestCase(seed: number, index: number): RequestCase {
  const random = Random.of(seed, index);
  const isChanged = random.chance(CHANGED);
  let operation = random.pick(OPERATIONS);
  if (!isChanged && hashes(operation) && !random.chance(HASHED)) operation = random.pick(CHEAP);
  const needsRoom = operation.id === 'deleteRoom' ? `Gone ${index}` : undefined;
  const draft = validDraft(random, operation, needsRoom);
  let change = 'nothing';
  for (let tries = 0; isChanged && change === 'nothing' && tries < 50; tries += 1) {
    const name = random.pick(Object.keys(CHANGES));
    if (CHANGES[name]!(random, draft)) change = name;
  }
  const { method, segments, query, headers, bytes } = draft;
  const as = harmless(draft, needsRoom);
  const target = `/${segments.join('/')}${query.length > 0 ? `?${query.join('&')}` : ''}`;
  return { index, operation: operation.id, change, request: { method, target, headers, body: bytes, as, needsRoom } };
}

/** Limits the actor: a change can turn the request into an operation that ends a session or deletes a room of the cast. */
function harmless({ method, segments, as }: Draft, room: string | undefined): Actor {
  const id = operationAt(method, `/${segments.join('/')}`)?.id ?? '';
  if (ENDS_SESSION.includes(id) && as !== 'nobody' && as !== 'wrong') return 'once';
  return id === 'deleteRoom' && room === undefined && as !== 'nobody' && as !== 'wrong' ? 'member' : as;
}

function validDraft(random: Random, operation: Operation, room: string | undefined): Draft {
  const body = operation.body && ofOpenApi(operation.body);
  const members = body ? validMembers(random, body, known(random, operation.id)) : {};
  const segments = operation.path.slice(1).split('/');
  const places = operation.places.map(({ name, schema }) => {
    const whole = ofOpenApi(schema);
    const at = segments.indexOf(`{${name}}`);
    const value = (name === 'roomName' && room) || placeValue(random, name, whole, operation);
    segments[at] = encoded(random, value);
    return { at, schema: whole, value };
  });
  const query = operation.query
    .filter(({ name }) => random.chance(0.4) && !(operation.id === 'listMessages' && name === 'before'))
    .map(({ name, schema }) => {
      const whole = ofOpenApi(schema);
      const value = whole.type === 'integer' ? validInteger(random, whole) : validText(random, whole);
      return `${name}=${encoded(random, value)}`;
    });
  const headers: [string, string][] = random.chance(0.2) ? [random.pick(NOISE)] : [];
  for (const { name, schema } of operation.headers) {
    if (random.chance(0.3)) headers.push([name, validText(random, ofOpenApi(schema))]);
  }
  const bytes = body && written(random, members);
  if (bytes) headers.push(['content-type', random.chance(0.8) ? 'application/json' : random.pick(JSON_TYPES)]);
  const method = operation.method === 'GET' && random.chance(0.1) ? 'HEAD' : operation.method;
  return { operation, body, members, method, segments, places, query, headers, bytes, as: actorFor(random, operation) };
}

function actorFor(random: Random, operation: Operation): Actor {
  if (ENDS_SESSION.includes(operation.id)) return 'once';
  if (operation.id === 'deleteRoom') return 'owner';
  if (operation.id === 'logIn') return 'nobody';
  if (!operation.needsSession) return random.pick(['nobody', 'nobody', 'member', 'cookie', 'wrong']);
  return random.pick(['member', 'cookie', 'owner', 'owner', 'admin'] as const);
}

/** Body members that refer to existing data. Only log-ins of ACCOUNT have a correct password. */
function known(random: Random, operation: string): Members {
  if (operation === 'sendMessage' && random.chance(0.5)) return { id: random.pick(MESSAGE_IDS), roomId: ROOMS[0]!.id };
  if (['logIn', 'createAccessToken'].includes(operation) && random.chance(0.3)) return ACCOUNT;
  return {};
}

function placeValue(random: Random, name: string, schema: Schema, { id, places }: Operation): string {
  const inRoom = places.some((one) => one.name === 'messageId');
  switch (name) {
    case 'roomName': {
      if (random.chance(0.15)) return validText(random, schema);
      const room = inRoom && random.chance(0.8) ? ROOMS[0]! : random.pick(ROOMS);
      return random.pick([room.name, room.name, room.name.toUpperCase(), room.name.normalize('NFD')]);
    }
    case 'username':
      return random.chance(0.8) ? random.pick(VICTIMS) : validText(random, schema);
    case 'messageId': {
      if (random.chance(0.2)) return validText(random, schema);
      const first = id === 'deleteMessage' ? 0 : DELETABLE;
      return MESSAGE_IDS[first + random.below(id === 'deleteMessage' ? DELETABLE : MESSAGE_IDS.length - first)]!;
    }
    default:
      return validText(random, schema);
  }
}

const JSON_TYPES = [
  ...['application/json; charset=utf-8', 'application/json;charset=UTF-8', 'APPLICATION/JSON', 'Application/Json'],
  'application/json; charset="utf-8"',
];
/** Headers that must not affect the answer. */
const NOISE: readonly [string, string][] = [
  ...['text/html', '*/*;q=x', ';;;', 'application/xml', '', 'image/*;q=0'].map((one): [string, string] => [
    'accept',
    one,
  ]),
  ['x-http-method-override', 'DELETE'],
  ['if-none-match', '*'],
  ['if-modified-since', 'yesterday'],
  ['range', 'bytes=0-1'],
  ['x-forwarded-for', '203.0.113.9, "'],
  ['x-forwarded-proto', 'https'],
  ['forwarded', 'for=_x;proto=https'],
  ['x-request-id', 'x'.repeat(300)],
  ['te', 'trailers'],
  ['expect', 'nothing'],
  ['accept-encoding', 'gzip;q=x'],
  ['accept-language', '*;q=1,,'],
  ['referer', 'https://elsewhere.example/'],
  ['user-agent', '\u00ff\t'],
  ['sec-fetch-site', 'same-origin'],
];
