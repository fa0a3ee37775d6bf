// The bench's audit: a server that drops, doubles or swaps one message in fifty is found, and one that does not passes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Name, startContestant } from './bench/contestants.ts';
import { Phase } from './bench/phase.ts';

const skip = process.platform === 'linux' ? false : 'the bench reads CPU time from /proc';

async function auditOf(name: Name, fault?: string): Promise<Phase> {
  const contestant = await startContestant(name, fault);
  try {
    const phase = await Phase.open(contestant, 10, 5);
    const sent = await phase.send({ kind: 'send', seconds: 1, rooms: 10, senders: 5, perSecond: 300 });
    assert.ok(sent.acknowledged > 100, 'the premise: messages were sent');
    await phase.close();
    return phase;
  } finally {
    await contestant.stop();
  }
}

for (const [fault, words] of [
  ['drop', /got message \d+ where another got|got \d+ of \d+ messages/],
  ['double', /got message \d+ where another got|delivered twice/],
  ['swap', /got message \d+ where another got|sent later/],
] as const) {
  test(`a server that has the fault ${fault} in one message of fifty is found`, { skip }, async () => {
    const { faults, told } = await auditOf('bare ws', fault);
    assert.ok(faults > 0);
    assert.match(told.join('\n'), words);
  });
}

// Socket.IO with an INSERT keeps no order: of a sender's messages that are stored at the same time, any may come first.
for (const name of ['bare ws', 'socket.io', 'parlance'] as const) {
  test(`${name} passes the audit`, { skip }, async () => {
    const { faults, told, messages } = await auditOf(name);
    assert.deepEqual({ faults, told }, { faults: 0, told: [] });
    assert.ok(messages > 100);
  });
}
