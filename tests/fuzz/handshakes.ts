// Generates an upgrade request from a seed and a number: on-spec, or with one change. Derives from the contract whether it
// must get 101 or a refusal. Sends nothing.
import { LIMITS } from '@parlance/specs/limits.ts';
import { Random } from '../../conformance/random.ts';
import { keyOf, ROOMS } from './cast.ts';
import { faultIn, HANDSHAKE_QUERY, ROOM_NAME } from './contract.ts';
import { encoded } from './percent.ts';
import type { Fault } from './request_oracle.ts';
import { brokenText, validText } from './values.ts';

export interface Handshake {
  index: number;
  method: string;
  target: string;
  /** `TOKEN` stands for a token of the first room. */
  headers: [string, string][];
}

const CHANGED = 0.7;
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const PROTOCOL = 'sec-websocket-protocol';

export function handshakeCase(seed: number, index: number): Handshake {
  const random = Random.of(seed ^ 0x2c1b3c6d, index);
  const room = ROOMS[0]!;
  const name = random.pick([room.name, room.name.toUpperCase(), room.name]);
  const made = {
    method: 'GET',
    path: ['ws', encoded(random, name)],
    query: random.pick([[], [], ['after=0'], [`after=${random.below(200)}`, `roomId=${room.id}`]]) as string[],
    headers: new Map([
      ['upgrade', random.pick(['websocket', 'WebSocket'])],
      ['connection', random.pick(['Upgrade', 'keep-alive, Upgrade', 'upgrade'])],
      ['sec-websocket-version', '13'],
      ['sec-websocket-key', KEY],
      ...random.pick([
        [['authorization', 'Bearer TOKEN']],
        [
          ['authorization', 'bearer TOKEN'],
          [PROTOCOL, random.pick(['chat.v1', 'x, chat.v1'])],
        ],
        [
          [PROTOCOL, random.pick(['chat.v1, bearer.TOKEN', 'bearer.TOKEN,chat.v1'])],
          ['origin', 'http://localhost'],
        ],
      ] as [string, string][][]),
      ['host', 'localhost'],
    ] as [string, string][]),
  };
  if (random.chance(CHANGED)) {
    const set = (header: string, values: readonly string[]) => made.headers.set(header, random.pick(values));
    const changes: (() => unknown)[] = [
      () => (made.method = random.pick(['POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PROPFIND'])),
      () => (made.path = random.pick([['ws'], ['ws', ''], [...made.path, ''], [...made.path, 'x'], ['ws', '%ff']])),
      () => (made.path[1] = encoded(random, brokenText(random, ROOM_NAME, name))),
      () => (made.path[1] = encoded(random, validText(random, ROOM_NAME))),
      () => made.query.push(`${random.pick(['x', 'token', 'After', 'after%20', '', 'after', 'roomId'])}=1`),
      () => (made.query = [`after=${random.pick(NO_SEQS)}`, `roomId=${room.id}`]),
      () => (made.query = [`after=${random.pick([0, 1, 3])}`, `roomId=${random.pick(NO_UUIDS)}`]),
      () => (made.query = random.pick([['after=5'], [`roomId=${room.id}`], ['after=0', 'after=0'], ['after']])),
      () => set('upgrade', ['h2c', 'websocket, h2c', '', 'web socket']),
      () => set('connection', ['close', 'keep-alive', 'Upgrades']),
      () => set('sec-websocket-version', ['12', '', '013', '13, 12', 'x']),
      () => set('sec-websocket-key', ['', 'short', `${KEY}=`, KEY.replace('==', ''), `${KEY} `, '!'.repeat(24)]),
      () => set('authorization', ['', 'Bearer', 'Bearer x', 'Basic TOKEN', 'Bearer TOKENx', 'Bearer a.b.c', 'TOKEN']),
      () => set(PROTOCOL, ['chat.v1', 'chat.v2', 'bearer.TOKEN', 'chat.v1, chat.v1', 'chat.v1,,x', 'a b', 'é']),
      () => set(PROTOCOL, ['chat.v1, bearer.x', 'chat.v1, bearer.x, bearer.TOKEN', 'chat.v1, bearer.']),
      () => set('origin', ['null', 'https://evil.example', '', 'http://localhost:1', 'http://localhost']),
      () => set('host', ['evil.example', 'localhost.evil', '127.0.0.1', 'localhost:9', '[::1]', 'a b']),
      () => made.headers.delete(random.pick([...made.headers.keys()].filter((one) => one !== 'host'))),
    ];
    random.pick(changes)();
  }
  const target = `/${made.path.join('/')}${made.query.length > 0 ? `?${made.query.join('&')}` : ''}`;
  return { index, method: made.method, target, headers: [...made.headers] };
}

