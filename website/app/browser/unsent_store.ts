// The messages of one user in one room that are not stored yet, kept in this tab's sessionStorage with their ids, so
// that a reload can send them again without a second copy. Where there is no storage, they live as long as the page.

export interface Unsent {
  id: string;
  content: string;
  /** When it was written, RFC 3339. */
  timestamp: string;
  /** Why it can never succeed, for people; absent: it may. */
  refused?: string;
}

export class UnsentStore {
  readonly #key: string;
  #messages: Unsent[];

  constructor(roomId: string, username: string) {
    this.#key = `parlance.unsent:${roomId}:${username}`;
    this.#messages = read(this.#key);
  }

  /** In the order in which they were written. */
  get all(): readonly Unsent[] {
    return this.#messages;
  }

  /** Adds it, or replaces the one with its id. */
  put(message: Unsent): void {
    const index = this.#messages.findIndex(({ id }) => id === message.id);
    if (index < 0) this.#messages.push(message);
    else this.#messages[index] = message;
    this.#write();
  }

  /** @returns whether it was there. */
  remove(id: string): boolean {
    const before = this.#messages.length;
    this.#messages = this.#messages.filter((message) => message.id !== id);
    if (this.#messages.length === before) return false;
    this.#write();
    return true;
  }

  #write(): void {
    try {
      if (this.#messages.length === 0) sessionStorage.removeItem(this.#key);
      else sessionStorage.setItem(this.#key, JSON.stringify(this.#messages));
    } catch {
      // Storage is full or forbidden: nothing is lost as long as the page stays.
    }
  }
}

function read(key: string): Unsent[] {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(key) ?? '[]');
    return Array.isArray(value) ? value.filter(isUnsent) : [];
  } catch {
    return [];
  }
}

function isUnsent(value: Partial<Unsent> | null): value is Unsent {
  return [value?.id, value?.content, value?.timestamp].every((part) => typeof part === 'string');
}
