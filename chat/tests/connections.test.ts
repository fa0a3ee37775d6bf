// How many sockets a user, an address and an IPv6 /48 may have open at one process.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Connections } from '@parlance/chat/connections.ts';
import type { Connection } from '@parlance/chat/websocket/connection.ts';
import { LIMITS } from '@parlance/specs/limits.ts';

const connection = () => ({ pass: { sid: randomUUID(), userId: randomUUID() } }) as Connection;

test('an IPv6 /48 has places for as many sockets as a few addresses, and a closed socket frees one', () => {
  const connections = new Connections(10, 2);
  const address = (k: number) => `2001:db8:1:${k.toString(16)}::/64`;
  const open = Array.from({ length: 2 * LIMITS.networkShare }, connection);
  for (const [k, one] of open.entries()) {
    assert.ok(connections.hasPlace(one.pass.userId, address(k)), `socket ${k + 1}`);
    connections.add(one, address(k));
  }
  assert.ok(!connections.hasPlace('somebody', address(0xff)), 'a /64 that has no socket yet');
  assert.ok(connections.hasPlace('somebody', '2001:db8:2:1::/64'), 'another /48');
  connections.remove(open[0]!, address(0));
  assert.ok(connections.hasPlace('somebody', address(0xff)));
});
