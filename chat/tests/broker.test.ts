// LocalHub, the broker within one process: which replica receives which notification.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { LocalHub, type RoomNews } from '@parlance/chat/broker.ts';

const typing = (username: string): RoomNews => ({ kind: 'typing', username });
function bench() {
  const hub = new LocalHub();
  const heard: string[] = [];
  const replica = (name: string) => {
    const broker = hub.connect();
    const hear = (roomId: string) =>
      broker.subscribe(roomId, (event) => heard.push(`${name} ${roomId} ${(event as { username: string }).username}`));
    return { broker, hear };
  };
  return { heard, replica };
}

test('a notification reaches every other replica that subscribed to its room, and no other replica', async () => {
  const { heard, replica } = bench();
  const [a, b, c, d] = [replica('a'), replica('b'), replica('c'), replica('d')];
  for (const { hear } of [a, b, c]) hear('one');
  d.hear('two');
  a.broker.publish('one', typing('ann'));
  assert.deepEqual(heard, [], 'publish is asynchronous');
  await turn();
  assert.deepEqual(heard, ['b one ann', 'c one ann']);
});

test('a replica may publish without a subscription; without subscribers nothing happens', async () => {
  const { heard, replica } = bench();
  const [a, b] = [replica('a'), replica('b')];
  a.broker.publish('one', typing('ann'));
  b.hear('one');
  await turn();
  assert.deepEqual(heard, []);
  a.broker.publish('one', typing('bob'));
  await turn();
  assert.deepEqual(heard, ['b one bob']);
});

test('an ended subscription receives nothing; ending it again does not end a later subscription', async () => {
  const { heard, replica } = bench();
  const [a, b] = [replica('a'), replica('b')];
  const end = b.hear('one');
  end();
  a.broker.publish('one', typing('ann'));
  await turn();
  assert.deepEqual(heard, []);
  b.hear('one');
  end();
  a.broker.publish('one', typing('bob'));
  await turn();
  assert.deepEqual(heard, ['b one bob']);
});
