// Presence and typing: exact counts, batched changes and bounded lists of names, over sockets, users and replicas.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Presence, Typing } from '@parlance/chat/presence.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { type House, startHouse, until } from '../../tests/house.ts';
import { type Json, type Socket, sleep } from '../../tests/people.ts';
import type { Member, RecordedRoom } from '../../tests/records.ts';

const names = (count: number, prefix = 'user') => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

test('a join and leave within one tick is not reported, and neither is a leave and rejoin', () => {
  const presence = new Presence();
  presence.join('ann');
  presence.join('bob');
  presence.leave('bob');
  assert.deepEqual(presence.changes(), { type: 'presence.changed', joined: ['ann'], left: [], memberCount: 1 });
  assert.equal(presence.changes(), undefined);
  presence.leave('ann');
  presence.join('ann');
  assert.equal(presence.changes(), undefined);
});

test('a user with several sockets counts once, until the last socket leaves', () => {
  const presence = new Presence();
  const told = (change: object | undefined) => change !== undefined;
  assert.deepEqual([presence.join('ann'), presence.join('ann'), presence.join('ann')].map(told), [true, false, false]);
  presence.changes();
  assert.deepEqual([presence.leave('ann'), presence.leave('ann')].map(told), [false, false]);
  assert.equal(presence.size, 1);
  assert.equal(presence.changes(), undefined);
  assert.deepEqual([told(presence.leave('ann')), presence.size], [true, 0]);
  assert.deepEqual(presence.changes()?.left, ['ann']);
});

const heard = (replica: string, from: number, version: number, joined: string[], left: string[] = []) => ({
  replica,
  from,
  version,
  joined,
  left,
});

test('a user is present until the last replica reports a leave; repeated notifications change nothing', () => {
  const presence = new Presence();
  presence.join('ann');
  presence.hear(heard('two', 0, 1, ['ann', 'bob']));
  presence.hear(heard('two', 0, 1, ['ann', 'bob']));
  presence.hear(heard('three', 0, 1, ['ann'], ['bob']));
  assert.equal(presence.size, 2);
  presence.changes();
  assert.deepEqual(presence.leave('ann')?.left, ['ann'], 'the change is published');
  presence.hear(heard('three', 1, 2, [], ['ann']));
  presence.hear(heard('three', 1, 2, [], ['ann']));
  assert.deepEqual([presence.has('ann'), presence.changes()], [true, undefined]);
  assert.deepEqual(presence.join('ann')?.joined, ['ann'], 'and again');
  presence.hear(heard('two', 1, 5, [], ['ann', 'bob']));
  assert.deepEqual(presence.changes(), { type: 'presence.changed', joined: [], left: ['bob'], memberCount: 1 });
  assert.deepEqual(presence.local?.joined, ['ann']);
});

test('each local change names the version before it; the first change of a list is the full list', () => {
  const presence = new Presence();
  const ann = presence.join('ann')!;
  const bob = presence.join('bob')!;
  assert.deepEqual([ann.from, bob.from], [0, ann.version]);
  presence.leave('ann');
  const last = presence.leave('bob')!;
  const again = presence.join('cid')!;
  assert.deepEqual([again.from, again.version > last.version], [0, true]);
  const otherRoom = new Presence().join('ann')!;
  assert.ok(otherRoom.version > again.version, 'versions of a reopened room continue to ascend');
});

test('a change after a lost one is not applied; the full list repairs it, and older versions are ignored', () => {
  const presence = new Presence();
  assert.equal(presence.hear(heard('two', 0, 3, ['ann'])), true);
  assert.equal(presence.hear(heard('two', 4, 5, ['cid'])), false, 'version 4 is missing');
  assert.deepEqual([presence.isBehind('two', 3), presence.isBehind('two', 4)], [false, true]);
  presence.changes();
  assert.equal(presence.hear(heard('two', 0, 5, ['bob', 'cid'])), true);
  assert.deepEqual(presence.changes(), {
    type: 'presence.changed',
    joined: ['bob', 'cid'],
    left: ['ann'],
    memberCount: 2,
  });
  assert.equal(presence.hear(heard('two', 3, 4, ['ann', 'bob'], ['cid'])), true);
  assert.equal(presence.changes(), undefined, 'it came late');
});

test('removing a replica removes its users; its changes are applied again after a full list', () => {
  const presence = new Presence();
  presence.join('ann');
  presence.hear(heard('two', 0, 3, ['ann', 'bob']));
  presence.hear(heard('three', 0, 2, ['cid']));
  presence.changes();
  presence.forget('two');
  assert.deepEqual(presence.changes(), { type: 'presence.changed', joined: [], left: ['bob'], memberCount: 2 });
  assert.equal(presence.hear(heard('two', 3, 4, ['dan'])), false);
  assert.equal(presence.isBehind('two', 3), true);
  const since = performance.now();
  presence.hear(heard('two', 0, 4, ['dan']));
  presence.forgetUnconfirmed(since);
  assert.deepEqual(presence.changes(), { type: 'presence.changed', joined: ['dan'], left: ['cid'], memberCount: 2 });
});

test('lists of names are bounded, the count is exact', () => {
  const presence = new Presence();
  for (const name of names(300)) presence.join(name);
  const members = presence.members('user-299');
  assert.deepEqual(
    [members.length, members[0], new Set(members).size],
    [LIMITS.membersNamed, 'user-299', LIMITS.membersNamed],
  );
  assert.deepEqual([presence.changes()?.joined.length, presence.size], [LIMITS.presenceNamed, 300]);
  for (const name of names(200)) presence.leave(name);
  const changes = presence.changes();
  assert.deepEqual([changes?.left.length, changes?.memberCount], [LIMITS.presenceNamed, 100]);
});

