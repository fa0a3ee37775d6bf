// Holds messages until the website has stored them. All rooms share a lane, except rooms whose row is locked. Never
// retries: the client retries with the same id.
import type { Log } from '@parlance/service/log.ts';
import { warnRepeated } from '@parlance/service/repeated_lines.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { Lane, sizeOf } from './lane.ts';
import type { Append, AppendOutcome } from './website.ts';

export interface OutboxItem extends Append {
  /** Called once; messages stored together are answered in the order of the room's log. */
  answer(outcome: AppendOutcome): void;
}

export interface OutboxParts {
  send(messages: readonly Append[], wait: boolean): Promise<AppendOutcome[]>;
  /** Called with each batch and its outcomes, before the answers. */
  stored(batch: readonly Append[], outcomes: readonly AppendOutcome[]): void;
  log: Log;
}

/** Maximum of batches of the shared lane in flight. */
const BATCHES = 2;

export class Outbox {
  readonly #shared: Lane;
  /**
   * Rooms whose row another transaction locked: each has its own lane until that is empty, so it delays no other room.
   */
  readonly #solo = new Map<string, Lane>();
  readonly #parts: OutboxParts;
  #bytes = 0;
  #closed = false;
  #idle: (() => void)[] = [];

  constructor(parts: OutboxParts) {
    this.#parts = parts;
    this.#shared = this.#lane(false, BATCHES);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether it refuses messages because the process shuts down. */
  get closed(): boolean {
    return this.#closed;
  }

  /** @returns false, without any effect, when the outbox is full or closed. */
  add(item: OutboxItem): boolean {
    const bytes = sizeOf(item);
    if (this.#closed || this.#bytes + bytes > LIMITS.outboxMax) return false;
    this.#bytes += bytes;
    const lane = this.#solo.get(item.roomId) ?? this.#shared;
    lane.push([item]);
    return true;
  }

  /** Accepts no more messages; resolves when none is queued or in flight. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#bytes > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #lane(wait: boolean, atOnce: number): Lane {
    const lane: Lane = new Lane(async (items) => {
      const outcomes = await this.#parts.send(items, wait).catch((err) => {
        warnRepeated(
          this.#parts.log,
          { err, messages: items.length },
          'an append failed: its messages may not be stored',
        );
        return items.map((): AppendOutcome => ({ outcome: 'store_unavailable' }));
      });
      this.#answer(lane, items, outcomes);
    }, atOnce);
    return lane;
  }

  #answer(lane: Lane, items: readonly OutboxItem[], outcomes: readonly AppendOutcome[]): void {
    this.#parts.stored(items, outcomes);
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

  /** Moves a room into its own lane: first the messages with outcome `busy`, then the queued ones, in order. */
  #setApart(roomId: string, held: OutboxItem[], from: Lane): void {
    const solo = this.#lane(true, 1);
    this.#solo.set(roomId, solo);
    solo.onEmpty = () => {
      if (this.#solo.get(roomId) === solo) this.#solo.delete(roomId);
    };
    solo.push([...held, ...from.take((item) => item.roomId === roomId)]);
  }
}
