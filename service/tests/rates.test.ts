// Rate limits in memory: messages per room and per user. Also the networks of addresses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageRates } from '../message_rates.ts';
import { wideNetwork } from '../networks.ts';

test('a message counts both in its room and for its user, a refused one in neither', () => {
  const rates = new MessageRates({ perRoom: 2, perUser: 3 });
  assert.equal(rates.take('ann', 'tea', 0), undefined);
  assert.equal(rates.take('ann', 'tea', 100), undefined);
  assert.deepEqual(rates.take('ann', 'tea', 200), { waitMs: 9_800, detail: 'More than 2 messages in 10 s.' });
  assert.equal(rates.take('ann', 'milk', 300), undefined, 'the refused message did not count for the user');
  const refused = { waitMs: 9_600, detail: 'More than 3 messages in 10 s over all rooms.' };
  assert.deepEqual(rates.take('ann', 'milk', 400), refused);
  assert.equal(rates.take('bob', 'tea', 400), undefined);
  assert.equal(rates.take('ann', 'milk', 10_000), undefined, 'and this one did not count in the room');
});

test('the wide network of an IPv4 address is its /24, of an IPv6 address its /48', () => {
  assert.equal(wideNetwork('192.0.2.77'), '192.0.2.0/24');
  assert.equal(wideNetwork('2001:db8:1:2::/64'), '2001:db8:1::/48');
  assert.equal(wideNetwork('0:0:0:0::/64'), '0:0:0::/48');
  assert.equal(wideNetwork('unknown'), 'unknown');
});
