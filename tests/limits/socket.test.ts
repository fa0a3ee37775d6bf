// Every limit of the socket: n is accepted, n + 1 is refused.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { type House, startHouse, until } from '../house.ts';
import { Refused, type Socket, sleep } from '../people.ts';
import type { Member, RecordedRoom } from '../records.ts';
import { note } from '../wiretap.ts';

let house: House;
let open: House;
let ann: Member;

before(async () => {
  // Two houses: one with the default limits, one with limits of rate and sockets that are out of reach.
  house = await startHouse({
    environment: {
      MESSAGES_PER_10S: String(LIMITS.messagesPer10s),
      MESSAGES_PER_USER_PER_10S: String(LIMITS.messagesPerUserPer10s),
    },
  });
  open = await startHouse({ environment: { SOCKETS_PER_USER: '1000', SOCKETS_PER_ADDRESS: '1000' } });
  [ann] = (await house.records.members(1)) as [Member];
});
after(() => Promise.all([house.stop(), open.stop()]));

const join = (at: House, member: Member, room: RecordedRoom) => at.records.join(member, room, at.chats[0]!.url);
const shown = (name: keyof typeof LIMITS) => {
  note(`limit ${name} at`);
  note(`limit ${name} beyond`);
};

test('the sockets of one user and of one address are limited', async () => {
  const room = await house.records.room(ann);
  const refused = (error: unknown) => error instanceof Refused && error.problem.code === 'too_many_sockets';
  const mine: Socket[] = [];
  while (mine.length < LIMITS.socketsPerUser) mine.push(await join(house, ann, room));
  await assert.rejects(join(house, ann, room), refused);
  shown('socketsPerUser');
  const others = await house.records.members(LIMITS.socketsPerAddress - mine.length);
  const theirs = await Promise.all(others.map((member) => join(house, member, room)));
  const [late] = await house.records.members(1);
  await assert.rejects(join(house, late!, room), refused);
  shown('socketsPerAddress');
  for (const { ws } of [...mine, ...theirs]) ws.terminate();
  await until(async () => (await join(house, ann, room).catch(() => undefined)) !== undefined);
});

test('the messages in 10 s are limited, and the error has the time to wait', async () => {
  const room = await house.records.room(ann);
  const socket = await join(house, ann, room);
  for (let count = 0; count < LIMITS.messagesPer10s; count += 1) socket.say('x');
  await until(() => socket.seqs().length === LIMITS.messagesPer10s);
  const id = socket.say('one too many');
  const { code, refId, retryAfterMs } = await socket.next('error');
  assert.deepEqual([code, refId], ['rate_limited', id]);
  assert.ok(retryAfterMs > 0 && retryAfterMs <= 10_000);
  await socket.close();
});

test('the messages of one user into all rooms together in 10 s are limited', async () => {
  const [bob] = await house.records.members(1);
  const perRoom = LIMITS.messagesPer10s;
  const sockets: Socket[] = [];
  for (let sent = 0; sent < LIMITS.messagesPerUserPer10s; sent += perRoom) {
    const socket = await join(house, bob!, await house.records.room(ann));
    sockets.push(socket);
    const count = Math.min(perRoom, LIMITS.messagesPerUserPer10s - sent);
    for (let k = 0; k < count; k += 1) socket.say('x');
    await until(() => socket.seqs().length === count);
  }
  const other = await join(house, bob!, await house.records.room(ann));
  const id = other.say('one too many');
  const { code, detail, refId, retryAfterMs } = await other.next('error');
  assert.deepEqual([code, refId], ['rate_limited', id]);
  assert.match(detail, /over all rooms/);
  assert.ok(retryAfterMs > 0 && retryAfterMs <= 10_000);
  shown('messagesPerUserPer10s');
  for (const socket of [...sockets, other]) await socket.close();
});

test('one frame beyond the limit in 10 s closes the socket with 4002', async () => {
  const room = await house.records.room(ann);
  const socket = await join(house, ann, room);
  for (let count = 0; count < LIMITS.framesPer10s; count += 1) socket.send({ type: 'typing.start' });
  await sleep(100);
  assert.equal(socket.ws.readyState, socket.ws.OPEN);
  socket.send({ type: 'typing.start' });
  assert.equal(await socket.closed(), 4002);
  shown('framesPer10s');
});

test('one off-spec frame beyond the limit in a minute closes the socket with 4500', async () => {
  const room = await house.records.room(ann);
  const socket = await join(house, ann, room);
  for (let count = 0; count < LIMITS.offSpecPerMinute; count += 1) socket.send('{}');
  await until(() => socket.frames.filter(({ type }) => type === 'error').length === LIMITS.offSpecPerMinute);
  assert.equal(socket.ws.readyState, socket.ws.OPEN);
  socket.send('{}');
  assert.equal(await socket.closed(), 4500);
  shown('offSpecPerMinute');
});

