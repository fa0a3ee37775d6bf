// Runs one round of one contestant: all measurements in order, and the audit of every message sent. Prints nothing.
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Contestant, type Name, startContestant, type Ticket } from './contestants.ts';
import { Generator } from './generator.ts';
import { cpuOf, rssOf } from './meter.ts';
import { Phase } from './phase.ts';

/** The figures of a round; undefined when the contestant lacks the feature or fell behind. */
export interface Round {
  /** One room of 1,000: maximum deliveries per second; µs CPU per delivery at 20,000 deliveries per second. */
  busyMost: number;
  busyCpu: number;
  /** 1,000 rooms of 5, 1,000 messages per second: µs CPU per delivery, and p50 latency to the last member in ms. */
  quietCpu: number;
  quietP50: number;
  /** The same rooms, 6,000 messages per second: µs CPU per delivery. */
  quickCpu: number | undefined;
  /** Messages acknowledged per second, in 1,000 rooms and in one room of 10. */
  ackMany: number;
  ackOne: number;
  /** µs CPU per join, ms CPU per room token. */
  joinCpu: number;
  tokenCpu: number | undefined;
  /** 10,000 idle connections in 1,000 rooms: KiB of RSS per connection, and CPU of all of them in % of a core. */
  idleRss: number;
  idleCpu: number;
  /** Messages sent, faults found by the audit, and descriptions of the first faults. */
  messages: number;
  faults: number;
  told: string[];
  /** Highest CPU use of the generator in any measurement, as a fraction of its core. */
  generatorBusy: number;
}

const ROOMS = 1_000;
const MEMBERS = 5;
const IDLE_MEMBERS = 10;
const CROWD = 1_000;
/** Time for the server's garbage collector after connections were opened or closed. */
const SETTLED_MS = 5_000;
const TOKENS = 3_000;
/** Client addresses that request tokens, each on its own connections: nginx allows each address a burst of 2,000. */
const ADDRESSES = 50;
/** Senders in the crowded room, and messages that each keeps in flight. */
const [CROWD_SENDERS, CROWD_WINDOW] = [32, 8];

export async function measureRound(name: Name, seconds: number): Promise<Round> {
  const idle = await measureIdle(name, seconds);
  const contestant = await startContestant(name);
  const phases: Phase[] = [];
  try {
    const tokenCpu = await measureTokens(contestant);
    await warmUp(contestant);
    const quiet = await Phase.open(contestant, ROOMS, MEMBERS);
    phases.push(quiet);
    const allMembers = { kind: 'send', seconds, rooms: ROOMS, senders: MEMBERS } as const;
    const slow = await quiet.send({ ...allMembers, perSecond: 1_000 });
    const quick = await quiet.send({ ...allMembers, perSecond: 6_000 });
    const many = await quiet.send({ ...allMembers, senders: 1, window: 4, until: 'acknowledged' });
    await quiet.close();
    const ten = await Phase.open(contestant, 1, 10);
    phases.push(ten);
    const one = await ten.send({ kind: 'send', seconds, rooms: 1, senders: 10, window: 50, until: 'acknowledged' });
    await ten.close();
    const crowd = await Phase.open(contestant, 1, CROWD);
    phases.push(crowd);
    const calm = await crowd.send({ kind: 'send', seconds, rooms: 1, senders: CROWD_SENDERS, perSecond: 20 });
    const most = await crowd.send({
      ...{ kind: 'send', seconds, rooms: 1, senders: CROWD_SENDERS, window: CROWD_WINDOW, until: 'everywhere' },
    });
    await crowd.close();
    const all = [slow, quick, many, one, calm, most];
    return {
      ...{ busyMost: most.delivered / most.seconds, busyCpu: calm.cpu, quietCpu: slow.cpu, quietP50: slow.p50 },
      quickCpu: quick.keptUp ? quick.cpu : undefined,
      ...{ ackMany: many.acknowledged / many.seconds, ackOne: one.acknowledged / one.seconds },
      ...{ joinCpu: quiet.joinCpu, tokenCpu, ...idle },
      messages: phases.reduce((sum, { messages }) => sum + messages, 0),
      faults: phases.reduce((sum, { faults }) => sum + faults, 0),
      told: phases.flatMap(({ told }) => told),
      generatorBusy: Math.max(...all.map(({ busy }) => busy)),
    };
  } finally {
    for (const phase of phases) await phase.stop();
    await contestant.stop();
  }
}

/** Measures 10,000 idle connections on freshly started servers. */
async function measureIdle(name: Name, seconds: number): Promise<Pick<Round, 'idleRss' | 'idleCpu'>> {
  const contestant = await startContestant(name);
  const generator = new Generator();
  try {
    const { dialect, processes } = contestant;
    // Created before memory is measured: the database's memory for users and rooms is not a cost of connections.
    const [few, many] = [await contestant.doors(100, 5), await contestant.doors(ROOMS, IDLE_MEMBERS)];
    await generator.open({ dialect, doors: few });
    const before = rssOf(processes);
    await generator.open({ dialect, doors: many });
    await sleep(SETTLED_MS);
    const idleRss = (rssOf(processes) - before) / many.length;
    const cpu = cpuOf(processes);
    const began = performance.now();
    await sleep(2 * seconds * 1_000);
    const idleCpu = ((cpuOf(processes) - cpu) / (performance.now() - began)) * 1_000 * 100;
    return { idleRss, idleCpu };
  } finally {
    await generator.stop();
    await contestant.stop();
  }
}

/** Makes as many joins as will be measured, so that V8 has compiled their code, as in a server that runs for days. */
async function warmUp(contestant: Contestant): Promise<void> {
  const joined = await Phase.open(contestant, ROOMS, MEMBERS);
  await joined.stop();
  await sleep(SETTLED_MS);
}

/** ms CPU per room token; undefined when the contestant has none. */
async function measureTokens(contestant: Contestant): Promise<number | undefined> {
  const { tokensPort, processes } = contestant;
  if (tokensPort === undefined) return undefined;
  const agent = new Agent({ keepAlive: true });
  const ask = async (tickets: Ticket[]) => {
    const queue = tickets.entries();
    const lane = async () => {
      for (const [index, ticket] of queue) await post(agent, tokensPort, ticket, index % ADDRESSES);
    };
    await Promise.all(Array.from({ length: 4 }, lane));
  };
  const [warm, tickets] = [await contestant.tickets(TOKENS), await contestant.tickets(TOKENS)];
  await ask(warm);
  const before = cpuOf(processes);
  await ask(tickets);
  agent.destroy();
  return ((cpuOf(processes) - before) / TOKENS) * 1_000;
}

function post(agent: Agent, port: number, { path, accessToken }: Ticket, address: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const to = { agent, host: '127.0.0.1', localAddress: `127.0.1.${address + 1}`, port, path, method: 'POST' };
    const sent = request({ ...to, headers: { authorization: `Bearer ${accessToken}` } }, (answer) => {
      answer.resume();
      answer.once('end', () => {
        if (answer.statusCode === 201) resolve();
        else reject(new Error(`a room token was refused with ${answer.statusCode}`));
      });
    });
    sent.on('error', reject).end();
  });
}
