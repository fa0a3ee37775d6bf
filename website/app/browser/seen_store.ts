// Stores the last seq that one user has seen in one room, in localStorage. Never stores text, so it survives a logout.
// Without storage it lasts as long as the page.

export class SeenStore {
  readonly #key: string;
  #last: number | undefined;

  constructor(roomId: string, username: string) {
    this.#key = `parlance.seen:${roomId}:${username}`;
    this.#last = read(this.#key);
  }

  /** The greatest seq that the user has seen; undefined: no visit is stored. */
  get last(): number | undefined {
    return this.#last;
  }

  /** Records that the user has seen the room up to `seq`; 0: it was empty. */
  reach(seq: number): void {
    if (seq <= (this.#last ?? -1)) return;
    this.#last = Math.max(seq, read(this.#key) ?? 0); // another tab may be ahead
    try {
      localStorage.setItem(this.#key, String(this.#last));
    } catch {
      // Storage is full or forbidden: the next visit starts from the last stored seq.
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
