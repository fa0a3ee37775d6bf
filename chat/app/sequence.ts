// Orders the committed events of one room from all sources: delivers the next seq, drops duplicates, holds events ahead
// of the next seq for 5 ms, then reads the missing ones from the log. Knows no connections.
import type { Log } from '@parlance/service/log.ts';
import { warnRepeated } from '@parlance/service/repeated_lines.ts';
import type { EventSource } from './metrics.ts';
import type { LogEvent, Website } from './website.ts';

/**
 * How long an event ahead of the next seq is held before the missing events are read from the log. Short, because the
 * broker does not deliver events appended over HTTP: the message after one always finds a gap.
 */
const AHEAD_MS = 5;
/** When more events are held, all are dropped and read from the log. */
const AHEAD_MAX = 1_000;
const PAGE = 200;
const RETRY_MS = 500;

export class Sequence {
  readonly #roomId: string;
  #lastSeq: number;
  #closed = false;
  readonly #website: Website;
  readonly #deliver: (run: readonly LogEvent[], source: EventSource) => void;
  readonly #log: Log;
  readonly #ahead = new Map<number, LogEvent>();
  #filling = false;
  /** Whether the log was reported to be ahead during a read. */
  #fillAgain = false;
  #gapTimer: NodeJS.Timeout | undefined;

  /** @param deliver receives each event once, in order; `lastSeq` is already the seq of the last one. */
  constructor(
    room: { roomId: string; lastSeq: number },
    parts: { website: Website; log: Log },
    deliver: (run: readonly LogEvent[], source: EventSource) => void,
  ) {
    this.#roomId = room.roomId;
    this.#lastSeq = room.lastSeq;
    this.#website = parts.website;
    this.#log = parts.log;
    this.#deliver = deliver;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Accepts committed events in any order, any number of times. `source` is only counted. */
  accept(events: readonly LogEvent[], source: EventSource): void {
    if (this.#closed) return;
    const run: LogEvent[] = [];
    let next = this.#lastSeq + 1;
    for (const event of events) {
      if (event.seq < next) continue;
      if (event.seq > next) {
        this.#ahead.set(event.seq, event);
        continue;
      }
      run.push(event);
      next += 1;
    }
    for (let early = this.#ahead.get(next); early; early = this.#ahead.get(next)) {
      run.push(early);
      next += 1;
    }
    if (run.length > 0) {
      this.#lastSeq = next - 1;
      for (const { seq } of run) this.#ahead.delete(seq);
      this.#deliver(run, source);
    }
    if (this.#ahead.size > AHEAD_MAX) {
      this.#ahead.clear();
      this.behind();
    }
    if (this.#ahead.size > 0) this.#gapTimer ??= setTimeout(() => this.#awaited(), AHEAD_MS);
  }

  /** Reads missing events: the log is, or may be, ahead. */
  behind(): void {
    clearTimeout(this.#gapTimer);
    this.#gapTimer = undefined;
    this.#fillAgain = true;
    if (!this.#filling && !this.#closed) void this.#fill();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#gapTimer);
  }

  /** Reads the log if the missing events did not arrive in time. */
  #awaited(): void {
    this.#gapTimer = undefined;
    if (this.#ahead.size > 0) this.behind();
  }

  async #fill(): Promise<void> {
    this.#filling = true;
    try {
      for (let more = true; (more || this.#fillAgain) && !this.#closed; ) {
        this.#fillAgain = false;
        const page = await this.#website.read(this.#roomId, this.#lastSeq, PAGE);
        if (!page) break;
        this.accept(page.events, 'log');
        more = page.hasMore;
      }
      for (const seq of this.#ahead.keys()) if (seq <= this.#lastSeq) this.#ahead.delete(seq);
    } catch (err) {
      warnRepeated(this.#log, { err, roomId: this.#roomId }, 'the log could not be read; trying again');
      if (!this.#closed) this.#gapTimer ??= setTimeout(() => this.behind(), RETRY_MS);
    } finally {
      this.#filling = false;
    }
  }
}
