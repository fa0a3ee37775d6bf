// G1 durable, G2 exactly once, G3 one order.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { applyEvent } from '@parlance/client';
import { type House, startHouse, until } from '../house.ts';
import { call, type Json, type Socket } from '../people.ts';
import type { Member, RecordedRoom } from '../records.ts';

let house: House;
let ann: Member;
let bob: Member;

before(async () => {
  house = await startHouse({ chats: 2, websites: 2, environment: { SOCKETS_PER_USER: '1000' } });
  [ann, bob] = (await house.records.members(2)) as [Member, Member];
});
after(() => house.stop());

const join = (member: Member, room: RecordedRoom, chat = 0) => house.records.join(member, room, house.chats[chat]!.url);
const created = (socket: Socket, id: string) => socket.next('message.created', (frame) => frame.id === id);
const byHttp = async (member: Member, room: RecordedRoom, body: Json) =>
  call(house.websites[1]!.url, 'POST', `/api/rooms/${encodeURIComponent(room.name)}/messages`, {
    body,
    token: await house.records.accessToken(member),
  });

test('a message reaches every member of the room, on every replica, as the log has it', async () => {
  const room = await house.records.room(ann);
  const [own, near, far] = [await join(ann, room), await join(bob, room), await join(bob, room, 1)];
  const id = own.say('hello');
  const frames = [await created(own, id), await created(near, id), await created(far, id)];
  assert.deepEqual(frames[1], frames[0]);
  assert.deepEqual(frames[2], frames[0]);
  const [{ seq, content, username }] = (await house.records.log(room)) as [Json];
  assert.deepEqual([frames[0].seq, frames[0].content, frames[0].username], [seq, content, username]);
});

test('G1: nobody, its sender included, sees a message before the database has committed it', async () => {
  const room = await house.records.room(ann);
  const [own, other] = [await join(ann, room), await join(bob, room)];
  // A deferred trigger, which fires at commit, makes the commit take half a second.
  await house.records.query(`
    create function slow_commit() returns trigger language plpgsql as
      $$ begin if new.content = 'slow' then perform pg_sleep(0.5); end if; return null; end $$`);
  await house.records.query(`
    create constraint trigger slow_commit after insert on messages
      deferrable initially deferred for each row execute function slow_commit()`);
  const id = own.say('slow');
  const began = performance.now();
  const committed = until(async () => (await house.records.log(room)).length === 1, 3_000).then(() =>
    performance.now(),
  );
  await Promise.all([created(own, id), created(other, id)]);
  const seen = performance.now();
  assert.ok((await committed) - began > 400, 'the premise: the commit was slow');
  assert.ok(seen - began > 450, `seen after ${seen - began} ms`);
  await house.records.query('drop trigger slow_commit on messages');
});

test('G2: a repeated id is answered with the stored message, on the sending socket only', async () => {
  const room = await house.records.room(ann);
  const [own, other] = [await join(ann, room), await join(bob, room)];
  const id = own.say('once');
  const first = await created(own, id);
  own.say('once', id);
  assert.deepEqual(await created(own, id), first);
  const second = await join(ann, room, 1);
  second.say('once', id);
  assert.deepEqual(await created(second, id), first);
  const answer = await byHttp(ann, room, { id, content: 'once' });
  assert.equal(answer.status, 200);
  assert.deepEqual([answer.body], applyEvent([], first));
  own.say('after');
  await other.next('message.created', (frame) => frame.content === 'after');
  assert.deepEqual(other.seqs(), [1, 2]);
});

test('G2: a message stored over HTTP can be repeated over a socket; another author or content is a conflict', async () => {
  const room = await house.records.room(ann);
  const own = await join(ann, room);
  const id = randomUUID();
  const stored = await byHttp(ann, room, { id, content: 'by http' });
  assert.equal(stored.status, 201);
  const event = await created(own, id);
  assert.deepEqual(applyEvent([], event), [stored.body]);
  own.say('by http', id);
  assert.deepEqual(await created(own, id), event);
  own.say('other content', id);
  assert.deepEqual(await own.next('error').then(({ code, refId }) => [code, refId]), ['id_conflict', id]);
  const other = await join(bob, room);
  other.say('by http', id);
  assert.equal((await other.next('error')).code, 'id_conflict');
  assert.equal((await byHttp(bob, room, { id, content: 'by http' })).status, 409);
  assert.equal((await house.records.log(room)).length, 1);
});

