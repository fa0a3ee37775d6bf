// G6 when a deletion and an append race for the row lock of a room: both orders, forced by a lock, end consistently.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type House, startHouse, until } from '../house.ts';
import { call, type Json } from '../people.ts';
import type { Member, RecordedRoom } from '../records.ts';

let house: House;
let ann: Member;
let token: string;
before(async () => {
  house = await startHouse({ chats: 2 });
  [ann] = (await house.records.members(1)) as [Member];
  token = await house.records.accessToken(ann);
});
after(() => house.stop());

const pathOf = ({ name }: RecordedRoom) => `/api/rooms/${encodeURIComponent(name)}`;
const ask = (method: string, path: string, body?: Json) => call(house.websites[0]!.url, method, path, { token, body });
const join = (room: RecordedRoom, chat = 0) => house.records.join(ann, room, house.chats[chat]!.url);
/** How many sessions of the database wait for a lock. */
const waiting = async () =>
  (
    await house.records.query(
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
  ).length;
const row = async ({ id }: RecordedRoom): Promise<Json> =>
  (
    await house.records.query(
      `select last_seq::int, deleted_at is not null as deleted,
         (select count(*)::int from messages where room_id = r.id) as messages from chat_rooms r where id = $1`,
      [id],
    )
  )[0];

/** Holds the room's row until the returned function is called. */
async function lock({ id }: RecordedRoom): Promise<() => Promise<void>> {
  const holder = await house.records.connection();
  await holder.query('begin');
  await holder.query('select 1 from chat_rooms where id = $1 for update', [id]);
  return async () => {
    await holder.query('commit');
    await holder.end();
  };
}

test('an append that waits behind a deletion is refused, over the socket and over HTTP, and stores nothing', async () => {
  const room = await house.records.room(ann);
  const socket = await join(room);
  const release = await lock(room);
  const deleted = ask('DELETE', pathOf(room));
  await until(async () => (await waiting()) === 1);
  const id = socket.say('too late');
  const answer = ask('POST', `${pathOf(room)}/messages`, { id: randomUUID(), content: 'too late' });
  await until(async () => (await waiting()) === 3, 900);
  await release();
  assert.equal((await deleted).status, 204);
  assert.deepEqual([(await answer).status, (await answer).body.code], [404, 'room_not_found']);
  assert.equal(await socket.closed(), 4502);
  const answers = socket.frames.filter((frame) => frame.refId === id || frame.id === id);
  assert.ok(
    answers.every(({ code }) => code === 'room_gone'),
    JSON.stringify(answers),
  );
  assert.deepEqual(await row(room), { last_seq: 0, deleted: true, messages: 0 });
});

test('a deletion that waits behind an append runs after it: the message is acknowledged, then the room is deleted', async () => {
  const room = await house.records.room(ann);
  const [socket, far] = [await join(room), await join(room, 1)];
  const release = await lock(room);
  const id = socket.say('in time');
  await until(async () => (await waiting()) === 1);
  const deleted = ask('DELETE', pathOf(room));
  await until(async () => (await waiting()) === 2, 900);
  await release();
  assert.equal((await deleted).status, 204);
  assert.equal((await socket.next('message.created')).id, id);
  for (const one of [socket, far]) {
    await one.next('room.deleted');
    assert.equal(await one.closed(1_000), 4502);
  }
  assert.deepEqual([(await row(room)).last_seq, (await row(room)).deleted], [1, true]);
  assert.equal((await ask('GET', `${pathOf(room)}/messages`)).status, 404);
});

test('when a burst races with a deletion, each acknowledged message is stored, and numbered without a gap', async () => {
  let [stored, refused] = [0, 0];
  for (let round = 0; round < 6 || (round < 30 && stored * refused === 0); round += 1) {
    const room = await house.records.room(ann);
    const sockets = [await join(room, 0), await join(room, 1)];
    const said = sockets.flatMap((socket) => Array.from({ length: 30 }, (_, index) => socket.say(`${round} ${index}`)));
    await new Promise((resolve) => setTimeout(resolve, (round % 6) * 4));
    assert.equal((await ask('DELETE', pathOf(room))).status, 204);
    for (const socket of sockets) assert.equal(await socket.closed(1_500), 4502);
    const { last_seq: last, messages } = await row(room);
    assert.equal(messages, last);
    const log = new Map((await house.records.log(room)).map((one) => [one.id, one.seq]));
    for (const socket of sockets) {
      for (const frame of socket.frames) {
        if (frame.type === 'message.created') assert.equal(log.get(frame.id), frame.seq);
        if (frame.code === 'room_gone') assert.ok(!log.has(frame.refId));
      }
      assert.deepEqual(
        socket.seqs(),
        Array.from({ length: socket.seqs().length }, (_, index) => index + 1),
      );
    }
    stored += log.size;
    refused += said.filter((id) => !log.has(id)).length;
  }
  assert.ok(stored > 0 && refused > 0, `the premise: they raced; ${stored} were stored, ${refused} refused`);
});
