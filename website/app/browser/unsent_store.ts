// Stores the unsent messages of one user in one room in this tab's sessionStorage, with their ids, so that a resend
// after a reload creates no duplicate. Without storage they last as long as the page.

export interface Unsent {
  id: string;
  content: string;
  /** When it was written, RFC 3339. */
  timestamp: string;
  /** Why the message can never be stored, as text for the user; absent: it still can. */
  refused?: string;
}

export class UnsentStore {
  readonly #key: string;
  #messages: Unsent[];

  constructor(roomId: string, username: string) {
    this.#key = `parlance.unsent:${roomId}:${username}`;
    this.#messages = read(this.#key);
  }

  /** All messages in the order in which they were written. */
  get all(): readonly Unsent[] {
    return this.#messages;
  }

  /** Adds the message, or replaces the one with the same id. */
  put(message: Unsent): void {
    const index = this.#messages.findIndex(({ id }) => id === message.id);
    if (index < 0) this.#messages.push(message);
    else this.#messages[index] = message;
    this.#write();
  }

  /** Removes the message. @returns whether it was in the store. */
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
      // Storage is full or forbidden: the messages last as long as the page.
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