test('G2: an id that is sent many times at once, on both replicas and over HTTP, is stored once', async () => {
  const room = await house.records.room(ann);
  const sockets = await Promise.all(Array.from({ length: 8 }, (_, index) => join(ann, room, index % 2)));
  for (let round = 0; round < 20; round += 1) {
    const id = randomUUID();
    for (const socket of sockets) for (let again = 0; again < 3; again += 1) socket.say(`round ${round}`, id);
    const answers = [
      byHttp(ann, room, { id, content: `round ${round}` }),
      byHttp(ann, room, { id, content: `round ${round}` }),
    ];
    for (const answer of await Promise.all(answers))
      assert.ok([200, 201].includes(answer.status), String(answer.status));
    for (const socket of sockets) assert.equal((await created(socket, id)).seq, round + 1);
  }
  assert.equal((await house.records.log(room)).length, 20);
  for (const socket of sockets) assert.equal(socket.frames.filter((frame) => frame.type === 'error').length, 0);
});

test('G2: after store_unavailable the same id returns the message if it was stored', async () => {
  const room = await house.records.room(ann);
  const [own, other] = [await join(ann, room), await join(bob, room, 1)];
  const wire = house.wires[0]!;
  let dropped = 0;
  wire.fault = async (wireCall, forward) => {
    const answer = await forward();
    if (wireCall.path !== '/messages' || dropped > 0) return answer;
    dropped += 1;
    return 'cut'; // the website has committed; chat gets no answer
  };
  const id = own.say('lost answer');
  const error = await own.next('error');
  assert.deepEqual([error.code, error.refId, dropped], ['store_unavailable', id, 1]);
  assert.equal((await house.records.log(room)).length, 1, 'the premise: it was stored');
  own.say('lost answer', id);
  const frame = await created(own, id);
  assert.equal(frame.seq, 1);
  // The other members get it without a resend, because their replica compares with the log.
  assert.deepEqual(await other.next('message.created', undefined, 3_000), frame);
  wire.fault = undefined;
  assert.equal((await house.records.log(room)).length, 1);
});

test('a message whose chat dies between commit and delivery reaches the others within 2 s', async () => {
  const room = await house.records.room(ann);
  const [own, other] = [await join(ann, room, 0), await join(bob, room, 1)];
  house.wires[0]!.fault = async (wireCall, forward) => {
    const answer = await forward();
    return wireCall.path === '/messages' ? 'cut' : answer;
  };
  own.say('last words');
  const began = performance.now();
  const frame = await other.next('message.created');
  assert.equal(frame.content, 'last words');
  assert.ok(performance.now() - began < 2_000, 'within one comparison with the log');
  house.wires[0]!.fault = undefined;
});

test('G3: many senders on two replicas and two websites produce one order without a gap, the same for every socket', async () => {
  const room = await house.records.room(ann);
  const sockets = await Promise.all(
    Array.from({ length: 10 }, (_, index) => join(index % 3 ? ann : bob, room, index % 2)),
  );
  const each = 60;
  await Promise.all(
    sockets.map(async (socket, index) => {
      for (let said = 0; said < each; said += 1) {
        const id = socket.say(`${index}: ${said}`);
        if (said % 10 === 9) await created(socket, id);
      }
    }),
  );
  const total = each * sockets.length;
  for (const socket of sockets) await until(() => socket.seqs().length >= total, 10_000);
  const order = sockets[0]!.frames.filter((frame) => frame.type === 'message.created');
  assert.deepEqual(
    order.map((frame) => frame.seq),
    Array.from({ length: total }, (_, index) => index + 1),
  );
  for (const socket of sockets.slice(1)) {
    assert.deepEqual(
      socket.frames.filter((frame) => frame.type === 'message.created'),
      order,
    );
  }
  for (const [index] of sockets.entries()) {
    const own = order.filter((frame) => frame.content.startsWith(`${index}: `)).map((frame) => frame.content);
    assert.deepEqual(
      own,
      Array.from({ length: each }, (_, said) => `${index}: ${said}`),
      'the messages of one sender keep their order',
    );
  }
  const times = order.map((frame) => Date.parse(frame.timestamp));
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
});
