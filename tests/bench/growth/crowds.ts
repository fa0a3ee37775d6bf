// Measures what a delivery costs in one room by its number of members, and how many bytes each member receives while all
// join. Uses the contestants and the generator of the bench.
import { setTimeout as sleep } from 'node:timers/promises';
import { startContestant } from '../contestants.ts';
import { Phase } from '../phase.ts';

export interface Crowd {
  members: number;
  /** µs CPU per delivery, and p50 in ms until the last member has a message. */
  deliveryCpu: number;
  p50: number;
  /** KiB that each member received while all joined, and µs CPU per join. */
  joinKib: number;
  joinCpu: number;
  faults: number;
}

/** Deliveries per second: the rate of messages is this divided by the number of members. */
const DELIVERIES = 20_000;
/** Time until the last presence update is delivered. */
const TOLD_MS = 2_500;

export async function measureCrowd(members: number, seconds: number): Promise<Crowd> {
  const contestant = await startContestant('parlance');
  try {
    await (await Phase.open(contestant, 10, 5)).close();
    const phase = await Phase.open(contestant, 1, members);
    await sleep(TOLD_MS);
    const joinKib = (await phase.received()) / 1_024 / members;
    const senders = Math.min(members, 32);
    const sent = await phase.send({ kind: 'send', seconds, rooms: 1, senders, perSecond: DELIVERIES / members });
    await phase.close();
    const { joinCpu, faults } = phase;
    return { members, deliveryCpu: sent.cpu, p50: sent.p50, joinKib, joinCpu, faults };
  } finally {
    await contestant.stop();
  }
}
