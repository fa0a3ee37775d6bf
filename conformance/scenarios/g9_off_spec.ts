// G9: a few hundred seeded requests, frames and upgrades that the contract does not allow: each is refused as the
// contract says, and nothing changes.
import { LIMITS } from '@parlance/specs/limits.ts';
import { filled, OPERATIONS, type Operation } from '../contract.ts';
import { clientFrameFault } from '../frames.ts';
import type { CallOptions, Kit } from '../kit.ts';
import { inLanes } from '../lanes.ts';
import { boundary, OFF_PLACE, offSpec, offSpecFrame } from '../off_spec.ts';
import { newcomer, type Person } from '../people.ts';
import type { Random } from '../random.ts';
import { placeOf, roomState } from '../room_log.ts';
import { expect, type Row, same, show } from '../row.ts';
import { door } from './door.ts';
import { validBody } from './provoke.ts';

const REQUESTS = 240;
const FRAMES = 180;
const UPGRADES = 40;
const LANES = 3;

/** A request with one thing wrong. */
function offSpecRequest(operation: Operation, kit: Kit, random: Random, options: CallOptions): CallOptions {
  const kinds = [
    'query',
    'method',
    ...(operation.query.length > 0 ? ['parameter', 'parameter'] : []),
    ...(operation.places.length > 0 ? ['path'] : []),
  ];
  const bodyKinds = operation.body ? ['body', 'body', 'body', 'body', 'json', 'type', 'none'] : [];
  const body = validBody(operation, kit);
  const right = { ...options, ...(body ? { body } : {}) };
  const name = body?.name;
  if (typeof name === 'string') kit.willDelete(name, kit.cast.ann);
  switch (random.pick([...kinds, ...bodyKinds])) {
    case 'query':
      return {
        ...right,
        query: random.pick(['?x=1', '?limit[]=1', '?__proto__=1', '?Limit=5', '?after=1&before=1&x', '?%00=1']),
      };
    case 'method':
      return { ...right, method: random.pick(otherMethods(operation)) };
    case 'parameter': {
      const { name: parameter, schema } = random.pick(operation.query);
      return { ...right, query: `?${parameter}=${encodeURIComponent(random.pick(boundary(schema).outside))}` };
    }
    case 'path':
      return { ...right, path: offSpecPath(operation, random, options) };
    case 'json':
      return { ...right, body: random.pick(['{', '', '[', '"', '{"a"}', 'undefined', '{"a":\u0001}']) };
    case 'type':
      return {
        ...right,
        headers: { 'content-type': random.pick(['text/plain', 'text/html', 'multipart/form-data', '*/*']) },
      };
    case 'none':
      return { ...options, ...(random.next() < 0.5 ? {} : { body: 'null' }) };
    default:
      return { ...right, body: offSpec(random, body ?? {}, operation.bodyFault) };
  }
}

/** Methods that the path of the operation does not have. */
const otherMethods = ({ path }: Operation) =>
  ['PUT', 'PATCH', 'POST', 'DELETE'].filter(
    (method) => !OPERATIONS.some((one) => one.path === path && one.method === method),
  );

/** The path with one invalid parameter and the others valid. */
function offSpecPath(operation: Operation, random: Random, { room, message, emoji }: CallOptions): string {
  const { name } = random.pick(operation.places);
  const right = { roomName: room ?? '', messageId: message ?? '', emoji: emoji ?? '' };
  return filled(operation.path, { ...right, [name]: random.pick(OFF_PLACE[name] ?? ['']) });
}

const requests: Row = {
  id: 'G9.requests',
  group: 'guarantees',
  says: `${REQUESTS} off-spec requests are refused with 4xx problems, and nothing changes.`,
  run: async (kit) => {
    const { ann } = kit.cast;
    const [{ room, message }, spare] = [await placeOf(kit, ann), await kit.session('token', ann)];
    const before = await roomState(kit, room);
    // For endOtherSessions: a server that does not refuse it would end the sessions of ann, which other rows need.
    const apart = await kit.session('token', await newcomer(kit.call.bind(kit)));
    const random = kit.chance();
    const tried = Array.from({ length: REQUESTS }, () => {
      const operation = random.pick(OPERATIONS);
      const options = offSpecRequest(operation, kit, random, {
        room: room.name,
        message: message.id,
        emoji: '👍',
        ...(operation.needsSession ? { as: operation.id === 'endOtherSessions' ? apart : spare } : {}),
      });
      return { operation, options };
    });
    await inLanes(LANES, tried, async ({ operation, options }) => {
      const { status, text, body } = await kit.call(operation.id, options);
      const refused = status >= 400 && status < 500 && typeof body?.code === 'string';
      expect(refused, `a 4xx problem to ${operation.id} ${show({ ...options, as: undefined })}`, `${status} ${text}`);
    });
    same(await roomState(kit, room), before, 'the room afterwards');
    same((await kit.call('getSession', { as: spare })).status, 200, 'the session afterwards');
  },
};

const frames: Row = {
  id: 'G9.frames',
  group: 'guarantees',
  says: `${FRAMES} off-spec frames are each answered with an error, up to the limit of each socket; nothing changes.`,
  run: async (kit) => {
    const room = await kit.room();
    const random = kit.chance();
    const texts = Array.from({ length: FRAMES }, () => offSpecFrame(random));
    const perSocket = LIMITS.offSpecPerMinute;
    const people = [kit.cast.ann, kit.cast.bob, kit.cast.cid] as Person[];
    await inLanes(LANES, Array(Math.ceil(FRAMES / perSocket)).keys(), async (index) => {
      const wire = await kit.join(people[index % people.length]!, room.name);
      for (const text of texts.slice(index * perSocket, (index + 1) * perSocket)) {
        wire.send(text);
        const { code } = await wire.next('error');
        expect(code === expectedCode(text), `${expectedCode(text)} to ${show(text)}`, code);
      }
      wire.cut();
    });
    same((await kit.call('getRoom', { as: kit.cast.ann, room: room.name })).body, room, 'the room afterwards');
  },
};

function expectedCode(text: string): string {
  try {
    return clientFrameFault(JSON.parse(text)) ? 'invalid_frame' : 'none';
  } catch {
    return 'invalid_json';
  }
}

const upgrades: Row = {
  id: 'G9.upgrades',
  group: 'guarantees',
  says: `${UPGRADES} off-spec upgrades are refused with 4xx problems.`,
  run: async (kit) => {
    const { bearer, knock, room } = await door(kit);
    const values = ['', '-1', 'x', '1.0', '1e1', '+1', ' 1', '99999999999999999', 'NaN', '0x1', '%00', '1,2', '٣'];
    const random = kit.chance();
    const tried = Array.from({ length: UPGRADES }, () => {
      const value = encodeURIComponent(random.pick(values));
      const known = `after=0&roomId=${room.id}`;
      return random.pick([
        `?after=${value}`,
        `?after=${value}&roomId=${room.id}`,
        `?after=1&roomId=${value}`,
        `?${known}&x=${value}`,
        `?${known}&after=${value}`,
        `?token=${value}`,
      ]);
    });
    await inLanes(LANES, tried, async (query) => {
      const { status, text } = await knock(bearer, query);
      expect(status === 400, `400 to ${query}`, `${status} ${text}`);
    });
  },
};

export const g9: Row[] = [requests, frames, upgrades];
