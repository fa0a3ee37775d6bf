// G2 for changes: a message sent again after an edit or a deletion, and changes that are repeated.
import type { Json } from '../http.ts';
import type { Kit } from '../kit.ts';
import { at, change, type Place, placeOf, readLog, unchanged } from '../room_log.ts';
import { expectStatus, type Row, same } from '../row.ts';
import { expectProblem } from './provoke.ts';

/** Repeats the message by socket and by HTTP, by its author with any text and by another; expects no new event. */
async function sentAgain(kit: Kit, place: Place): Promise<void> {
  const { bob, cid } = kit.cast;
  const { room, message } = place;
  const [wire, other] = [await kit.join(bob, room.name), await kit.join(cid, room.name)];
  const state = (await at(kit, 'getMessage', bob, place)).body;
  const [created] = await readLog(kit, room);
  await unchanged(kit, room, async () => {
    for (const content of [message.content, 'What was it?']) {
      const body = { id: message.id, content, roomId: room.id };
      const answer = await kit.call('sendMessage', { as: bob, room: room.name, body });
      expectStatus(answer, 200);
      same(answer.body, state, 'the answer by HTTP');
      same(await wire.answer(wire.say(content, message.id)), created, 'the answer by socket');
      expectProblem(await kit.call('sendMessage', { as: cid, room: room.name, body }), 'id_conflict', 409);
      const refused = await other.answer(other.say(content, message.id));
      same([refused.code, refused.refId], ['id_conflict', message.id], 'the answer to another by socket');
    }
  });
  same('content' in created, false, 'whether the stored event has a text');
  await wire.post('It goes on.');
  const { seq } = await other.next('message.created');
  same(seq, created.supersededBy + 1, 'the seq of the first event that another socket received');
  wire.cut();
  other.cut();
}

const g = (id: string, says: string, run: (kit: Kit) => Promise<void>): Row => ({ id, group: 'guarantees', says, run });

export const g2Changes: Row[] = [
  g('G2.after-edit', 'A message sent again after an edit is answered as stored, without its text.', async (kit) => {
    const place = await placeOf(kit);
    await change(kit, 'editMessage', kit.cast.bob, place, { body: { content: 'Is it on yet?' } });
    await sentAgain(kit, place);
  }),
  g(
    'G2.after-deletion',
    'A message sent again after its deletion is answered as stored, and stays deleted.',
    async (kit) => {
      const place = await placeOf(kit);
      await change(kit, 'deleteMessage', kit.cast.bob, place);
      await sentAgain(kit, place);
    },
  ),
  g(
    'G2.changes',
    'A repeated edit, deletion or reaction gets the same answer and adds no event to the log.',
    async (kit) => {
      const { ann, bob } = kit.cast;
      const place = await placeOf(kit);
      const wire = await kit.join(ann, place.room.name);
      const twice = async (id: string, options: { body?: Json; emoji?: string }) => {
        const first = await change(kit, id, bob, place, options);
        await unchanged(kit, place.room, async () => {
          const again = await change(kit, id, bob, place, options);
          same(again.body, first.body, `the answer to ${id} again`);
        });
      };
      await twice('addReaction', { emoji: '👍' });
      await twice('removeReaction', { emoji: '👍' });
      await twice('editMessage', { body: { content: 'once' } });
      await twice('deleteMessage', {});
      await wire.next('message.deleted');
      same(
        wire.events().map(({ type }) => type),
        ['reaction.added', 'reaction.removed', 'message.edited', 'message.deleted'],
        'what a socket received',
      );
      wire.cut();
    },
  ),
  g('G2.changes-at-once', 'Changes sent twice at the same time, by several users, add one event each.', async (kit) => {
    const { ann, bob, cid } = kit.cast;
    const place = await placeOf(kit);
    const atOnce = (id: string, who: (typeof ann)[], more = {}) =>
      Promise.all(who.flatMap((one) => [one, one]).map((one) => change(kit, id, one, place, more)));
    await atOnce('addReaction', [ann, bob, cid], { emoji: '👍' });
    await atOnce('editMessage', [bob], { body: { content: 'once' } });
    const [{ count }] = (await at(kit, 'getMessage', ann, place)).body.reactions;
    await atOnce('deleteMessage', [ann, bob]);
    same([count, (await readLog(kit, place.room)).length], [3, 6], 'the count of the reaction, and events in the log');
  }),
];
