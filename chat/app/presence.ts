// Who is in a room and who is typing, and what changed since the last tick. Knows no socket and sends nothing.
import type { PresenceChanged, TypingChanged } from '@parlance/specs/frames.ts';
import { LIMITS } from '@parlance/specs/limits.ts';

export class Presence {
  /** By username: in how many places, a local socket or another replica, the user is here. */
  readonly #places = new Map<string, number>();
  readonly #remote = new Map<string, Set<string>>();
  #joined = new Set<string>();
  #left = new Set<string>();

  get size(): number {
    return this.#places.size;
  }

  /** At most `membersNamed` usernames, always with `first` among them. */
  members(first: string): string[] {
    const named = [first];
    for (const username of this.#places.keys()) {
      if (named.length === LIMITS.membersNamed) break;
      if (username !== first) named.push(username);
    }
    return named;
  }

  /** @returns whether the user was nowhere in the room before. */
  join(username: string): boolean {
    const places = (this.#places.get(username) ?? 0) + 1;
    this.#places.set(username, places);
    if (places > 1) return false;
    if (!this.#left.delete(username)) this.#joined.add(username);
    return true;
  }

  /** @returns whether the user is nowhere in the room any more. */
  leave(username: string): boolean {
    const places = (this.#places.get(username) ?? 0) - 1;
    if (places > 0) {
      this.#places.set(username, places);
      return false;
    }
    if (!this.#places.delete(username)) return false;
    if (!this.#joined.delete(username)) this.#left.add(username);
    return true;
  }

  /** What another replica says of its own users. Saying it twice changes nothing. */
  hear(replica: string, joined: readonly string[], left: readonly string[]): void {
    const there = this.#remote.get(replica) ?? new Set();
    this.#remote.set(replica, there);
    for (const username of joined) {
      if (there.has(username)) continue;
      there.add(username);
      this.join(username);
    }
    for (const username of left) if (there.delete(username)) this.leave(username);
  }

  /** What changed since the last call, however much came and went between; undefined: nothing. */
  changes(): PresenceChanged | undefined {
    if (this.#joined.size === 0 && this.#left.size === 0) return undefined;
    const named = (names: Set<string>) => Array.from(names).slice(0, LIMITS.presenceNamed);
    const changed = {
      type: 'presence.changed',
      joined: named(this.#joined),
      left: named(this.#left),
      memberCount: this.size,
    } as const;
    this.#joined = new Set();
    this.#left = new Set();
    return changed;
  }
}

export class Typing {
  /** By username: when it ends, in ms of performance.now(). */
  readonly #until = new Map<string, number>();
  #said = '';

  start(username: string, now: number): void {
    this.#until.set(username, now + LIMITS.typingSeconds * 1_000);
  }

  stop(username: string): void {
    this.#until.delete(username);
  }

  /** The whole set, when it differs from what was said last; undefined: it does not. */
  changes(now: number): TypingChanged | undefined {
    for (const [username, until] of this.#until) if (until <= now) this.#until.delete(username);
    const usernames = Array.from(this.#until.keys()).slice(0, LIMITS.typingNamed);
    const said = JSON.stringify(usernames);
    if (said === (this.#said || '[]')) return undefined;
    this.#said = said;
    return { type: 'typing.changed', usernames };
  }

  /** Whether a later tick may have something to say. */
  get pending(): boolean {
    return this.#until.size > 0;
  }
}
