// G1 as far as it is visible from outside, and G2: the same id is the same message, by socket and HTTP, in any state.
import { fold } from '../fold.ts';
import type { Json } from '../http.ts';
import type { Kit } from '../kit.ts';
import { readHistory } from '../room_log.ts';
import { expect, expectStatus, type Row, same } from '../row.ts';
import { expectProblem } from './provoke.ts';

/** The fold of one event. */
const made = (event: Json): Json => fold([event])[0];
const history = async (kit: Kit, room: Json): Promise<Json[]> => (await readHistory(kit, room)).messages;

const g = (id: string, says: string, run: (kit: Kit) => Promise<void>): Row => ({ id, group: 'guarantees', says, run });

export const g1g2: Row[] = [
  g('G1.visible', 'An acknowledged message is in the history at once.', async (kit) => {
    const room = await kit.room();
    const wire = await kit.join(kit.cast.bob, room.name);
    for (let seq = 1; seq <= 5; seq++) {
      const message = made(await wire.post(`${seq}`));
      same((await history(kit, room)).at(-1), message, 'the last message');
      same((await kit.call('getRoom', { as: kit.cast.ann, room: room.name })).body.lastSeq, seq, 'lastSeq');
    }
    wire.cut();
  }),
  g(
    'G2.socket',
    'A message sent again over a socket is stored once, and only that socket gets the answer.',
    async (kit) => {
      const room = await kit.room();
      const [bob, other] = [await kit.join(kit.cast.bob, room.name), await kit.join(kit.cast.cid, room.name)];
      const first = await bob.post('once');
      same(await bob.answer(bob.say('once', first.id)), first, 'the answer to the repeat');
      await bob.post('after it');
      same(await bob.answer(bob.say('once', first.id)), first, 'the answer to a later repeat');
      await other.next('message.created', ({ seq }) => seq === 2);
      same(
        other.events().map(({ seq }) => seq),
        [1, 2],
        'what another socket received',
      );
      same((await history(kit, room)).length, 2, 'messages in the history');
      bob.cut();
      other.cut();
    },
  ),
  g('G2.http', 'A message sent again by HTTP is stored once: 201, then 200 with the same message.', async (kit) => {
    const room = await kit.room();
    const body = { id: crypto.randomUUID(), content: 'once' };
    const send = () => kit.call('sendMessage', { as: kit.cast.bob, room: room.name, body });
    const [first, again] = [await send(), await send()];
    same([first.status, again.status], [201, 200], 'statuses');
    same(again.body, first.body, 'the answer to the repeat');
    same(await history(kit, room), [first.body], 'the history');
  }),
  g('G2.both-ways', 'A message sent by socket and again by HTTP, or the reverse, is stored once.', async (kit) => {
    const room = await kit.room();
    const wire = await kit.join(kit.cast.bob, room.name);
    const send = (body: Json) => kit.call('sendMessage', { as: kit.cast.bob, room: room.name, body });
    const bySocket = made(await wire.post('by socket'));
    const repeat = await send({ id: bySocket.id, content: 'by socket' });
    expectStatus(repeat, 200);
    same(repeat.body, bySocket, 'the answer by HTTP');
    const byHttp = (await send({ id: crypto.randomUUID(), content: 'by HTTP' })).body;
    await wire.next('message.created', ({ id }) => id === byHttp.id);
    same(made(await wire.answer(wire.say('by HTTP', byHttp.id))), byHttp, 'the answer by socket');
    same(await history(kit, room), [bySocket, byHttp], 'the history');
    wire.cut();
  }),
  g(
    'G2.at-once',
    'The same message over several sockets and HTTP at once is stored once, and each gets the same answer.',
    async (kit) => {
      const { bob } = kit.cast;
      const room = await kit.room();
      const wires = await Promise.all([1, 2, 3].map(() => kit.join(bob, room.name)));
      const id = crypto.randomUUID();
      const [byHttp, ...bySocket] = await Promise.all([
        kit.call('sendMessage', { as: bob, room: room.name, body: { id, content: 'at once' } }),
        ...wires.map((wire) => wire.answer(wire.say('at once', id))),
      ]);
      for (const answer of bySocket) same(made(answer), byHttp.body, 'each answer');
      same(await history(kit, room), [byHttp.body], 'the history');
      for (const wire of wires) wire.cut();
    },
  ),
  g('G2.reconnect', 'A message whose acknowledgement was lost is stored once when sent again.', async (kit) => {
    const { bob } = kit.cast;
    const room = await kit.room();
    const ids = Array.from({ length: 5 }, () => crypto.randomUUID());
    for (const id of ids) {
      const lost = await kit.join(bob, room.name);
      lost.say('lost?', id);
      // Let the frame leave, and cut the connection before or after the message is stored.
      await new Promise((resolve) => setTimeout(resolve, ids.indexOf(id) * 2));
      lost.cut();
      const wire = await kit.join(bob, room.name, { after: 0 });
      await wire.answer(wire.say('lost?', id));
      wire.cut();
    }
    same(
      (await history(kit, room)).map(({ id }) => id),
      ids,
      'ids in the history',
    );
  }),
  g('G2.conflict', 'The same id with another author or content is id_conflict and stores nothing.', async (kit) => {
    const { bob, cid } = kit.cast;
    const room = await kit.room();
    const [his, hers] = [await kit.join(bob, room.name), await kit.join(cid, room.name)];
    const { id } = await his.post('mine');
    for (const [wire, content] of [
      [his, 'other'],
      [hers, 'mine'],
    ] as const) {
      const error = await wire.answer(wire.say(content, id));
      // The socket of the other user may receive the live message, which has the same id, first.
      const refused = error.type === 'error' ? error : await wire.answer(id);
      same([refused.code, refused.refId], ['id_conflict', id], 'the error');
    }
    for (const [as, content] of [
      [bob, 'other'],
      [cid, 'mine'],
    ] as const) {
      expectProblem(await kit.call('sendMessage', { as, room: room.name, body: { id, content } }), 'id_conflict', 409);
    }
    same((await history(kit, room)).length, 1, 'messages in the history');
    his.cut();
    hers.cut();
  }),
  g('G2.other-room', 'The same id in another room is another message.', async (kit) => {
    const id = crypto.randomUUID();
    for (const content of ['here', 'there']) {
      const room = await kit.room();
      const answer = await kit.call('sendMessage', { as: kit.cast.bob, room: room.name, body: { id, content } });
      expectStatus(answer, 201);
      expect(answer.body.seq === 1, 'seq 1', answer.body);
    }
  }),
];
