// Which chat processes there are, at whichever website their calls wait, and whether they speak to one another through a
// broker. Asks nobody: it is told.

interface Chat {
  brokered: boolean;
  /** When it was last here, and when it was last announced, ms of performance.now(). */
  hereAt: number;
  announcedAt: number;
}

/** Upper bound of remembered processes, because anybody who can NOTIFY can invent some. */
const CHATS = 1_000;

export class ChatReplicas {
  readonly #chats = new Map<string, Chat>();
  readonly #goneAfterMs: number;

  /** @param goneAfterMs after so long without a word a process is gone. */
  constructor(goneAfterMs: number) {
    this.#goneAfterMs = goneAfterMs;
  }

  /**
   * A process is here. One of an earlier version does not say which.
   * @returns whether this is worth announcing: it is new, its broker came or went, or `everyMs` have passed.
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
