// G7: a reader that does not read is closed, memory stays flat, a locked room delays no other room.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Connection } from '@parlance/chat/websocket/connection.ts';
import { collectGarbage } from '../garbage.ts';
import { type House, startHouse, until } from '../house.ts';
import type { Json, Socket } from '../people.ts';
import type { Member, RecordedRoom } from '../records.ts';

let house: House;
let ann: Member;
let bob: Member;

before(async () => {
  house = await startHouse({ environment: { SOCKETS_PER_USER: '1000' } });
  [ann, bob] = (await house.records.members(2)) as [Member, Member];
});
after(() => house.stop());

const join = (member: Member, room: RecordedRoom, query = '') =>
  house.records.join(member, room, house.chats[0]!.url, query);

/** Sends `count` messages of 4,000 characters, at most 30 unacknowledged. */
async function talk(socket: Socket, count: number): Promise<void> {
  const before = socket.seqs().length;
  for (let said = 0; said < count; said += 1) {
    await until(() => said - (socket.seqs().length - before) < 30, 10_000);
    socket.say('x'.repeat(4_000));
  }
  await until(() => socket.seqs().length - before === count, 10_000);
}

test('readers that do not read are closed with 4000 while the others lose nothing, and memory stays flat', async (t) => {
  const closing = t.mock.method(Connection.prototype, 'close');
  const room = await house.records.room(ann);
  const [speaker, listener] = [await join(ann, room), await join(bob, room)];
  const deaf = await Promise.all(Array.from({ length: 20 }, () => join(bob, room)));
  for (const { ws } of deaf) ws.pause();
  const codes = deaf.map(({ ws }) => new Promise<number>((resolve) => ws.once('close', resolve)));
  await talk(speaker, 500);
  collectGarbage();
  const before = process.memoryUsage();
  // Kept for the readers that do not read, these would take 20 × 2,000 × 4 KB = 160 MB.
  await talk(speaker, 2_000);
  collectGarbage();
  const grown = process.memoryUsage().rss - before.rss;
  assert.ok(grown < 120 * 1024 * 1024, `${Math.round(grown / 1024 / 1024)} MB more`);
  await until(() => listener.seqs().length === 2_500);
  assert.deepEqual(
    listener.seqs(),
    Array.from({ length: 2_500 }, (_, index) => index + 1),
  );
  const causes = new Map<unknown, unknown>();
  for (const call of closing.mock.calls) if (!causes.has(call.this)) causes.set(call.this, call.arguments[0]);
  assert.deepEqual([...causes.values()], Array(deaf.length).fill(4000));
  for (const { ws } of deaf) ws.resume();
  // A reader that resumes after the server has stopped waiting does not get the close frame.
  for (const code of await Promise.all(codes)) assert.ok([4000, 1006].includes(code), `closed with ${code}`);
  for (const socket of deaf) {
    const seqs = socket.seqs();
    assert.deepEqual(
      seqs,
      Array.from({ length: seqs.length }, (_, index) => index + 1),
      'the received messages have no gap',
    );
  }
});

test('catching up does not count as lag: a slow reader of a long log gets all of it', async () => {
  const room = await house.records.room(ann);
  await house.records.fill(room, ann, 1_500, 'y'.repeat(4_000));
  const socket = await join(bob, room, `?after=0&roomId=${room.id}`);
  for (let last = 0; last < 1_500; last = socket.seqs().at(-1) ?? 0) {
    socket.ws.pause();
    await new Promise((resolve) => setTimeout(resolve, 40));
    socket.ws.resume();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.deepEqual(
    socket.seqs(),
    Array.from({ length: 1_500 }, (_, index) => index + 1),
  );
  assert.equal(socket.ws.readyState, socket.ws.OPEN);
});

test('a room whose row is locked delays no other room, and answers when it is free again', async () => {
  const rooms = await Promise.all(Array.from({ length: 6 }, () => house.records.room(ann)));
  const sockets = await Promise.all(rooms.map((room) => join(ann, room)));
  const [locked, ...free] = sockets as [Socket, ...Socket[]];
  const said = (socket: Socket, id: string) => socket.next('message.created', (frame) => frame.id === id);
  const rounds: { took: number; answers: string[] }[] = [];
  // A delayed room would take a second in every round, the lock timeout, so one good round shows that none is delayed.
  const isGood = ({ took, answers }: { took: number; answers: string[] }) =>
    took < 700 && answers.every((type) => type === 'message.created');
  while (rounds.length < 5 && !rounds.some(isGood)) {
    const holder = await house.records.connection();
    await holder.query('begin');
    await holder.query('select 1 from chat_rooms where id = $1 for update', [rooms[0]!.id]);
    const before = locked.seqs();
    const waiting = [locked.say('locked'), locked.say('locked too')];
    const began = performance.now();
    await Promise.all(free.map((socket) => said(socket, socket.say('free'))));
    const took = performance.now() - began;
    assert.deepEqual(locked.seqs(), before, 'the premise: the row is locked');
    await holder.query('rollback');
    await holder.end();
    const isAnswer = (frame: Json, id: string) => frame.id === id || frame.refId === id;
    const answered = (id: string) => locked.frames.find((frame) => isAnswer(frame, id));
    await until(() => waiting.every(answered));
    rounds.push({ took, answers: waiting.map((id) => answered(id).type) });
  }
  assert.ok(rounds.some(isGood), JSON.stringify(rounds));
  const seqs = locked.seqs();
  assert.deepEqual(
    seqs,
    seqs.map((_, index) => index + 1),
  );
});

test('a message to a room locked for more than a second gets store_unavailable; the same id succeeds later', async () => {
  const room = await house.records.room(ann);
  const socket = await join(ann, room);
  const holder = await house.records.connection();
  await holder.query('begin');
  await holder.query('select 1 from chat_rooms where id = $1 for update', [room.id]);
  const id = socket.say('patience');
  const error = await socket.next('error');
  assert.deepEqual([error.code, error.refId], ['store_unavailable', id]);
  await holder.query('rollback');
  await holder.end();
  socket.say('patience', id);
  assert.equal((await socket.next('message.created')).seq, 1);
});
