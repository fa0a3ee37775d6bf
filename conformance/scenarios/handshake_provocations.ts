// Upgrades that must be refused: each is valid except for one thing. Keyed by the expected code.
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { PROBLEMS } from '@parlance/specs/problems.ts';
import { HANDSHAKE } from '../contract.ts';
import type { Answer } from '../http.ts';
import type { Kit } from '../kit.ts';
import { type Door, upgrade } from './door.ts';
import { fullHouse } from './full_house.ts';

export interface HandshakeProvocation {
  code: keyof typeof PROBLEMS;
  /** Distinguishes several with the same code. */
  name?: string;
  /** Ends the sentence "The upgrade is refused with 400 invalid_request …". */
  says: string;
  /** One of `errors` must have a pointer that starts like this. */
  pointer?: string;
  run(kit: Kit, door: Door): Promise<Answer>[];
}

/** The chat service learns of a ban within this time, in milliseconds. */
const CLOSE_MS = 1_000;

const byProtocol = (token: string) => ({ 'sec-websocket-protocol': `chat.v1, bearer.${token}` });
const bearerOf = (token: string) => ({ authorization: `Bearer ${token}` });
const ELSEWHERE = { origin: 'https://elsewhere.example' };

export const HANDSHAKE_PROVOCATIONS: readonly HandshakeProvocation[] = [
  {
    code: 'invalid_request',
    name: 'query',
    says: 'to an invalid query',
    pointer: '/query',
    run: (_kit, { room: { id }, bearer, knock }) =>
      [
        ...['?unknown=1', '?after=-1', '?after=x', '?after=', '?after=1.5', '?after=1e1', '?after=1', `?roomId=${id}`],
        ...[`?after=1&after=1&roomId=${id}`, `?after=1&roomId=${id.toUpperCase()}`, '?after=1&roomId=x'],
        `?after=${BigInt(LIMITS.seqMax) + 1n}&roomId=${id}`,
      ].map((query) => knock(bearer, query)),
  },
  {
    code: 'invalid_request',
    name: 'token',
    says: 'to a token in both places, or an offer without chat.v1',
    run: (_kit, { token, bearer, knock }) => [
      knock({ ...bearer, ...byProtocol(token) }),
      knock({ ...bearer, 'sec-websocket-protocol': 'another' }),
      knock({ 'sec-websocket-protocol': `bearer.${token}` }),
    ],
  },
  {
    code: 'invalid_request',
    name: 'path',
    says: 'to an invalid room name',
    run: (kit, { bearer }) =>
      ['x'.repeat(LIMITS.roomNameMax + 1), '%ff'].map((name) =>
        kit.knock(HANDSHAKE.path.replace('{roomName}', name), upgrade(bearer)),
      ),
  },
  {
    code: 'invalid_token',
    says: 'without a token, and to one that is malformed, forged, or no room token',
    run: (kit, { token, knock }) => {
      const [head, payload, signature] = token.split('.');
      const claims = { ...JSON.parse(String(Buffer.from(payload, 'base64url'))), username: 'somebody' };
      const forged = `${head}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`;
      const shown = [bearerOf('nonsense'), { authorization: `Basic ${token}` }, bearerOf(forged)];
      return [{}, ...shown, bearerOf(kit.cast.bob.token)].map((headers) => knock(headers));
    },
  },
  {
    code: 'bad_origin',
    says: "to another site's page, and to a token as subprotocol without an origin",
    run: (_kit, { token, bearer, knock }) => [
      knock({ ...bearer, ...ELSEWHERE }),
      knock({ ...byProtocol(token), ...ELSEWHERE }),
      knock(byProtocol(token)),
    ],
  },
  {
    code: 'wrong_room',
    says: 'to a token of another room',
    run: (kit, { knock }) => [
      kit.room().then(async ({ name }) => knock(bearerOf((await kit.roomToken(kit.cast.bob, name)).token))),
    ],
  },
  {
    code: 'banned',
    says: 'when the user was banned after the token was issued',
    run: (kit, { room, bearer, knock }) => [
      kit
        .call('banUser', { as: kit.cast.ann, room: room.name, username: kit.cast.bob.username })
        .then(() => sleep(CLOSE_MS))
        .then(() => knock(bearer)),
    ],
  },
  {
    code: 'not_found',
    says: 'at a path of no room',
    run: (kit, { path, bearer }) => [`${path}/x`, '/ws/'].map((beside) => kit.knock(beside, upgrade(bearer))),
  },
  {
    code: 'room_not_found',
    says: 'when the room was deleted after the token was issued',
    run: (kit, { room, knock }) => [kit.call('deleteRoom', { as: kit.cast.ann, room: room.name }).then(() => knock())],
  },
  {
    code: 'method_not_allowed',
    says: 'to a method other than GET',
    run: (kit, { path, bearer }) => ['POST', 'DELETE', 'PUT'].map((method) => kit.knock(path, bearer, method)),
  },
  {
    code: 'upgrade_required',
    says: 'to a plain GET, and to another WebSocket version',
    run: (kit, { path, bearer, knock }) => [
      kit.knock(path, bearer),
      knock({ ...bearer, 'sec-websocket-version': '8' }),
    ],
  },
  {
    code: 'too_many_sockets',
    says: 'to one socket more than allowed',
    run: (kit) => [fullHouse(kit).then(({ refused }) => refused)],
  },
];
