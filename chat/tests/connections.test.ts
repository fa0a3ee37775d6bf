// Limits of open sockets per user, address and IPv6 /48 at one process.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Connections } from '@parlance/chat/connections.ts';
import type { Connection } from '@parlance/chat/websocket/connection.ts';
import { LIMITS } from '@parlance/specs/limits.ts';

const connection = () => ({ pass: { sid: randomUUID(), userId: randomUUID() } }) as Connection;

test('an IPv6 /48 may open networkShare times the sockets of an address; a closed socket frees a place', () => {
  const connections = new Connections(10, 2);
  const address = (k: number) => `2001:db8:1:${k.toString(16)}::/64`;
  const open = Array.from({ length: 2 * LIMITS.networkShare }, connection);
  for (const [k, one] of open.entries()) {
    assert.ok(connections.hasPlace(one.pass.userId, address(k)), `socket ${k + 1}`);
    connections.add(one, address(k));
  }
  assert.ok(!connections.hasPlace('somebody', address(0xff)), 'a /64 without sockets');
  assert.ok(connections.hasPlace('somebody', '2001:db8:2:1::/64'), 'another /48');
  connections.remove(open[0]!, address(0));
  assert.ok(connections.hasPlace('somebody', address(0xff)));
});
