// Remembers over visits how far one user has read one room, as a seq in this browser's localStorage. Holds no text, so
// it stays when the user logs out. Where there is no storage, it lives as long as the page.

export class SeenStore {
  readonly #key: string;
  #last: number | undefined;

  constructor(roomId: string, username: string) {
    this.#key = `parlance.seen:${roomId}:${username}`;
    this.#last = read(this.#key);
  }

  /** The greatest seq that the reader has seen; undefined: this browser knows of no visit. */
  get last(): number | undefined {
    return this.#last;
  }

  /** The reader has seen the room up to `seq`; 0: it was empty. */
  reach(seq: number): void {
    if (seq <= (this.#last ?? -1)) return;
    this.#last = Math.max(seq, read(this.#key) ?? 0); // another tab may be ahead
    try {
      localStorage.setItem(this.#key, String(this.#last));
    } catch {
      // Storage is full or forbidden: the next visit begins from what was stored last.
    }
  }
}

function read(key: string): number | undefined {
  try {
    const stored = Number.parseInt(localStorage.getItem(key) ?? '', 10);
    return Number.isSafeInteger(stored) ? stored : undefined;
  } catch {
    return undefined; // storage is forbidden
  }
}
