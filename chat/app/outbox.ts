// Queues messages for the website and sends them in batches. A message is sent at once when no batch is in flight and the last
// one started at least 4 ms ago; otherwise it waits for the next batch. Never retries: the sender does, by id.
import { LIMITS } from '@parlance/specs/limits.ts';
import type { Append, AppendOutcome } from './website.ts';

export interface OutboxItem extends Append {
  /** Called once, in the order of the room's log for those stored together. */
  answer(outcome: AppendOutcome): void;
}

type Send = (messages: readonly Append[], wait: boolean) => Promise<AppendOutcome[]>;
/** Is called with each batch and its outcomes, before the answers. */
type Stored = (items: readonly OutboxItem[], outcomes: readonly AppendOutcome[]) => void;

const PACE_MS = 4;
const LANES = 2;
const BATCH_BYTES = 8 * 1024 * 1024;

export class Outbox {
  readonly #lanes: Lane[];
  /** Rooms whose row another transaction held: each has its own lane until that is empty, so that it delays no other room. */
  readonly #solo = new Map<string, Lane>();
  readonly #send: Send;
  readonly #stored: Stored;
  #bytes = 0;
  #closed = false;
  #idle: (() => void)[] = [];

  constructor(send: Send, stored: Stored) {
    this.#send = send;
    this.#stored = stored;
    this.#lanes = Array.from({ length: LANES }, () => this.#lane(false));
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether it accepts no more messages because the process is about to end. */
  get closed(): boolean {
    return this.#closed;
  }

  /** @returns false, and does nothing, when this process already holds too much or is about to end. */
  add(item: OutboxItem): boolean {
    const bytes = sizeOf(item);
    if (this.#closed || this.#bytes + bytes > LIMITS.outboxMax) return false;
    this.#bytes += bytes;
    const lane = this.#solo.get(item.roomId) ?? this.#lanes[hash(item.roomId) % LANES]!;
    lane.push([item]);
    return true;
  }

  /** Accepts no more messages; resolves when none is queued or in flight. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#bytes > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #lane(wait: boolean): Lane {
    const lane: Lane = new Lane(async (items) => {
      const outcomes = await this.#send(items, wait).catch(() =>
        items.map((): AppendOutcome => ({ outcome: 'store_unavailable' })),
      );
      this.#answer(lane, items, outcomes);
    });
    return lane;
  }

  #answer(lane: Lane, items: readonly OutboxItem[], outcomes: readonly AppendOutcome[]): void {
    this.#stored(items, outcomes);
    const busy = new Map<string, OutboxItem[]>();
    for (const [index, item] of items.entries()) {
      const outcome = outcomes[index]!;
      if (outcome.outcome === 'busy') {
        busy.set(item.roomId, [...(busy.get(item.roomId) ?? []), item]);
        continue;
      }
      this.#bytes -= sizeOf(item);
      item.answer(outcome);
    }
    for (const [roomId, held] of busy) this.#setApart(roomId, held, lane);
    if (this.#bytes === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Moves a room into its own lane: first the messages that were busy, then those still queued, in their order. */
  #setApart(roomId: string, held: OutboxItem[], from: Lane): void {
    const solo = this.#lane(true);
    this.#solo.set(roomId, solo);
    solo.onEmpty = () => {
      if (this.#solo.get(roomId) === solo) this.#solo.delete(roomId);
    };
    solo.push([...held, ...from.take((item) => item.roomId === roomId)]);
  }
}

class Lane {
  onEmpty: (() => void) | undefined;
  #queue: OutboxItem[] = [];
  #underWay = false;
  #startedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  readonly #run: (items: readonly OutboxItem[]) => Promise<void>;

  constructor(run: (items: readonly OutboxItem[]) => Promise<void>) {
    this.#run = run;
  }

  push(items: readonly OutboxItem[]): void {
    this.#queue.push(...items);
    this.#next();
  }

  /** Removes and returns the waiting items that match. */
  take(matches: (item: OutboxItem) => boolean): OutboxItem[] {
    const taken = this.#queue.filter(matches);
    this.#queue = this.#queue.filter((item) => !matches(item));
    return taken;
  }

  #next(): void {
    if (this.#underWay || this.#timer) return;
    if (this.#queue.length === 0) return this.onEmpty?.();
    const rest = this.#startedAt + PACE_MS - performance.now();
    if (rest <= 0) return void this.#start();
    // A timer may come up to a millisecond early: then it waits for the rest.
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#next();
    }, rest);
  }

  async #start(): Promise<void> {
    let bytes = 0;
    let count = 0;
    while (count < this.#queue.length && count < LIMITS.appendMax && bytes < BATCH_BYTES) {
      bytes += sizeOf(this.#queue[count]!);
      count += 1;
    }
    const items = this.#queue.splice(0, count);
    if (items.length === 0) return this.#next();
    this.#underWay = true;
    this.#startedAt = performance.now();
    await this.#run(items);
    this.#underWay = false;
    this.#next();
  }
}

/** Memory of a queued message: its text (at most two bytes per UTF-16 unit) and a fixed overhead. */
const sizeOf = (item: OutboxItem) => item.content.length * 2 + 512;

/** A room id is a UUID: its last digits are random. */
const hash = (roomId: string) => Number.parseInt(roomId.slice(-6), 16);
