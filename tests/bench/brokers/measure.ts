// Measures what a message costs with a number of chats, with or without Redis: CPU by process, and the latency to the last
// member, in quiet rooms and in a busy one. Audits every message. Prints nothing.
import type { Contestant } from '../contestants.ts';
import { startParlance } from '../parlance.ts';
import { Phase } from '../phase.ts';

export interface Setup {
  chats: number;
  redis: boolean;
}

/** A number of rooms with `members` each, and the rate of messages over all rooms. */
export interface Scenario {
  rooms: number;
  members: number;
  perSecond: number;
}

export interface Measured {
  /** µs per message, by process. */
  cpu: Record<string, number>;
  /** Median ms from sending to the last member's delivery. */
  p50: number;
  /** False when fewer messages were acknowledged than sent: the other figures then include a growing queue. */
  keptUp: boolean;
  messages: number;
  /** Messages without an acknowledgement, and the faults that the audit found. */
  unacknowledged: number;
  faults: number;
  told: string[];
  /** CPU use of the generator, as a fraction of its core. */
  generatorBusy: number;
}

/** Warm-up in seconds: V8 has not compiled the code of processes that have just started. */
const WARM_SECONDS = 2;

/** Measures one scenario after the other on the same processes. */
export async function measureSetup(setup: Setup, scenarios: readonly Scenario[], seconds: number): Promise<Measured[]> {
  const parlance = await startParlance(setup);
  try {
    const measured: Measured[] = [];
    for (const scenario of scenarios) measured.push(await measureScenario(parlance, scenario, seconds));
    return measured;
  } finally {
    await parlance.stop();
  }
}

async function measureScenario(parlance: Contestant, scenario: Scenario, seconds: number): Promise<Measured> {
  const { rooms, members, perSecond } = scenario;
  const phase = await Phase.open(parlance, rooms, members);
  try {
    const order = { kind: 'send', rooms, senders: members, perSecond } as const;
    await phase.send({ ...order, seconds: WARM_SECONDS });
    const sent = await phase.send({ ...order, seconds });
    await phase.close();
    const { messages, unacknowledged, faults, told } = phase;
    const perMessage = Object.entries(sent.cpuOfEach).map(([name, used]) => [name, (used / sent.acknowledged) * 1e6]);
    return {
      ...{ cpu: Object.fromEntries(perMessage), p50: sent.p50, keptUp: sent.keptUp, generatorBusy: sent.busy },
      ...{ messages, unacknowledged, faults, told },
    };
  } finally {
    await phase.stop();
  }
}
