// PresenceExchange and Replicas with a broker that only records notifications.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Broker, BrokerListener, ReplicaNews, RoomNews } from '@parlance/chat/broker.ts';
import { Presence } from '@parlance/chat/presence.ts';
import { PresenceExchange } from '@parlance/chat/presence_exchange.ts';
import { Replicas } from '@parlance/chat/replicas.ts';
import { recordLog } from '../../tests/stack.ts';

function recorder() {
  const published: RoomNews[] = [];
  const announced: ReplicaNews[] = [];
  let listener: BrokerListener | undefined;
  const broker: Broker = {
    connected: true,
    stats: { published: 0, received: 0, dropped: 0, refused: 0 },
    publish: (_room, news) => void published.push(news),
    announce: (news) => void announced.push(news),
    subscribe: () => () => undefined,
    listen: (given) => {
      listener = given;
    },
    close: async () => undefined,
  };
  return { broker, published, announced, hear: (news: ReplicaNews) => listener?.announced(news) };
}

test('the list of each replica with a newer version is requested at most once per 200 ms', () => {
  const { broker, published } = recorder();
  const listeners = { told: () => undefined, heard: () => undefined };
  const exchange = new PresenceExchange('room', new Presence(), { broker, replica: 'own' }, listeners);
  for (const replica of ['a', 'c', 'a', 'c']) exchange.compare(replica, { roomId: 'room', version: 5 });
  assert.deepEqual(published, [
    { kind: 'hello', replica: 'own', to: 'a' },
    { kind: 'hello', replica: 'own', to: 'c' },
  ]);
});

test('a replica that announced its end sends nothing more', () => {
  const { broker, announced, hear } = recorder();
  const rooms = { get: () => undefined, all: () => [] };
  const replicas = new Replicas({ broker, replica: 'own', log: recordLog().log }, rooms);
  replicas.start();
  replicas.stop();
  const said = announced.length;
  hear({ replica: 'other', hello: true, rooms: [] });
  assert.equal(announced.length, said);
  assert.equal(announced.at(-1)?.bye, true);
});
