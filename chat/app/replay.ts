// Sends missed events to connections that resume, page by page from the log. Holds at most one page per connection.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@parlance/service/log.ts';
import { warnRepeated } from '@parlance/service/repeated_lines.ts';
import type { ChatMetrics } from './metrics.ts';
import type { LogEvent, Website } from './website.ts';
import type { Connection } from './websocket/connection.ts';

/** Maximum of events and bytes of a page (a single larger event is allowed). A slow reader holds one page in memory. */
const PAGE = 200;
const PAGE_BYTES = 256 * 1024;
const RETRY_MS = 500;

interface Page {
  bytes: Buffer;
  lastSeq: number;
}

/** The part of a room that a replay uses. */
export interface Replayed {
  readonly id: string;
  readonly lastSeq: number;
  readonly gone: boolean;
  encode(events: readonly LogEvent[]): Buffer;
}

export class Replay {
  readonly #room: Replayed;
  readonly #website: Website;
  readonly #log: Log;
  readonly #metrics: ChatMetrics;
  readonly #pages = new Map<number, Promise<Page | undefined>>();
  /** How many events to request: as many as fitted into the last page, doubled when all requested events fitted. */
  #size = PAGE;

  constructor(room: Replayed, parts: { website: Website; log: Log; metrics: ChatMetrics }) {
    this.#room = room;
    this.#website = parts.website;
    this.#log = parts.log;
    this.#metrics = parts.metrics;
  }

  /**
   * Writes the events that the connection missed, each page after the socket has drained. Calls `live` in the tick in
   * which the connection has received all of them, so that no event is missed in between. A page does not count as lag.
   */
  async catchUp(connection: Connection, live: () => void): Promise<void> {
    this.#metrics.catchingUp += 1;
    try {
      while (connection.isOpen && !this.#room.gone) {
        if (connection.cursor >= this.#room.lastSeq) return live();
        try {
          const page = await this.#page(connection.cursor);
          if (!page || !connection.isOpen) return;
          this.#metrics.replayPages += 1;
          this.#metrics.replayed += page.lastSeq - connection.cursor;
          await connection.deliverPage(page.bytes, page.lastSeq);
        } catch (err) {
          warnRepeated(this.#log, { err, roomId: this.#room.id }, 'a page could not be read; trying again');
          await sleep(RETRY_MS, undefined, { ref: false });
        }
      }
    } finally {
      this.#metrics.catchingUp -= 1;
    }
  }

  /** Reads a page of the log. Concurrent requests for the same page share one read. Undefined: the room was deleted. */
  #page(after: number): Promise<Page | undefined> {
    const asked = this.#pages.get(after);
    if (asked) return asked;
    const page = this.#website
      .read(this.#room.id, after, this.#size)
      .then((answer) => {
        if (!answer) return undefined;
        if (answer.events.length === 0) throw new Error(`the log ends at ${after}, the room at ${this.#room.lastSeq}`);
        return this.#fitting(answer.events);
      })
      .finally(() => this.#pages.delete(after));
    this.#pages.set(after, page);
    return page;
  }

  /** Encodes as many of the events as fit into a page, at least one. */
  #fitting(read: readonly LogEvent[]): Page {
    const frames: Buffer[] = [];
    let bytes = 0;
    for (const event of read) {
      const frame = this.#room.encode([event]);
      bytes += frame.length;
      if (bytes > PAGE_BYTES && frames.length > 0) break;
      frames.push(frame);
    }
    this.#size = frames.length === read.length ? Math.min(PAGE, 2 * this.#size) : frames.length;
    return { bytes: Buffer.concat(frames), lastSeq: read[frames.length - 1]!.seq };
  }
}
