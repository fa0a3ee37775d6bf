// The load generator, a process of its own: opens sockets, sends at a rate or with a window, and audits the deliveries.
// Controlled over IPC by bench/generator.ts. Knows a contestant only by its dialect.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Audit, type Member } from './audit.ts';
import { ACKNOWLEDGED, DIALECTS, type DialectName, FRAME } from './dialects.ts';
import { RawSocket } from './raw_socket.ts';

export interface Door {
  room: string;
  /** Port of the server: members of one room may connect to different servers. */
  port: number;
  /** Header lines of the upgrade (`Name: value`) that authenticate the member. */
  headers: string[];
}

export type Order =
  | { kind: 'open'; dialect: DialectName; doors: Door[] }
  | ({ kind: 'send'; seconds: number; rooms: number; senders: number } & (
      | { perSecond: number }
      /** Each sender keeps `window` messages in flight, until they are acknowledged or delivered to every member. */
      | { window: number; until: 'acknowledged' | 'everywhere' }
    ))
  | { kind: 'audit' }
  | { kind: 'received' };

export interface Sent {
  seconds: number;
  sent: number;
  acknowledged: number;
  delivered: number;
  /** Latency in ms from sending to the last member's delivery. */
  p50: number;
  p99: number;
  /** CPU use of this process, as a fraction of a core. */
  busy: number;
}

export interface Audited {
  faults: number;
  told: string[];
  count: number;
  unacknowledged: number[];
}

/** Warm-up before a measurement, in which V8 compiles the measured code of the server. */
const WARM_MS = 2_000;
const SETTLED_MS = 3_000;
const STEP_MS = 250;
const OPEN_AT_ONCE = 32;
const OPEN_MS = 20_000;

const audit = new Audit();
const rooms = new Map<string, ReturnType<Audit['room']>>();
const roomList: ReturnType<Audit['room']>[] = [];
const senders: ((member: Member) => void)[] = [];
let addresses = 0;

/** Returns a new loopback address for each socket. */
const nextAddress = () => {
  addresses += 1;
  return `127.${1 + (addresses >> 16)}.${(addresses >> 8) & 255}.${addresses & 255}`;
};

async function open({ dialect: name, doors }: Extract<Order, { kind: 'open' }>): Promise<void> {
  const dialect = DIALECTS[name];
  const queue = doors.values();
  const lane = async () => {
    for (const door of queue) await openOne(door);
  };
  const openOne = ({ room: roomName, port, headers }: Door) =>
    new Promise<void>((resolve, reject) => {
      let room = rooms.get(roomName);
      if (!room) {
        room = audit.room();
        rooms.set(roomName, room);
        roomList.push(room);
      }
      let member: Member | undefined;
      const late = setTimeout(() => reject(new Error(`${roomName} was not joined in time`)), OPEN_MS);
      const heard = (bytes: Buffer, start: number, end: number) => {
        const what = dialect.read(bytes, start, end);
        if (what >= ACKNOWLEDGED) return audit.acknowledge(what - ACKNOWLEDGED);
        if (what >= 0) return audit.deliver(member!, what, dialect.ownIsAcknowledgement);
        if (what === FRAME.ping) return socket.send('3');
        if (what === FRAME.refused) return audit.fault(`refused: ${bytes.toString('utf8', start, end)}`);
        if (what !== FRAME.joined) return;
        clearTimeout(late);
        member = audit.join(room);
        senders[member.index] = (sender) => socket.send(dialect.send(audit.send(sender), randomUUID()));
        resolve();
      };
      const at = {
        ...{ host: '127.0.0.1', port, localAddress: nextAddress() },
        ...{ target: dialect.target(roomName), headers, hello: dialect.hello },
      };
      const socket = new RawSocket(at, heard, (why) => {
        if (!member) return reject(new Error(`an upgrade was refused: ${why.slice(0, 200)}`));
        audit.fault(`member ${member.index} was disconnected`);
      });
    });
  await Promise.all(Array.from({ length: OPEN_AT_ONCE }, lane));
}

const say = (member: Member) => senders[member.index]!(member);

async function send(order: Extract<Order, { kind: 'send' }>): Promise<Sent> {
  const chosen = roomList.slice(0, order.rooms);
  let running = true;
  audit.onAcknowledged = () => undefined;
  audit.onEverywhere = () => undefined;
  let pacing = Promise.resolve();
  if ('perSecond' in order) {
    pacing = paced(order.perSecond, () => running, chosen, order.senders);
  } else {
    const next = (sender: Member) => running && say(sender);
    if (order.until === 'acknowledged') audit.onAcknowledged = next;
    else audit.onEverywhere = next;
    for (let count = 0; count < order.window; count += 1) {
      for (const room of chosen) for (const sender of room.members.slice(0, order.senders)) say(sender);
    }
  }
  await sleep(WARM_MS);
  process.send!({ kind: 'measuring' });
  audit.figures = { sent: 0, acknowledged: 0, delivered: 0, latencies: [] };
  const { figures } = audit;
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  await sleep(order.seconds * 1_000);
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const sorted = figures.latencies.toSorted((a, b) => a - b);
  const result = {
    ...{ seconds, sent: figures.sent, acknowledged: figures.acknowledged, delivered: figures.delivered },
    p50: sorted[Math.floor(sorted.length * 0.5)] ?? Number.NaN,
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
    busy: (user + system) / 1e6 / seconds,
  };
  process.send!({ kind: 'measured' });
  running = false;
  await pacing;
  return result;
}

/** Sends at a fixed rate, in turn over the rooms and over the senders of each room. */
async function paced(perSecond: number, running: () => boolean, chosen: typeof roomList, count: number): Promise<void> {
  const began = performance.now();
  for (let sent = 0; running(); await sleep(1)) {
    for (const due = ((performance.now() - began) / 1_000) * perSecond; sent < due; sent += 1) {
      const { members } = chosen[sent % chosen.length]!;
      say(members[Math.floor(sent / chosen.length) % Math.min(count, members.length)]!);
    }
  }
}

/** Waits until every message is delivered to every member, or nothing has arrived for 3 s. */
async function settle(): Promise<void> {
  audit.onAcknowledged = () => undefined;
  audit.onEverywhere = () => undefined;
  for (let quietMs = 0, before = -1; quietMs < SETTLED_MS; quietMs += STEP_MS) {
    const { delivered } = audit.figures;
    if (delivered !== before) quietMs = 0;
    else if (audit.isComplete) return;
    before = delivered;
    await sleep(STEP_MS);
  }
}

process.on('message', async (order: Order) => {
  try {
    if (order.kind === 'open') {
      await open(order);
      process.send!({ kind: 'done' });
    } else if (order.kind === 'send') {
      const result = await send(order);
      await settle();
      process.send!({ kind: 'done', result });
    } else if (order.kind === 'received') {
      process.send!({ kind: 'done', result: RawSocket.received });
    } else {
      await settle();
      audit.finish();
      const result: Audited = {
        ...{ faults: audit.faults, told: audit.faultsTold, count: audit.count },
        unacknowledged: audit.unacknowledged(),
      };
      process.send!({ kind: 'done', result });
    }
  } catch (error) {
    process.send!({ kind: 'failed', why: (error as Error).message });
  }
});
process.once('disconnect', () => process.exit(0));
