// G6 and G7 for edits, deletions and reactions: a change that waits for the room's row lock stores nothing if the room
// is deleted or its session ends meanwhile, and delays no other room.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type House, startHouse, until } from '../house.ts';
import { type Answer, call, type Json } from '../people.ts';
import type { Member, RecordedRoom } from '../records.ts';

let house: House;
before(async () => {
  house = await startHouse();
});
after(() => house.stop());

interface Author {
  token: string;
  room: RecordedRoom;
  /** The author's message in the room. */
  id: string;
}

async function author(): Promise<Author> {
  const [member] = (await house.records.members(1)) as [Member];
  const [room, token] = [await house.records.room(member), await house.records.accessToken(member)];
  const id = randomUUID();
  const sent = await ask({ token, room, id }, 'POST', '/messages', { id, content: 'one' });
  assert.equal(sent.status, 201);
  return { token, room, id };
}

const ask = ({ token, room }: Author, method: string, rest: string, body?: Json): Promise<Answer> =>
  call(house.websites[0]!.url, method, `/api/rooms/${encodeURIComponent(room.name)}${rest}`, { token, body });

/** One change of each kind, concurrently. */
const changes = (who: Author): Promise<Answer>[] => [
  ask(who, 'PATCH', `/messages/${who.id}`, { content: 'two' }),
  ask(who, 'DELETE', `/messages/${who.id}`),
  ask(who, 'PUT', `/messages/${who.id}/reactions/${encodeURIComponent('👍')}`),
];

const events = async ({ room }: Author) =>
  (await house.records.query('select seq from room_events where room_id = $1', [room.id])).length;

/** How many database sessions wait for a lock. */
const waiting = async () =>
  (
    await house.records.query(
      "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    )
  ).length;

/** Locks the room's row until the returned function is called. */
async function lock({ room }: Author): Promise<() => Promise<void>> {
  const holder = await house.records.connection();
  await holder.query('begin');
  await holder.query('select 1 from chat_rooms where id = $1 for update', [room.id]);
  return async () => {
    await holder.query('commit');
    await holder.end();
  };
}

const codes = async (answers: Promise<Answer>[]) => (await Promise.all(answers)).map(({ body }) => body.code);

test('a change that waits behind the deletion of the room is refused and stores nothing', async () => {
  const who = await author();
  const release = await lock(who);
  const deleted = ask(who, 'DELETE', '');
  await until(async () => (await waiting()) === 1);
  const answers = changes(who);
  await until(async () => (await waiting()) === 2, 900);
  await release();
  assert.equal((await deleted).status, 204);
  assert.deepEqual(await codes(answers), ['room_not_found', 'room_not_found', 'room_not_found']);
  assert.equal(await events(who), 0);
});

test('a change that waits for the row lock stores nothing if its session ends meanwhile', async () => {
  const who = await author();
  const release = await lock(who);
  const answers = changes(who);
  await until(async () => (await waiting()) === 1, 900);
  const { url } = house.websites[0]!;
  assert.equal((await call(url, 'DELETE', '/api/session', { token: who.token })).status, 204);
  await release();
  assert.deepEqual(await codes(answers), ['not_authenticated', 'not_authenticated', 'not_authenticated']);
  assert.equal(await events(who), 0);
});

test('of many changes in a room one waits for the row lock, and they delay no change in another room', async () => {
  const [held, free] = [await author(), await author()];
  /** How long a change in another room takes meanwhile, in ms. */
  const round = async (): Promise<number> => {
    const release = await lock(held);
    const answers = Array.from({ length: 10 }, () => changes(held)).flat();
    await until(async () => (await waiting()) === 1, 900);
    const began = performance.now();
    assert.equal((await ask(free, 'PATCH', `/messages/${free.id}`, { content: 'two' })).status, 200);
    const took = performance.now() - began;
    const stillWaiting = await waiting();
    await release();
    await Promise.all(answers);
    // After 1 s they give up by themselves.
    if (took < 900) assert.equal(stillWaiting, 1, 'an append in this room waits for no more than one change');
    return took;
  };
  // A busy machine may be late; a change that waits for those of another room is late in every round.
  const times = [await round()];
  while (times.at(-1)! >= 900 && times.length < 3) times.push(await round());
  assert.ok(times.at(-1)! < 900, `took ${times} ms: it waited for changes of another room`);
});