test('changes around a join between two ticks are reported, so that the new member list stays correct', () => {
  const presence = new Presence();
  presence.join('ann');
  presence.join('xie');
  presence.changes();
  presence.leave('xie');
  presence.join('joe');
  assert.deepEqual(presence.members('joe'), ['joe', 'ann'], 'joe was not shown xie');
  presence.join('xie');
  assert.deepEqual(presence.changes(), { type: 'presence.changed', joined: ['joe', 'xie'], left: [], memberCount: 3 });

  presence.join('yan');
  presence.join('kim');
  assert.ok(presence.members('kim').includes('yan'), 'kim was shown yan');
  presence.leave('yan');
  assert.deepEqual(presence.changes(), { type: 'presence.changed', joined: ['kim'], left: ['yan'], memberCount: 4 });

  presence.leave('kim');
  presence.join('kim');
  assert.equal(presence.changes(), undefined, 'no member list was sent in between');

  presence.members('ann');
  assert.equal(presence.changes(), undefined);
  presence.join('zoe');
  presence.leave('zoe');
  assert.equal(presence.changes(), undefined, 'a member list sent before the last tick does not count');
});

test('typing ends 5 s after the last typing.start; a repeated start is not reported', () => {
  const typing = new Typing();
  typing.start('ann', 1_000);
  assert.deepEqual(typing.changes(1_000)?.usernames, ['ann']);
  typing.start('ann', 3_000);
  assert.equal(typing.changes(7_999), undefined);
  assert.deepEqual([typing.changes(8_000)?.usernames, typing.pending, typing.said], [[], false, undefined]);
});

test('typing.changed has the full current set, at most ten usernames', () => {
  const typing = new Typing();
  for (const name of names(12)) typing.start(name, 0);
  assert.deepEqual(typing.changes(0)?.usernames, names(LIMITS.typingNamed));
  typing.stop('user-3');
  assert.deepEqual(typing.changes(1)?.usernames.at(-1), 'user-10');
  typing.stop('user-11');
  assert.equal(typing.changes(2), undefined);
});

let house: House;
before(async () => {
  house = await startHouse({ chats: 2, environment: { SOCKETS_PER_ADDRESS: '1000' } });
});
after(() => house.stop());
const join = (member: Member, room: RecordedRoom, chat = 0) => house.records.join(member, room, house.chats[chat]!.url);
const last = (socket: Socket, type: string): Json => socket.frames.findLast((frame) => frame.type === type);
const counts = (socket: Socket) => last(socket, 'presence.changed')?.memberCount ?? socket.frames[0].memberCount;

test('a join storm is reported in few frames, with exact counts at both replicas', async () => {
  const crowd = await house.records.members(130);
  const room = await house.records.room(crowd[0]!);
  const [first] = [await join(crowd[0]!, room)];
  const sockets = await Promise.all(crowd.slice(1).map((member, index) => join(member, room, index % 2)));
  for (const socket of [first, ...sockets]) await until(() => counts(socket) === 130);
  const frames = first.frames.filter(({ type }) => type === 'presence.changed');
  assert.ok(frames.length < 40, `${frames.length} frames for 130 joins`);
  for (const { joined } of frames) assert.ok(joined.length <= LIMITS.presenceNamed);
  const late = await join(crowd[0]!, room, 1);
  const [{ members, memberCount }] = late.frames;
  assert.deepEqual([members.length, members[0], memberCount], [LIMITS.membersNamed, crowd[0]!.username, 130]);
  for (const socket of sockets.slice(0, 100)) socket.ws.terminate();
  for (const socket of [first, late]) await until(() => counts(socket) === 30);
});

test('a user with sockets at both replicas is one member until the last socket closes', async () => {
  const [ann, bob] = (await house.records.members(2)) as [Member, Member];
  const room = await house.records.room(ann);
  const witnesses = [await join(bob, room, 0), await join(bob, room, 1)];
  const sockets = [await join(ann, room, 0), await join(ann, room, 1), await join(ann, room, 1)];
  for (const socket of sockets) {
    for (const witness of witnesses) await until(() => counts(witness) === 2);
    await sleep(250);
    for (const witness of witnesses) assert.equal(counts(witness), 2);
    await socket.close();
  }
  for (const witness of witnesses) {
    const { left } = await witness.next(
      'presence.changed',
      (frame) => frame.memberCount === 1 && frame.left.length > 0,
    );
    assert.deepEqual(left, [ann.username]);
    assert.equal(witness.frames.filter((frame) => frame.left?.length > 0).length, 1);
  }
});

test('typing is reported at both replicas and to later joiners, and ends with a message, a leave or after 5 s', async () => {
  const [ann, bob, cid] = (await house.records.members(3)) as [Member, Member, Member];
  const room = await house.records.room(ann);
  const witnesses = [await join(bob, room, 0), await join(bob, room, 1)];
  const said = (usernames: string[]) =>
    until(
      () => witnesses.every((socket) => String(last(socket, 'typing.changed')?.usernames) === String(usernames)),
      7_000,
    );
  const [one, two] = [await join(ann, room, 0), await join(cid, room, 1)];
  one.send({ type: 'typing.start' });
  await said([ann.username]);
  const late = await join(bob, room, 1);
  assert.deepEqual((await late.next('typing.changed')).usernames, [ann.username]);
  one.say('here it is');
  await said([]);
  two.send({ type: 'typing.start' });
  await said([cid.username]);
  await two.close();
  await said([]);
  const began = performance.now();
  one.send({ type: 'typing.start' });
  await said([ann.username]);
  await said([]);
  const lasted = performance.now() - began;
  assert.ok(lasted > 4_900 && lasted < 6_000, `${lasted} ms`);
});
