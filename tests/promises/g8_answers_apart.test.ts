// G8: a refused message does not affect the other messages of its batch.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type House, startHouse, until } from '../house.ts';
import { sleep } from '../people.ts';
import type { Member, RecordedRoom } from '../records.ts';

let house: House;
let ann: Member;

before(async () => {
  house = await startHouse();
  [ann] = (await house.records.members(1)) as [Member];
});
after(() => house.stop());

const join = (room: RecordedRoom) => house.records.join(ann, room, house.chats[0]!.url);

test('in one batch every message gets its own answer', async () => {
  const [room, gone] = [await house.records.room(ann), await house.records.room(ann)];
  const [own, lost] = [await join(room), await join(gone)];
  const wire = house.wires[0]!;
  const hold = Promise.withResolvers<void>();
  let batches = 0;
  wire.fault = async (wireCall, forward) => {
    if (['/changes', '/rooms/compare'].includes(wireCall.path)) return 'cut'; // chat does not learn of the deletion
    if (wireCall.path === '/messages') {
      batches += 1;
      if (batches <= 2) await hold.promise; // the first call of each lane, so that the next messages form a batch
    }
    return forward();
  };
  await until(async () => (await fetch(`${house.chats[0]!.internalUrl}/readyz`)).status === 503);
  const taken = own.say('first');
  const early = lost.say('first');
  await until(() => batches >= 1);
  await house.records.query('update chat_rooms set deleted_at = clock_timestamp() where id = $1', [gone.id]);
  const ids = [own.say('good'), own.say('other content', taken), own.say('good too')];
  const late = lost.say('into nothing');
  await sleep(50);
  hold.resolve();
  for (const id of [ids[0]!, ids[2]!]) await own.next('message.created', (frame) => frame.id === id);
  assert.equal((await own.next('error', (frame) => frame.refId === ids[1])).code, 'id_conflict');
  // The first refusal ends the socket: whichever of the two it was, the other is answered by the close.
  const refused = await lost.next('error');
  assert.ok([early, late].includes(refused.refId));
  assert.equal(refused.code, 'room_gone');
  assert.equal(await lost.closed(), 4502);
  assert.deepEqual(own.seqs(), [1, 2, 3]);
});
