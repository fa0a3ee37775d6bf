// G4 for edits and deletions: a client that resumes receives them, and never a text that was withdrawn.
import type { Json } from '../http.ts';
import type { Kit } from '../kit.ts';
import { logFault } from '../log.ts';
import { change, placeOf, readHistory, readLog, write } from '../room_log.ts';
import { expect, type Row, same } from '../row.ts';

const WITHDRAWN = 'nobody may read this any more';

/** The events that a resume at this cursor delivers, up to the seq `last`. */
async function resumed(kit: Kit, room: Json, after: number, last: number): Promise<Json[]> {
  const wire = await kit.join(kit.cast.cid, room.name, { after, roomId: room.id });
  same(wire.joined.resumed, true, `resumed after ${after}`);
  await wire.until(() => (wire.events().at(-1)?.seq >= last ? true : undefined), `seq ${last} after ${after}`);
  wire.cut();
  return wire.events();
}

/** A resume at every cursor delivers the rest of the log as listed, and never the withdrawn text. */
async function everyCursor(kit: Kit, room: Json, total: number): Promise<void> {
  const log = await readLog(kit, room);
  same([log.length, logFault(log)], [total, undefined], 'events in the log, and its first fault');
  for (const { seq } of [{ seq: 0 }, ...log.slice(0, -1)]) {
    same(await resumed(kit, room, seq, log.length), log.slice(seq), `the events after ${seq}`);
  }
  const all = JSON.stringify([log, await readHistory(kit, room)]);
  expect(!all.includes(WITHDRAWN), 'no withdrawn text', all);
}

const g = (id: string, says: string, run: (kit: Kit) => Promise<void>): Row => ({
  id: `G4.${id}`,
  group: 'guarantees',
  says,
  run,
});

export const g4Offline: Row[] = [
  g(
    'edit-missed',
    'A client that missed an edit receives it on resume, and never the old text, from any cursor.',
    async (kit) => {
      const room = await kit.room();
      const place = { room, message: await write(kit, kit.cast.bob, room, WITHDRAWN) };
      await change(kit, 'editMessage', kit.cast.bob, place, { body: { content: 'better' } });
      same(
        (await resumed(kit, room, 1, 2)).map(({ type, content }) => [type, content]),
        [['message.edited', 'better']],
        'after 1',
      );
      same((await readLog(kit, room))[0].supersededBy, 2, 'supersededBy of the first event');
      await everyCursor(kit, room, 2);
    },
  ),
  g(
    'deletion-missed',
    'A client that missed an edit and a deletion receives both, and neither text, from any cursor.',
    async (kit) => {
      const place = await placeOf(kit);
      await change(kit, 'editMessage', kit.cast.bob, place, { body: { content: WITHDRAWN } });
      await change(kit, 'addReaction', kit.cast.cid, place, { emoji: '👍' });
      await change(kit, 'deleteMessage', kit.cast.ann, place);
      const missed = await resumed(kit, place.room, 1, 4);
      same(
        missed.map(({ type, content, supersededBy }) => [type, content ?? supersededBy]),
        [
          ['message.edited', 4],
          ['reaction.added', undefined],
          ['message.deleted', undefined],
        ],
        'the missed events',
      );
      await everyCursor(kit, place.room, 4);
    },
  ),
];