test('the unanswered messages of a socket and the bytes that a process holds for the log are limited', async () => {
  const [bob] = (await open.records.members(1)) as [Member];
  const room = await open.records.room(bob);
  const hold = Promise.withResolvers<void>();
  open.wires[0]!.fault = async ({ path }, forward) => {
    if (path === '/messages') await hold.promise;
    return forward();
  };
  const full = (socket: Socket) => socket.frames.filter((frame) => frame.code === 'outbox_full').length;
  const first = await join(open, bob, room);
  for (let count = 0; count < LIMITS.unansweredMax; count += 1) first.say('x');
  await sleep(100);
  assert.equal(full(first), 0);
  first.say('one too many');
  await first.next('error');
  assert.equal(full(first), 1);
  shown('unansweredMax');
  // Each waiting message counts two bytes per UTF-16 unit and 512 more.
  const cost = 4_000 * 2 + 512;
  const fits = Math.floor((LIMITS.outboxMax - LIMITS.unansweredMax * 514) / cost);
  const sockets = await Promise.all(
    Array.from({ length: Math.ceil(fits / LIMITS.unansweredMax) }, () => join(open, bob, room)),
  );
  for (let said = 0; said < fits; said += 1) sockets[said % sockets.length]!.say('y'.repeat(4_000));
  await sleep(300);
  assert.equal(
    sockets.reduce((sum, socket) => sum + full(socket), 0),
    0,
    'what fits is accepted',
  );
  const id = sockets.at(-1)!.say('z'.repeat(4_000));
  assert.equal((await sockets.at(-1)!.next('error', (frame) => frame.refId === id)).code, 'outbox_full');
  shown('outboxMax');
  hold.resolve();
  open.wires[0]!.fault = undefined;
  await until(() => first.seqs().length === LIMITS.unansweredMax + fits, 20_000);
  for (const { ws } of [first, ...sockets]) ws.terminate();
});

test('a reader that lags too far is closed with 4000', async () => {
  const [bob] = (await open.records.members(1)) as [Member];
  const room = await open.records.room(bob);
  const [speaker, reader] = [await join(open, bob, room), await join(open, bob, room)];
  const say = async (count: number) => {
    const sofar = speaker.seqs().length;
    for (let said = 1; said <= count; said += 1) {
      speaker.say('x'.repeat(4_000));
      await until(() => speaker.seqs().length > sofar + said - 30);
    }
    await until(() => speaker.seqs().length === sofar + count);
  };
  reader.ws.pause();
  await say(200); // 800 KB: within the limit even if kernel buffers take none of it
  reader.ws.resume();
  await until(() => reader.seqs().length === 200);
  reader.ws.pause();
  const code = new Promise<number>((resolve) => reader.ws.once('close', resolve));
  await say(3_000); // 12 MB: more than kernel buffers and the limit together
  reader.ws.resume();
  assert.ok([4000, 1006].includes(await code));
  assert.ok(reader.seqs().length < 3_200);
  shown('readerLagMax');
  speaker.ws.terminate();
});

test('the members, the joined and left users, and the typing users that a frame names are limited', async () => {
  const members = await open.records.members(LIMITS.membersNamed + 1);
  const room = await open.records.room(members[0]!);
  const sockets: Socket[] = [];
  for (const member of members) sockets.push(await join(open, member, room));
  const [hundredth, last] = [sockets.at(-2)!.frames[0], sockets.at(-1)!.frames[0]];
  assert.deepEqual([hundredth.members.length, hundredth.memberCount], [LIMITS.membersNamed, LIMITS.membersNamed]);
  assert.deepEqual([last.members.length, last.memberCount], [LIMITS.membersNamed, LIMITS.membersNamed + 1]);
  shown('membersNamed');

  const typists = sockets.slice(0, LIMITS.typingNamed + 1);
  for (const socket of typists.slice(1)) socket.send({ type: 'typing.start' });
  await typists[0]!.next('typing.changed', (frame) => frame.usernames.length === LIMITS.typingNamed);
  typists[0]!.send({ type: 'typing.start' });
  await sleep(400);
  const most = Math.max(
    ...typists[0]!.frames.filter(({ type }) => type === 'typing.changed').map((frame) => frame.usernames.length),
  );
  assert.equal(most, LIMITS.typingNamed);
  shown('typingNamed');

  const [witness, ...leaving] = sockets;
  await sleep(300);
  for (const { ws } of leaving.slice(0, LIMITS.presenceNamed)) ws.terminate();
  await witness!.next('presence.changed', (frame) => frame.memberCount === sockets.length - LIMITS.presenceNamed);
  const fifty = witness!.frames.flatMap(({ type, left }) => (type === 'presence.changed' ? left : []));
  assert.equal(fifty.length, LIMITS.presenceNamed, 'users who left are named, in one frame or more');
  for (const { ws } of leaving.slice(LIMITS.presenceNamed)) ws.terminate();
  await witness!.next('presence.changed', (frame) => frame.memberCount === 1);
  const [stranger] = await open.records.members(1);
  const crowd = await open.records.members(LIMITS.presenceNamed + 1);
  await join(open, stranger!, room);
  const changes = () => witness!.frames.filter(({ type }) => type === 'presence.changed');
  let named = 0;
  // If a tick separates them, their leaves are in two frames: then the round is repeated.
  for (let round = 0; round < 5 && named < LIMITS.presenceNamed; round += 1) {
    const came = await Promise.all(crowd.map((member) => join(open, member, room)));
    await until(() => changes().at(-1)!.memberCount === LIMITS.presenceNamed + 3);
    for (const { ws } of came) ws.terminate();
    const gone = await witness!.next('presence.changed', (frame) => frame.memberCount === 2 && frame.left.length > 0);
    named = gone.left.length;
  }
  assert.equal(named, LIMITS.presenceNamed, 'fifty-one left, fifty are named, the count is exact');
  for (const { joined, left } of changes()) {
    assert.ok(joined.length <= LIMITS.presenceNamed && left.length <= LIMITS.presenceNamed);
  }
  shown('presenceNamed');
});
