// A FIFO queue of messages that is sent in batches: one batch at a time, a second one in parallel only when the first
// is slow or the queue is long. Messages of one room are never in two batches at once. Does not interpret outcomes.
import { LIMITS } from '@parlance/specs/limits.ts';
import type { OutboxItem } from './outbox.ts';

/**
 * Minimum time between the starts of two batches. It grows with the average batch size: a batch costs about as much as
 * ten messages, so merging small batches is cheaper, at the price of a short delay.
 */
const PACE = { leastMs: 2, perMessageMs: 0.2, mostMs: 6 };
/** Weight of the last batch in the moving average of the batch size. */
const SHARE = 0.1;
/** A batch that takes longer no longer delays messages of other rooms. */
const SLOW_MS = 20;
/** Timer resolution: a shorter wait is skipped, because the timer would extend it to this. */
const TIMER_MS = 1;
const BATCH_BYTES = 8 * 1024 * 1024;
/** Maximum of messages of one room in a batch when other rooms wait as well. */
const ROOM_MOST = LIMITS.appendMax / 4;

/** A batch in flight. */
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

  /** @param atOnce maximum of batches in flight; no two contain the same room. */
  constructor(run: (items: readonly OutboxItem[]) => Promise<void>, atOnce: number) {
    this.#run = run;
    this.#atOnce = atOnce;
  }

  push(items: readonly OutboxItem[]): void {
    this.#queue.push(...items);
    // Messages of rooms in flight wait until their batch ends; its end starts the next batch.
    if (items.every(({ roomId }) => this.#isUnderWay(roomId))) return;
    // A long queue starts a second batch without waiting for SLOW_MS.
    if (this.#queue.length >= LIMITS.appendMax) this.#forgetTimer();
    this.#next();
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
      // Messages that waited for this batch can be sent now.
      this.#forgetTimer();
      this.#next();
    });
    this.#next();
  }

  /**
   * Takes the first messages of the queue whose rooms are not in flight. When not all fit, messages of one room are
   * grouped: they are stored by one update of their room and reach each socket in one write.
   */
  #takeBatch(): OutboxItem[] {
    const free = this.#queue.filter(({ roomId }) => !this.#isUnderWay(roomId));
    const together = free.length > LIMITS.appendMax ? byRoom(free) : free;
    const items: OutboxItem[] = [];
    let bytes = 0;
    for (const item of together) {
      if (items.length === LIMITS.appendMax || bytes >= BATCH_BYTES) break;
      items.push(item);
      bytes += sizeOf(item);
    }
    const taken = new Set(items);
    this.#queue = items.length === this.#queue.length ? [] : this.#queue.filter((item) => !taken.has(item));
    return items;
  }
}

/**
 * Groups by room in the order of first messages: first up to `ROOM_MOST` messages per room, then the remaining
 * messages.
 */
function byRoom(items: readonly OutboxItem[]): OutboxItem[] {
  const rooms = new Map<string, OutboxItem[]>();
  const left: OutboxItem[] = [];
  for (const item of items) {
    const room = rooms.get(item.roomId);
    if (!room) rooms.set(item.roomId, [item]);
    else (room.length < ROOM_MOST ? room : left).push(item);
  }
  return [...rooms.values(), left].flat();
}

/** Estimated memory of a queued message: its text (at most two bytes per UTF-16 unit) and a fixed overhead. */
export const sizeOf = (item: OutboxItem) => item.content.length * 2 + 512;
