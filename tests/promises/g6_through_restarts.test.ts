// G6 when chat gets no notification because the website restarts or loses its connection for notifications.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type House, startHouse, until, untilLetIn } from '../house.ts';
import { call } from '../people.ts';
import type { Member, RecordedRoom } from '../records.ts';
import { startWebsitePart } from '../stack.ts';

let house: House;
let ann: Member;
before(async () => {
  house = await startHouse({ websites: 2 });
  [ann] = (await house.records.members(1)) as [Member];
});
after(() => house.stop());

/** Sends a request to the website that chat does not use. */
const ask = async (member: Member, method: string, path: string) => {
  const answer = await call(house.websites[1]!.url, method, path, { token: await house.records.accessToken(member) });
  assert.equal(answer.status, 204);
};
const pathOf = ({ name }: RecordedRoom) => `/api/rooms/${encodeURIComponent(name)}`;
const msSince = (began: number) => Math.round(performance.now() - began);

test('sessions and rooms that end while the website restarts close their sockets within 1 s after it answers again', async () => {
  const [bob] = (await house.records.members(1)) as [Member];
  const [stays, doomed] = [await house.records.room(ann), await house.records.room(ann)];
  const url = house.chats[0]!.url;
  const [ended, deleted] = [await house.records.join(bob, stays, url), await house.records.join(ann, doomed, url)];
  const untouched = await house.records.join(ann, stays, url);
  house.wires[0]!.down();
  await house.websites[0]!.stop();
  await ask(bob, 'DELETE', '/api/session');
  await ask(ann, 'DELETE', pathOf(doomed));
  const fresh = await startWebsitePart(house.databaseUrl);
  house.websites[0] = fresh;
  house.wires[0]!.target = fresh.internalUrl;
  assert.deepEqual([ended.ws.readyState, deleted.ws.readyState], [1, 1], 'the premise: chat does not know yet');
  const began = performance.now();
  house.wires[0]!.up();
  assert.equal(await ended.closed(), 4501);
  assert.equal(await deleted.closed(), 4502);
  const ms = msSince(began);
  assert.ok(ms < 1_000, `after ${ms} ms`);
  assert.equal(untouched.ws.readyState, 1);
  await untilLetIn(house.chats[0]!);
});

test('a website that loses its connection for notifications revokes within 1 s, and faster again after it reconnects', async () => {
  const listening = `from pg_stat_activity where datname = current_database() and application_name = 'parlance-changes'`;
  const listeners = async () => (await house.records.query(`select pid ${listening}`)).map(({ pid }) => pid as number);
  const members = await house.records.members(6);
  const room = await house.records.room(ann);
  const sockets = await Promise.all(members.map((member) => house.records.join(member, room, house.chats[0]!.url)));
  const before = await listeners();
  assert.equal(before.length, 2);
  await house.records.query(`select pg_terminate_backend(pid) ${listening}`);
  const slow = performance.now();
  await ask(members[0]!, 'DELETE', '/api/session');
  assert.equal(await sockets[0]!.closed(), 4501);
  assert.ok(msSince(slow) < 1_000, `${msSince(slow)} ms`);
  await until(async () => (await listeners()).filter((pid) => !before.includes(pid)).length === 2);
  const took: number[] = [];
  for (let index = 1; index < members.length; index += 1) {
    const began = performance.now();
    await ask(members[index]!, 'DELETE', '/api/session');
    assert.equal(await sockets[index]!.closed(), 4501);
    took.push(msSince(began));
  }
  // Without notifications the average would be half a second.
  assert.ok(took.toSorted((a, b) => a - b)[2]! < 300, `${took} ms`);
});
