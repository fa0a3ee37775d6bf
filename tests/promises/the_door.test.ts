// A room delivers each event once and in order, although its sources lose, reorder and repeat events.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LocalHub } from '@parlance/chat/broker.ts';
import { ChatMetrics } from '@parlance/chat/metrics.ts';
import { Room } from '@parlance/chat/room.ts';
import { Website } from '@parlance/chat/website.ts';
import { type House, startHouse, until } from '../house.ts';
import type { Json, Socket } from '../people.ts';
import type { Member, RecordedRoom } from '../records.ts';
import { recordLog, SECRETS } from '../stack.ts';

let house: House;
let ann: Member;

before(async () => {
  house = await startHouse({ chats: 2, brokers: 'deaf' });
  [ann] = (await house.records.members(1)) as [Member];
});
after(() => house.stop());

const join = (room: RecordedRoom, chat: number): Promise<Socket> =>
  house.records.join(ann, room, house.chats[chat]!.url);

/** A room of chat that reads the real log, with one connection that records the seqs delivered to it. */
function open(room: RecordedRoom, lastSeq: number) {
  const delivered: number[] = [];
  const parts = {
    website: new Website(house.websites[0]!.internalUrl, SECRETS.INTERNAL_SECRET),
    broker: new LocalHub().connect(),
    replica: 'test',
    log: recordLog().log,
    metrics: new ChatMetrics(),
  };
  const opened = new Room({ roomId: room.id, room: room.name, lastSeq }, parts);
  const connection = {
    pass: { username: ann.username },
    cursor: 0,
    live: false,
    isOpen: true,
    send: () => undefined,
    write: () => undefined,
    deliver(_bytes: Buffer, last: number) {
      for (let seq = this.cursor + 1; seq <= last; seq += 1) delivered.push(seq);
      this.cursor = last;
    },
  };
  opened.join(connection as never, undefined);
  return { opened, delivered };
}

test('an early event waits, a repeated event is ignored, a missing event is read from the log', async () => {
  const room = await house.records.room(ann);
  await house.records.fill(room, ann, 10);
  const log = await house.records.log(room);
  const message = (seq: number): Json => ({ ...log[seq - 1], room: room.name, timestamp: '2026-11-21T09:30:00.000Z' });
  const { opened, delivered } = open(room, 0);
  opened.accept([message(2), message(3)]);
  assert.deepEqual(delivered, [], '2 and 3 wait for 1');
  opened.accept([message(1)]);
  assert.deepEqual(delivered, [1, 2, 3]);
  opened.accept([message(3), message(1), message(4), message(4)]);
  assert.deepEqual(delivered, [1, 2, 3, 4]);
  opened.accept([message(8)]);
  assert.deepEqual(delivered, [1, 2, 3, 4], '8 waits for the events before it');
  await until(() => delivered.length === 10, 1_000);
  assert.deepEqual(delivered, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  opened.close();
});

test('a shuffled log, in batches with repeats, is delivered once and in order', async () => {
  const room = await house.records.room(ann);
  await house.records.fill(room, ann, 200);
  const log = await house.records.log(room);
  let seed = 42;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31;
  };
  const { opened, delivered } = open(room, 0);
  const envelope = { type: 'message.created', roomId: room.id, room: room.name, timestamp: '2026-11-21T09:30:00.000Z' };
  const messages = log.map((row) => ({ ...row, ...envelope }));
  const shuffled = [...messages, ...messages.filter(() => random() < 0.3)]
    .map((message) => ({ message, at: message.seq + random() * 30 }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ message }) => message);
  while (shuffled.length > 0) opened.accept(shuffled.splice(0, 1 + Math.floor(random() * 7)));
  await until(() => delivered.length >= 200, 2_000);
  assert.deepEqual(
    delivered,
    Array.from({ length: 200 }, (_, index) => index + 1),
  );
  opened.close();
});

test('a broker that loses everything delays messages by up to 2 s and loses none', async () => {
  const room = await house.records.room(ann);
  const [here, there] = [await join(room, 0), await join(room, 1)];
  for (let said = 0; said < 5; said += 1) {
    here.say(`here ${said}`);
    there.say(`there ${said}`);
  }
  await until(() => here.seqs().length === 10 && there.seqs().length === 10, 2_500);
  assert.deepEqual(here.seqs(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.deepEqual(there.seqs(), here.seqs());
});
