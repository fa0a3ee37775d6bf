// Brings connections that resume up to their room, page by page out of the log. Holds nothing beyond one page each.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@parlance/service/log.ts';
import type { Message, Website } from './website.ts';
import type { Connection } from './websocket/connection.ts';

/** A page has at most so many messages, and so many bytes: whoever does not read holds one. */
const PAGE = 200;
const PAGE_BYTES = 256 * 1024;
/** A message without its content, about. */
const ENVELOPE_BYTES = 256;
const RETRY_MS = 500;

interface Page {
  bytes: Buffer;
  lastSeq: number;
}

/** What a replay must know of its room. */
export interface Replayed {
  readonly id: string;
  readonly lastSeq: number;
  readonly gone: boolean;
  encode(messages: readonly Message[]): Buffer;
}

export class Replay {
  readonly #room: Replayed;
  readonly #website: Website;
  readonly #log: Log;
  readonly #pages = new Map<number, Promise<Page | undefined>>();
  /** How many messages to ask for: as many as fitted last time, and then more again. */
  #size = PAGE;

  constructor(room: Replayed, parts: { website: Website; log: Log }) {
    this.#room = room;
    this.#website = parts.website;
    this.#log = parts.log;
  }

  /**
   * Writes what the connection has missed, the next page only when its socket has drained, and calls `live` in the same
   * tick in which it has all: nothing can come between. Catching up is not lagging.
   */
  async catchUp(connection: Connection, live: () => void): Promise<void> {
    while (connection.isOpen && !this.#room.gone) {
      if (connection.cursor >= this.#room.lastSeq) return live();
      try {
        const page = await this.#page(connection.cursor);
        if (!page || !connection.isOpen) return;
        await connection.deliverPage(page.bytes, page.lastSeq);
      } catch (err) {
        this.#log.warn({ err, roomId: this.#room.id }, 'a page could not be read; trying again');
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  /** A page of the log; those who want the same at the same time share the read. Undefined: the room is gone. */
  #page(after: number): Promise<Page | undefined> {
    const asked = this.#pages.get(after);
    if (asked) return asked;
    const page = this.#website
      .read(this.#room.id, after, this.#size)
      .then((answer) => {
        if (!answer) return undefined;
        if (answer.messages.length === 0)
          throw new Error(`the log ends at ${after}, the room at ${this.#room.lastSeq}`);
        return this.#fitting(answer.messages);
      })
      .finally(() => this.#pages.delete(after));
    this.#pages.set(after, page);
    return page;
  }

  /** As much of what was read as a page may hold, one message at the least. */
  #fitting(read: readonly Message[]): Page {
    let bytes = 0;
    const beyond = read.findIndex((message) => {
      bytes += Buffer.byteLength(JSON.stringify(message.content)) + ENVELOPE_BYTES;
      return bytes > PAGE_BYTES;
    });
    const messages = beyond < 0 ? read : read.slice(0, Math.max(1, beyond));
    this.#size = beyond < 0 ? Math.min(PAGE, 2 * this.#size) : messages.length;
    return { bytes: this.#room.encode(messages), lastSeq: messages.at(-1)!.seq };
  }
}
