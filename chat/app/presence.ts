// Who is in a room and who is typing, and what changed since the last tick. Knows no socket and sends nothing.
import type { PresenceChanged, TypingChanged } from '@parlance/specs/frames.ts';
import { LIMITS } from '@parlance/specs/limits.ts';

export class Presence {
  /** By username: at how many replicas, this one among them, the user is here. */
  readonly #replicas = new Map<string, number>();
  /** By username: how many sockets this replica has. */
  readonly #sockets = new Map<string, number>();
  readonly #remote = new Map<string, Set<string>>();
  #joined = new Set<string>();
  #left = new Set<string>();
  /** Whether somebody was shown the members since the last tick. */
  #shown = false;

  get size(): number {
    return this.#replicas.size;
  }

  /** At most `membersNamed` usernames, always with `first` among them. */
  members(first: string): string[] {
    this.#shown = true;
    const named = [first];
    for (const username of this.#replicas.keys()) {
      if (named.length === LIMITS.membersNamed) break;
      if (username !== first) named.push(username);
    }
    return named;
  }

  has(username: string): boolean {
    return this.#replicas.has(username);
  }

  /** The users of this replica. */
  get local(): string[] {
    return Array.from(this.#sockets.keys());
  }

  /** A socket came. @returns whether it is the user's first here, so that the other replicas are to be told. */
  join(username: string): boolean {
    const sockets = this.#sockets.get(username) ?? 0;
    this.#sockets.set(username, sockets + 1);
    if (sockets === 0) this.#come(username);
    return sockets === 0;
  }

  /** A socket went. @returns whether it was the user's last here, so that the other replicas are to be told. */
  leave(username: string): boolean {
    const sockets = (this.#sockets.get(username) ?? 0) - 1;
    if (sockets > 0) this.#sockets.set(username, sockets);
    else if (this.#sockets.delete(username)) this.#go(username);
    return sockets === 0;
  }

  /** What another replica says of its own users. Saying it twice changes nothing. */
  hear(replica: string, joined: readonly string[], left: readonly string[]): void {
    const there = this.#remote.get(replica) ?? new Set();
    this.#remote.set(replica, there);
    for (const username of joined) {
      if (there.has(username)) continue;
      there.add(username);
      this.#come(username);
    }
    for (const username of left) if (there.delete(username)) this.#go(username);
  }

  /** What changed since the last call, however much came and went between; undefined: nothing. */
  changes(): PresenceChanged | undefined {
    this.#shown = false;
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

  // Who goes and comes again between two ticks is no news, save for whoever was shown the members in between.
  #come(username: string): void {
    const replicas = this.#replicas.get(username) ?? 0;
    this.#replicas.set(username, replicas + 1);
    if (replicas > 0) return;
    if (!this.#left.delete(username) || this.#shown) this.#joined.add(username);
  }

  #go(username: string): void {
    const replicas = this.#replicas.get(username)! - 1;
    if (replicas > 0) return void this.#replicas.set(username, replicas);
    this.#replicas.delete(username);
    if (!this.#joined.delete(username) || this.#shown) this.#left.add(username);
  }
}

export class Typing {
  /** By username: when it ends, in ms of performance.now(). */
  readonly #until = new Map<string, number>();
  #said: string[] = [];

  start(username: string, now: number): void {
    this.#until.set(username, now + LIMITS.typingSeconds * 1_000);
  }

  stop(username: string): void {
    this.#until.delete(username);
  }

  /** A new message ends its author's typing; an edit or a reaction does not. */
  ended({ type, username }: { type: string; username: string }): void {
    if (type === 'message.created') this.stop(username);
  }

  /** The whole set, when it differs from what was said last; undefined: it does not. */
  changes(now: number): TypingChanged | undefined {
    for (const [username, until] of this.#until) if (until <= now) this.#until.delete(username);
    const usernames = Array.from(this.#until.keys()).slice(0, LIMITS.typingNamed);
    if (usernames.join() === this.#said.join()) return undefined;
    this.#said = usernames;
    return { type: 'typing.changed', usernames };
  }

  /** The set as it was said last, for who comes now; undefined: nobody. */
  get said(): TypingChanged | undefined {
    return this.#said.length > 0 ? { type: 'typing.changed', usernames: this.#said } : undefined;
  }

  /** Whether a later tick may have something to say. */
  get pending(): boolean {
    return this.#until.size > 0;
  }
}
