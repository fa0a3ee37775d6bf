// The audit of the bench finds a server that drops, duplicates or swaps one message in fifty, and passes a correct one.
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
  test(`the audit finds a server with the fault ${fault} in one message of fifty`, { skip }, async () => {
    const { faults, told } = await auditOf('bare ws', fault);
    assert.ok(faults > 0);
    assert.match(told.join('\n'), words);
  });
}

// Not Socket.IO with an INSERT: it keeps no order of messages that one sender stores concurrently.
for (const name of ['bare ws', 'socket.io', 'parlance'] as const) {
  test(`${name} passes the audit`, { skip }, async () => {
    const { faults, told, messages } = await auditOf(name);
    assert.deepEqual({ faults, told }, { faults: 0, told: [] });
    assert.ok(messages > 100);
  });
}
