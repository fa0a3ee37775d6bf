// G7 with more locked rooms than the website has database connections, over sockets and HTTP: other rooms do not wait.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type House, startHouse, until } from '../house.ts';
import { type Answer, call } from '../people.ts';
import type { Member, RecordedRoom } from '../records.ts';

let house: House;
let ann: Member;
let token: string;
before(async () => {
  house = await startHouse({ environment: { SOCKETS_PER_USER: '1000' } });
  [ann] = (await house.records.members(1)) as [Member];
  token = await house.records.accessToken(ann);
});
after(() => house.stop());

const join = (room: RecordedRoom) => house.records.join(ann, room, house.chats[0]!.url);
const post = (room: RecordedRoom) =>
  call(house.websites[0]!.url, 'POST', `/api/rooms/${encodeURIComponent(room.name)}/messages`, {
    body: { id: randomUUID(), content: 'by HTTP' },
    token,
  });
const waiting = async () => {
  const text = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  return (await house.records.query(text)).length;
};

test('twelve locked rooms and twelve HTTP senders into one of them delay no other room', async () => {
  const held = await Promise.all(Array.from({ length: 12 }, () => house.records.room(ann)));
  const sockets = await Promise.all(held.map(join));
  const free = await house.records.room(ann);
  const own = await join(free);
  const holder = await house.records.connection();
  await holder.query('begin');
  await holder.query('select 1 from chat_rooms where id = any($1) for update', [held.map(({ id }) => id)]);
  const posts: Promise<Answer>[] = [];
  // Behind the locked rooms every round would take a second, so one faster round shows that nothing is delayed.
  let fastest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5 && fastest > 500; round += 1) {
    for (const socket of sockets) socket.say('waits');
    for (let n = 0; n < 12; n += 1) posts.push(post(held[0]!));
    await until(async () => (await waiting()) >= 8, 5_000);
    const began = performance.now();
    const id = own.say('does not wait');
    await own.next('message.created', (frame) => frame.id === id);
    assert.equal((await post(free)).status, 201);
    fastest = Math.min(fastest, performance.now() - began);
  }
  assert.ok(fastest < 500, `${fastest} ms`);
  await holder.query('rollback');
  await holder.end();
  for (const answer of await Promise.all(posts)) assert.ok([201, 429, 503].includes(answer.status));
  for (const { frames } of sockets) {
    const answered = () => frames.some(({ type, code }) => type === 'message.created' || code === 'store_unavailable');
    await until(answered, 8_000);
  }
});