const NO_SEQS = [
  ...[
    '',
    '-1',
    '+1',
    '1.0',
    '1e3',
    '0x1',
    '%201',
    '9007199254740991',
    '9007199254740992',
    '99999999999999999',
    '00',
    'x',
  ],
  ...['%D9%A1', '007'],
];
const NO_UUIDS = ['', 'x', ROOMS[0]!.id.toUpperCase(), `urn:uuid:${ROOMS[0]!.id}`, `${ROOMS[0]!.id}0`, ROOMS[1]!.id];

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'));
  } catch {
    return undefined;
  }
};

/** The allowed refusals of an upgrade; empty when it must be accepted. */
export function handshakeFaults({ method, target, headers }: Handshake): Fault[] {
  const faults: Fault[] = [];
  const refuse = (status: number, code: string, why: string) => void faults.push({ status, codes: [code], why });
  const header = (name: string) => headers.find(([one]) => one === name)?.[1];
  const [path = '', query = ''] = target.split(/\?(.*)/s, 2);
  const segments = path.split('/');
  const name = decoded((segments[2] ?? '').replaceAll('+', '%2B'));
  if (segments.length !== 3 || segments[2] === '') refuse(404, 'not_found', 'the path names no room');
  else if (name === undefined) refuse(400, 'invalid_request', 'the name is not UTF-8');
  else if (faultIn(ROOM_NAME, name.normalize('NFC'))) refuse(400, 'invalid_request', 'the room name is invalid');
  else if (keyOf(name) !== keyOf(ROOMS[0]!.name)) refuse(403, 'wrong_room', 'the token is for another room');
  if (method !== 'GET') refuse(405, 'method_not_allowed', 'the method is not GET');
  const asks =
    header('upgrade')?.toLowerCase() === 'websocket' &&
    (header('connection') ?? '').toLowerCase().split(/[ ,]+/).includes('upgrade') &&
    header('sec-websocket-version') === '13';
  if (!asks) refuse(426, 'upgrade_required', 'it does not request WebSocket version 13');
  if (!/^[A-Za-z0-9+/]{22}==$/.test((header('sec-websocket-key') ?? '').trim())) {
    refuse(400, 'invalid_request', 'Sec-WebSocket-Key is not 16 bytes');
  }
  const host = header('host') ?? '';
  if (!/^[A-Za-z0-9.[\]:_-]+$/.test(host)) refuse(400, 'invalid_request', 'Host is not a host');
  if (!/^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host)) refuse(421, 'misdirected_request', 'Host is not known');
  for (const why of queryFaults(query)) refuse(400, 'invalid_request', why);
  tokenFaults(header, refuse);
  const origin = header('origin');
  const isByHeader = header('authorization') !== undefined;
  if (origin === undefined ? !isByHeader : origin !== `http://${host}`) refuse(403, 'bad_origin', 'a foreign origin');
  return faults;
}

function queryFaults(text: string): string[] {
  const pairs = text
    .split('&')
    .filter(Boolean)
    .map((one) => one.split(/=(.*)/s, 2).map((part) => decoded(part) ?? '\ufffd'));
  const query: Record<string, string> = {};
  const faults: string[] = [];
  for (const [name = '', value = ''] of pairs) {
    if (name in query) faults.push(`${name} occurs twice`);
    query[name] = value;
  }
  const why = faultIn(HANDSHAKE_QUERY, query);
  if (why) faults.push(why);
  const { after, roomId } = query;
  if (after === undefined && roomId !== undefined) faults.push('roomId without after');
  if (after !== undefined && roomId === undefined && Number(after) !== 0) faults.push('after without roomId');
  if (Number(after) > LIMITS.seqMax) faults.push('after is not a seq');
  return faults;
}

function tokenFaults(
  header: (name: string) => string | undefined,
  refuse: (status: number, code: string, why: string) => void,
): void {
  const [authorization, list] = [header('authorization'), header(PROTOCOL)];
  const offered = list?.split(',').map((one) => one.trim()) ?? [];
  const bad = (why: string) => refuse(400, 'invalid_request', why);
  if (offered.some((one) => !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(one))) bad('a protocol is not an HTTP token');
  if (new Set(offered).size !== offered.length) bad('a protocol occurs twice');
  if (offered.length > 0 && !offered.includes('chat.v1')) bad('chat.v1 is not offered');
  const bearers = offered.filter((one) => one.startsWith('bearer.'));
  if (bearers.length > 1 || (bearers.length > 0 && authorization !== undefined)) bad('there are two tokens');
  const token = bearers[0]?.slice('bearer.'.length) ?? /^bearer (\S+)$/i.exec(authorization?.trim() ?? '')?.[1];
  if (token !== 'TOKEN') refuse(401, 'invalid_token', 'there is no valid room token');
}
