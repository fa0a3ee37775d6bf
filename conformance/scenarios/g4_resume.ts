// G4: resuming from every cursor, during a burst, and from cursors that cannot be resumed.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Json } from '../http.ts';
import type { Kit } from '../kit.ts';
import { expect, type Row, same } from '../row.ts';
import type { Wire } from '../wire.ts';

const seqs = (wire: Wire) => wire.events().map(({ seq }) => seq);
const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);

/** Two users send twelve messages each, two at a time. Resolves when all are stored. */
async function burst(kit: Kit, room: Json): Promise<number> {
  const each = 12;
  const talk = async (wire: Wire) => {
    for (let sent = 0; sent < each; sent += 2) {
      await Promise.all([wire.post(`${sent}`), wire.post(`${sent + 1}`)]);
      await sleep(15);
    }
    wire.cut();
  };
  await Promise.all([kit.cast.ann, kit.cast.bob].map(async (person) => talk(await kit.join(person, room.name))));
  return each * 2;
}

async function write(kit: Kit, room: Json, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent++) {
    const body = { id: crypto.randomUUID(), content: `${sent}` };
    await kit.call('sendMessage', { as: kit.cast.ann, room: room.name, body });
  }
}

/** Expects that the socket, which was not resumed, receives later events only. */
async function onlyLive(kit: Kit, room: Json, wire: Wire & { joined: Json }): Promise<void> {
  same(wire.joined.resumed, false, 'resumed');
  const { lastSeq } = wire.joined;
  await write(kit, room, 2);
  await wire.next('message.created', ({ seq }) => seq === lastSeq + 2);
  same(seqs(wire), [lastSeq + 1, lastSeq + 2], 'the events that followed');
  wire.cut();
}

const g = (id: string, says: string, run: (kit: Kit) => Promise<void>): Row => ({
  id: `G4.${id}`,
  group: 'guarantees',
  says,
  run,
});

export const g4: Row[] = [
  g(
    'every-cursor',
    'During a burst, a resume at every cursor delivers every later message, in order, once.',
    async (kit) => {
      const people = [kit.cast.ann, kit.cast.bob, kit.cast.cid];
      const room = await kit.room();
      const tokens = await Promise.all(people.map(async (person) => (await kit.roomToken(person, room.name)).token));
      const guide = await kit.join(kit.cast.cid, room.name);
      const sending = burst(kit, room);
      const total = 24;
      const resumed = range(0, total - 1).map(async (after) => {
        await guide.until(
          () => (after === 0 || seqs(guide).some((seq) => seq >= after) ? true : undefined),
          `seq ${after}`,
        );
        const [as, token] = [people[after % 3]!, tokens[after % 3]];
        const wire = await kit.join(as, room.name, { after, roomId: room.id, token });
        same(wire.joined.resumed, true, `resumed after ${after}`);
        await wire.until(() => (seqs(wire).includes(total) ? true : undefined), `seq ${total} after ${after}`);
        same(seqs(wire), range(after + 1, total), `the events after ${after}`);
        wire.cut();
      });
      const results = await Promise.allSettled([sending, ...resumed]);
      guide.cut();
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    },
  ),
  g(
    'again-and-again',
    'A client that is disconnected repeatedly during a burst misses nothing and receives nothing twice.',
    async (kit) => {
      const room = await kit.room();
      let [wire, after] = [await kit.join(kit.cast.cid, room.name), 0];
      const seen: number[] = [];
      const sending = burst(kit, room);
      sending.catch(() => undefined);
      for (let cuts = 0; cuts < 8; cuts++) {
        await sleep(20);
        wire.cut();
        seen.push(...seqs(wire));
        after = seen.at(-1) ?? 0;
        wire = await kit.join(kit.cast.cid, room.name, { after, roomId: room.id });
        same(wire.joined.resumed, true, `resumed after ${after}`);
      }
      const total = await sending;
      await wire.until(() => (after === total || seqs(wire).includes(total) ? true : undefined), `seq ${total}`);
      same([...seen, ...seqs(wire)], range(1, total), 'all sockets together');
      wire.cut();
    },
  ),
  g('from-the-start', 'after=0 needs no roomId and delivers the whole log.', async (kit) => {
    const room = await kit.room();
    await write(kit, room, 3);
    const wire = await kit.join(kit.cast.bob, room.name, { after: 0 });
    same([wire.joined.resumed, wire.joined.lastSeq], [true, 3], 'resumed and lastSeq');
    await wire.next('message.created', ({ seq }) => seq === 3);
    same(seqs(wire), [1, 2, 3], 'the events');
    wire.cut();
  }),
  g('at-the-end', 'A resume at the last seq delivers only later events.', async (kit) => {
    const room = await kit.room();
    await write(kit, room, 3);
    const wire = await kit.join(kit.cast.bob, room.name, { after: 3, roomId: room.id });
    same([wire.joined.resumed, wire.joined.lastSeq], [true, 3], 'resumed and lastSeq');
    await write(kit, room, 1);
    await wire.next('message.created', ({ seq }) => seq === 4);
    same(seqs(wire), [4], 'the events');
    wire.cut();
  }),
  g('without-cursor', 'Without a cursor only live events are delivered.', async (kit) => {
    const room = await kit.room();
    await write(kit, room, 3);
    await onlyLive(kit, room, await kit.join(kit.cast.bob, room.name));
  }),
  g('ahead', 'A cursor ahead of the log is not resumed: only live events follow.', async (kit) => {
    const room = await kit.room();
    await write(kit, room, 2);
    await onlyLive(kit, room, await kit.join(kit.cast.bob, room.name, { after: 3, roomId: room.id }));
  }),
  g('name-taken-again', 'A cursor of a deleted room is not resumed in another room of the same name.', async (kit) => {
    const { ann, bob } = kit.cast;
    const old = await kit.room(ann);
    await write(kit, old, 3);
    await kit.call('deleteRoom', { as: ann, room: old.name });
    const room = await kit.room(ann, old.name);
    expect(room.id !== old.id && room.lastSeq === 0, 'a new id, and an empty log', room);
    await write(kit, room, 4);
    const wire = await kit.join(bob, room.name, { after: 3, roomId: old.id });
    same(wire.joined.roomId, room.id, 'roomId');
    await onlyLive(kit, room, wire);
  }),
];
