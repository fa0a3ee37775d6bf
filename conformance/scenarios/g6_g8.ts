// G6: ending a session or deleting a room closes its sockets within a second. G8: each frame has its own answer.
import type { Kit } from '../kit.ts';
import { expect, expectStatus, type Row, same } from '../row.ts';
import type { Wire } from '../wire.ts';
import { door, upgrade } from './door.ts';
import { expectProblem } from './provoke.ts';

/** The contract promises a second; the rest allows for the network and a busy machine. */
const PROMISED_MS = 1_000;
const TOLERANCE_MS = 1_000;

/** Expects a close with the code, within a second after `since`. */
async function closesInTime(wire: Wire, code: number, since: number): Promise<void> {
  same(await wire.closed(), code, 'the close code');
  const ms = Math.round((wire.end?.at ?? Number.NaN) - since);
  expect(ms <= PROMISED_MS + TOLERANCE_MS, `a close within ${PROMISED_MS} ms (+ ${TOLERANCE_MS})`, `${ms} ms`);
}

const g = (id: string, says: string, run: (kit: Kit) => Promise<void>): Row => ({ id, group: 'guarantees', says, run });

const logout = (kind: 'token' | 'cookie') => async (kit: Kit) => {
  const { cid } = kit.cast;
  const [ended, other] = [await kit.session(kind, cid), await kit.session('token', cid)];
  const rooms = [await kit.room(), await kit.room()];
  const closing = await Promise.all(rooms.map((room) => kit.join(ended, room.name)));
  const staying = await kit.join(other, rooms[0].name);
  expectStatus(await kit.call('logOut', { as: ended }), 204);
  const since = performance.now();
  for (const wire of closing) await closesInTime(wire, 4501, since);
  await staying.post('My other session lives on.');
  staying.cut();
};

export const g6g8: Row[] = [
  g(
    'G6.logout',
    "Logging a program out closes all sockets of that session within 1 s, and no other session's.",
    logout('token'),
  ),
  g('G6.logout-cookie', 'Logging a browser out does the same.', logout('cookie')),
  g('G6.tokens', 'When a session has ended, its tokens are refused.', async (kit) => {
    const as = await kit.session();
    const { room, path } = await door(kit);
    const { token } = await kit.roomToken(as, room.name);
    expectStatus(await kit.call('logOut', { as }), 204);
    const body = { id: crypto.randomUUID(), content: 'too late' };
    expectProblem(await kit.call('sendMessage', { as, room: room.name, body }), 'not_authenticated', 401);
    await new Promise((resolve) => setTimeout(resolve, PROMISED_MS));
    expectProblem(await kit.knock(path, upgrade({ authorization: `Bearer ${token}` })), 'invalid_token', 401);
  }),
  g('G6.room-deleted', 'Deleting a room notifies all its sockets and closes them within 1 s.', async (kit) => {
    const { ann, bob, cid } = kit.cast;
    const room = await kit.room(ann);
    const wires = await Promise.all([ann, bob, cid].map((person) => kit.join(person, room.name)));
    expectStatus(await kit.call('deleteRoom', { as: ann, room: room.name }), 204);
    const since = performance.now();
    for (const wire of wires) {
      await closesInTime(wire, 4502, since);
      same(wire.frames.at(-1)?.type, 'room.deleted', 'the last frame');
    }
  }),
  { id: 'G7', group: 'guarantees', says: 'Slow clients affect nobody else.', skip: 'it needs too much load for a run' },
  g('G8.one-by-one', 'Frames sent together are answered one by one; an invalid one affects no other.', async (kit) => {
    const room = await kit.room();
    const [wire, other] = [await kit.join(kit.cast.bob, room.name), await kit.join(kit.cast.cid, room.name)];
    const old = await wire.post('old');
    const a = wire.say('a');
    wire.send('{"type":');
    wire.say('not the old one', old.id);
    const blank = wire.say(' \n ');
    const b = wire.say('b');
    wire.say('a', a);
    wire.send({ type: 'no.such' });
    const c = wire.say('c');
    const stored = await Promise.all([a, b, c].map((id) => wire.answer(id)));
    same(
      stored.map(({ type, seq, content }) => [type, seq, content]),
      [
        ['message.created', 2, 'a'],
        ['message.created', 3, 'b'],
        ['message.created', 4, 'c'],
      ],
      'what was stored',
    );
    same((await wire.answer(a)).seq, 2, 'the answer to the repeat');
    same((await wire.answer(old.id)).code, 'id_conflict', 'the answer to another text under an old id');
    same((await wire.answer(blank)).code, 'invalid_frame', 'the answer to a blank text');
    await wire.next('error', ({ code }) => code === 'invalid_json');
    await wire.next('error', ({ code }) => code === 'invalid_frame');
    await other.next('message.created', ({ id }) => id === c);
    same(
      other.events().map(({ content }) => content),
      ['old', 'a', 'b', 'c'],
      'what another socket received',
    );
    wire.cut();
    other.cut();
  }),
];
