// G4 resume without a window, G5 history is the stream.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type House, startHouse, until, untilLetIn } from '../house.ts';
import { type Json, type Socket, sleep } from '../people.ts';
import type { Member, RecordedRoom } from '../records.ts';

let house: House;
let ann: Member;
let bob: Member;

before(async () => {
  house = await startHouse({ chats: 2, brokers: 'deaf', environment: { SOCKETS_PER_USER: '1000' } });
  [ann, bob] = (await house.records.members(2)) as [Member, Member];
});
after(() => house.stop());

const join = (member: Member, room: RecordedRoom, chat = 0, query = '') =>
  house.records.join(member, room, house.chats[chat]!.url, query);
const resume = (member: Member, room: RecordedRoom, after: number, chat = 0) =>
  join(member, room, chat, `?after=${after}&roomId=${room.id}`);
const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
const reached = (socket: Socket, seq: number, ms = 10_000) => until(() => socket.seqs().at(-1) === seq, ms);

test('a resume from any cursor during a burst gets every later message once and in order', async () => {
  const room = await house.records.room(ann);
  const speaker = await join(ann, room);
  const total = 300;
  let said = 0;
  const burst = (async () => {
    for (; said < total; said += 1) {
      speaker.say(`message ${said}`);
      await until(() => said - (speaker.seqs().at(-1) ?? 0) < 40);
      if (said % 3 === 0) await sleep(2);
    }
  })();
  const readers: { after: number; socket: Socket }[] = [];
  while (said < total) {
    const seen = speaker.seqs().at(-1) ?? 0;
    const after = Math.floor(Math.random() * (seen + 1));
    readers.push({ after, socket: await resume(bob, room, after, readers.length % 2) });
  }
  await burst;
  assert.ok(readers.length > 20, `${readers.length} readers resumed during the burst`);
  await reached(speaker, total);
  for (const { after, socket } of readers) {
    await reached(socket, total);
    assert.equal(socket.frames[0].resumed, true);
    assert.deepEqual(socket.seqs(), range(after + 1, total));
    socket.ws.terminate();
  }
});

test('a resume over many pages of the log gets every event, equal to the history', async () => {
  const room = await house.records.room(ann);
  await house.records.fill(room, ann, 1_234);
  const socket = await resume(bob, room, 0);
  await reached(socket, 1_234);
  assert.deepEqual(socket.seqs(), range(1, 1_234));
  const website = house.websites[0]!.url;
  const token = await house.records.accessToken(ann);
  const history: Json[] = [];
  for (let more = true; more; ) {
    const after = history.at(-1)?.seq ?? 0;
    const answer = await fetch(
      `${website}/api/rooms/${encodeURIComponent(room.name)}/events?after=${after}&limit=100`,
      {
        headers: { authorization: `Bearer ${token}` },
      },
    );
    const page = (await answer.json()) as Json;
    history.push(...page.events);
    more = page.hasMore;
  }
  const streamed = socket.frames.filter((frame) => frame.type === 'message.created');
  assert.deepEqual(
    streamed.map((event) => JSON.stringify(event)),
    history.map((event) => JSON.stringify(event)),
  );
});

test('after=0 without roomId resumes from the beginning; without a cursor only new messages are sent', async () => {
  const room = await house.records.room(ann);
  await house.records.fill(room, ann, 3);
  const whole = await join(bob, room, 0, '?after=0');
  await reached(whole, 3);
  assert.deepEqual([whole.frames[0].resumed, ...whole.seqs()], [true, 1, 2, 3]);
  const live = await join(bob, room);
  live.say('now');
  await reached(live, 4);
  assert.deepEqual([live.frames[0].resumed, live.frames[0].lastSeq, ...live.seqs()], [false, 3, 4]);
});

test('a cursor ahead of the log, or of another room, does not resume: new events follow lastSeq', async () => {
  const room = await house.records.room(ann);
  await house.records.fill(room, ann, 5);
  const other = await house.records.room(ann);
  for (const query of [`?after=6&roomId=${room.id}`, `?after=2&roomId=${other.id}`]) {
    const socket = await join(bob, room, 0, query);
    assert.deepEqual([socket.frames[0].resumed, socket.frames[0].lastSeq], [false, 5]);
    socket.ws.terminate();
  }
});

test('a cursor ahead of this replica but not of the log resumes', async () => {
  const room = await house.records.room(ann);
  // Replica 1 gets no hint of what replica 0 appends, and its comparison with the log is delayed.
  const behind = await join(bob, room, 1);
  house.wires[1]!.fault = async (call, forward) => {
    if (call.path === '/rooms/compare' || /^\/rooms\/.*\/events$/.test(call.path)) await sleep(1_000);
    return forward();
  };
  const ahead = await join(ann, room, 0);
  ahead.say('one');
  ahead.say('two');
  await reached(ahead, 2);
  assert.deepEqual(behind.seqs(), [], 'the premise: replica 1 knows no message');
  const resumed = await resume(ann, room, 2, 1);
  assert.equal(resumed.frames[0].resumed, true);
  house.wires[1]!.fault = undefined;
  ahead.say('three');
  await reached(resumed, 3);
  await reached(behind, 3);
  assert.deepEqual(resumed.seqs(), [3]);
  assert.deepEqual(behind.seqs(), [1, 2, 3]);
});

test('a resume continues when the website is unreachable for a moment', async () => {
  const room = await house.records.room(ann);
  await house.records.fill(room, ann, 900);
  const wire = house.wires[0]!;
  let pages = 0;
  wire.fault = async (call, forward) => {
    if (!/^\/rooms\/.*\/events$/.test(call.path)) return forward();
    pages += 1;
    return pages === 2 || pages === 3 ? 'cut' : forward();
  };
  const socket = await resume(bob, room, 0);
  await reached(socket, 900);
  assert.ok(pages > 5, 'the premise: pages were cut and read again');
  assert.deepEqual(socket.seqs(), range(1, 900));
  wire.fault = undefined;
  await untilLetIn(house.chats[0]!);
});

test('concurrent resumes of the same page share one read', async () => {
  const room = await house.records.room(ann);
  await house.records.fill(room, ann, 150);
  const reads = () => house.wires[0]!.calls.filter((call) => call === `GET /rooms/${room.id}/events`).length;
  await join(ann, room);
  house.wires[0]!.fault = async (call, forward) => {
    if (call.path.endsWith('/events')) await sleep(300);
    return forward();
  };
  const sockets = await Promise.all(Array.from({ length: 20 }, () => resume(bob, room, 0)));
  for (const socket of sockets) await reached(socket, 150);
  house.wires[0]!.fault = undefined;
  assert.ok(reads() <= 3, `${reads()} reads for 20 readers`);
});
