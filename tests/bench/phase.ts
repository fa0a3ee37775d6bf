// One phase of a contestant's round: opens rooms with a generator of its own, sends messages, and audits them.
import type { Contestant } from './contestants.ts';
import type { Order, Sent } from './generator/main.ts';
import { Generator } from './generator.ts';
import { cpuOf, cpuOfEach } from './meter.ts';

/** A contestant has fallen behind when it acknowledges less than this share of the messages sent. */
const KEPT_UP = 0.95;

export interface Used extends Sent {
  /** µs CPU per delivery. */
  cpu: number;
  /** CPU seconds by process. */
  cpuOfEach: Record<string, number>;
  keptUp: boolean;
}

export class Phase {
  readonly #contestant: Contestant;
  readonly #generator = new Generator();
  /** µs CPU per join. */
  joinCpu = 0;
  messages = 0;
  /** Messages without an acknowledgement: they may or may not be stored. */
  unacknowledged = 0;
  faults = 0;
  told: string[] = [];

  private constructor(contestant: Contestant) {
    this.#contestant = contestant;
  }

  static async open(contestant: Contestant, rooms: number, members: number): Promise<Phase> {
    const phase = new Phase(contestant);
    const { dialect, processes } = contestant;
    const doors = await contestant.doors(rooms, members);
    const before = cpuOf(processes);
    await phase.#generator.open({ dialect, doors }).catch(async (error) => {
      await phase.stop();
      throw error;
    });
    phase.joinCpu = ((cpuOf(processes) - before) / doors.length) * 1e6;
    return phase;
  }

  async send(order: Extract<Order, { kind: 'send' }>): Promise<Used> {
    const { processes } = this.#contestant;
    let [before, after]: Record<string, number>[] = [{}, {}];
    const sent = await this.#generator.send(
      order,
      () => {
        before = cpuOfEach(processes);
      },
      () => {
        after = cpuOfEach(processes);
      },
    );
    const each = Object.entries(after!).map(([name, seconds]) => [name, seconds - before![name]!] as const);
    const seconds = each.reduce((sum, [, used]) => sum + used, 0);
    return {
      ...{ ...sent, cpu: (seconds / sent.delivered) * 1e6, cpuOfEach: Object.fromEntries(each) },
      keptUp: sent.acknowledged >= KEPT_UP * sent.sent,
    };
  }

  /** Bytes that the members have received. */
  received(): Promise<number> {
    return this.#generator.received();
  }

  /** Audits every message of the phase, also against the database, and stops the generator. */
  async close(): Promise<void> {
    const { faults, told, count, unacknowledged } = await this.#generator.audit();
    Object.assign(this, { messages: count, unacknowledged: unacknowledged.length, faults, told });
    const stored = await this.#contestant.storedLast(count, unacknowledged);
    if (stored && stored.found !== count - unacknowledged.length) {
      this.faults += Math.abs(count - unacknowledged.length - stored.found);
      this.told.push(`${stored.found} of ${count - unacknowledged.length} acknowledged messages are stored`);
    }
    if (stored && stored.rows > count) {
      this.faults += stored.rows - count;
      this.told.push(`${stored.rows} messages are stored, but only ${count} were sent`);
    }
    await this.stop();
  }

  stop(): Promise<void> {
    return this.#generator.stop();
  }
}
