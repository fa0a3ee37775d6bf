// Tracks the chat processes of all websites, and whether they communicate through a broker. Never sends a request: the
// change feed reports every process to it.

interface Chat {
  brokered: boolean;
  /** When it was last seen, and when it was last announced, in ms of performance.now(). */
  hereAt: number;
  announcedAt: number;
}

/** Upper bound of tracked processes, because anyone who can NOTIFY can invent some. */
const CHATS = 1_000;

export class ChatReplicas {
  readonly #chats = new Map<string, Chat>();
  readonly #goneAfterMs: number;

  /** @param goneAfterMs a process that was not seen for this long counts as gone. */
  constructor(goneAfterMs: number) {
    this.#goneAfterMs = goneAfterMs;
  }

  /**
   * Records that a process is present. A process of an earlier version has no `replica` and is not tracked.
   * @returns whether to announce it: it is new, its broker state changed, or `everyMs` have passed.
   */
  isHere(replica: string | undefined, brokered = false, everyMs: number): boolean {
    if (replica === undefined) return false;
    const now = performance.now();
    const known = this.#chats.get(replica);
    const fresh = !known || known.brokered !== brokered || now - known.announcedAt >= everyMs;
    const chat = known ?? { brokered, hereAt: now, announcedAt: now };
    chat.brokered = brokered;
    chat.hereAt = now;
    if (fresh) chat.announcedAt = now;
    if (!known && this.#chats.size < CHATS) this.#chats.set(replica, chat);
    return fresh;
  }

  /** Whether there are several chat processes and at least one has no broker. */
  needHints(): boolean {
    if (this.#chats.size < 2) return false;
    const now = performance.now();
    let brokered = true;
    for (const [replica, chat] of this.#chats) {
      if (now - chat.hereAt > this.#goneAfterMs) this.#chats.delete(replica);
      else brokered &&= chat.brokered;
    }
    return this.#chats.size > 1 && !brokered;
  }
}
