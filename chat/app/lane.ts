// A queue of messages that leaves in batches, in its order: one batch at a time, and others beside it only when the first is
// slow or the queue is long. Messages of one room are never in two batches at once. Knows no outcome.
import { LIMITS } from '@parlance/specs/limits.ts';
import type { OutboxItem } from './outbox.ts';

/**
 * The least time from one start to the next. It grows with what the batches carry: a batch costs about as much as ten
 * messages, so small ones that follow one another closely are merged, at the price of a short wait.
 */
const PACE = { leastMs: 2, perMessageMs: 0.2, mostMs: 6 };
/** How much the last batch counts in the average size. */
const SHARE = 0.1;
/** A batch that takes longer does not hold up the messages of other rooms. */
const SLOW_MS = 20;
/** The resolution of timers: a wait that is shorter would become this long. */
const TIMER_MS = 1;
const BATCH_BYTES = 8 * 1024 * 1024;

/** A batch that is under way. */
interface Batch {
  roomIds: ReadonlySet<string>;
  startedAt: number;
}

export class Lane {
  onEmpty: (() => void) | undefined;
  #queue: OutboxItem[] = [];
  readonly #underWay = new Set<Batch>();
  #startedAt = Number.NEGATIVE_INFINITY;
  #meanSize = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #run: (items: readonly OutboxItem[]) => Promise<void>;
  readonly #atOnce: number;

  /** @param atOnce how many batches may be under way, each with other rooms. */
  constructor(run: (items: readonly OutboxItem[]) => Promise<void>, atOnce: number) {
    this.#run = run;
    this.#atOnce = atOnce;
  }

  push(items: readonly OutboxItem[]): void {
    this.#queue.push(...items);
    // The queue has become long: no wait for a slow batch.
    if (this.#queue.length >= LIMITS.appendMax) this.#forgetTimer();
    // What belongs to a batch that is under way starts with its end.
    if (items.some(({ roomId }) => !this.#isUnderWay(roomId))) this.#next();
  }

  /** Removes and returns the waiting items that match. */
  take(matches: (item: OutboxItem) => boolean): OutboxItem[] {
    const taken = this.#queue.filter(matches);
    this.#queue = this.#queue.filter((item) => !matches(item));
    return taken;
  }

  #isUnderWay(roomId: string): boolean {
    for (const { roomIds } of this.#underWay) if (roomIds.has(roomId)) return true;
    return false;
  }

  #next(): void {
    if (this.#timer) return;
    if (this.#queue.length === 0) return void (this.#underWay.size === 0 && this.onEmpty?.());
    if (this.#underWay.size >= this.#atOnce) return;
    const waitMs = this.#startsAt() - performance.now();
    if (waitMs < TIMER_MS) return this.#start();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#next();
    }, waitMs);
  }

  #forgetTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** When the next batch may start, ms of performance.now(). */
  #startsAt(): number {
    const paced = this.#startedAt + Math.min(PACE.mostMs, PACE.leastMs + this.#meanSize * PACE.perMessageMs);
    let last: Batch | undefined;
    for (const batch of this.#underWay) last = batch;
    if (!last || this.#queue.length >= LIMITS.appendMax) return paced;
    return Math.max(paced, last.startedAt + SLOW_MS);
  }

  #start(): void {
    const items = this.#takeBatch();
    if (items.length === 0) return;
    const startedAt = performance.now();
    const batch = { roomIds: new Set(items.map(({ roomId }) => roomId)), startedAt };
    this.#underWay.add(batch);
    this.#startedAt = startedAt;
    this.#meanSize += SHARE * (items.length - this.#meanSize);
    void this.#run(items).finally(() => {
      this.#underWay.delete(batch);
      // What waits because that batch was slow need not wait longer.
      this.#forgetTimer();
      this.#next();
    });
    this.#next();
  }

  /** The first messages of the queue whose rooms are in no batch under way. */
  #takeBatch(): OutboxItem[] {
    const items: OutboxItem[] = [];
    const left: OutboxItem[] = [];
    let bytes = 0;
    for (const item of this.#queue) {
      const hasRoom = items.length < LIMITS.appendMax && bytes < BATCH_BYTES;
      if (!hasRoom || this.#isUnderWay(item.roomId)) left.push(item);
      else {
        items.push(item);
        bytes += sizeOf(item);
      }
    }
    this.#queue = left;
    return items;
  }
}

/** Memory of a queued message: its text (at most two bytes per UTF-16 unit) and a fixed overhead. */
export const sizeOf = (item: OutboxItem) => item.content.length * 2 + 512;
