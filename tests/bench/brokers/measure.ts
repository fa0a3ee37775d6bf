// What a message costs with some number of chats, with Redis between them or without: CPU by process, and how long it takes
// to its last member, in quiet rooms and in a busy one; and the audit of every message. Prints nothing.
import type { Contestant } from '../contestants.ts';
import { startParlance } from '../parlance.ts';
import { Phase } from '../phase.ts';

export interface Setup {
  chats: number;
  redis: boolean;
}

/** Rooms of so many members each, and so many messages a second in all of them together. */
export interface Scenario {
  rooms: number;
  members: number;
  perSecond: number;
}

export interface Measured {
  /** µs a message, by process. */
  cpu: Record<string, number>;
  /** ms from sending to the last member, at the median. */
  p50: number;
  /** False: fewer messages were taken than were sent, so the other figures are those of a queue. */
  keptUp: boolean;
  messages: number;
  /** Messages that nobody got; and what else the audit found. */
  unacknowledged: number;
  faults: number;
  told: string[];
  /** The part of its core that the generator used. */
  generatorBusy: number;
}

/** Processes that have just started run code that is not compiled yet: so long they are warmed, s. */
const WARM_SECONDS = 2;

/** Measures one scenario after the other, at the same processes. */
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
