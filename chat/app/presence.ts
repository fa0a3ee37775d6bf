// Presence and typing in one room, and the changes since the last tick. Knows no sockets and sends nothing.
import type { PresenceChanged, TypingChanged } from '@parlance/specs/frames.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { PresenceNews } from './broker.ts';

/** A change of the local list, as published to the other replicas. */
export type LocalChange = Pick<PresenceNews, 'from' | 'version' | 'joined' | 'left'>;

interface RemoteList {
  version: number;
  users: Set<string>;
  /** When the replica last confirmed the list, ms of performance.now(). */
  confirmedAt: number;
}

/** One counter for all rooms of this process, so that versions of a room also ascend when it closes and opens again. */
let versions = 0;

export class Presence {
  /** By username: number of replicas, including this one, at which the user has a socket. */
  readonly #replicas = new Map<string, number>();
  /** By username: number of sockets at this replica. */
  readonly #sockets = new Map<string, number>();
  /** Version of the local list; 0: it was always empty. */
  #version = 0;
  readonly #remote = new Map<string, RemoteList>();
  #joined = new Set<string>();
  #left = new Set<string>();
  /** Whether the member list was sent to a socket since the last tick. */
  #shown = false;
  /** Number of changes so far. A socket that receives the member list knows all changes up to this count. */
  changeCount = 0;

  get size(): number {
    return this.#replicas.size;
  }

  /** Returns at most `membersNamed` usernames, `first` always among them. */
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

  /** The full local list as one change; undefined: it was always empty. */
  get local(): LocalChange | undefined {
    if (this.#version === 0) return undefined;
    return { from: 0, version: this.#version, joined: Array.from(this.#sockets.keys()), left: [] };
  }

  /** The version of the local list, and whether it is empty; undefined: it was always empty. */
  get localVersion(): { version: number; empty?: true } | undefined {
    if (this.#version === 0) return undefined;
    return { version: this.#version, ...(this.#sockets.size > 0 ? {} : { empty: true as const }) };
  }

  /** A socket joined. @returns the change to publish when it is the user's first socket at this replica. */
  join(username: string): LocalChange | undefined {
    const sockets = this.#sockets.get(username) ?? 0;
    const from = this.#sockets.size === 0 ? 0 : this.#version;
    this.#sockets.set(username, sockets + 1);
    if (sockets > 0) return undefined;
    this.#come(username);
    return { from, version: this.#nextVersion(), joined: [username], left: [] };
  }

  /** A socket left. @returns the change to publish when it was the user's last socket at this replica. */
  leave(username: string): LocalChange | undefined {
    const sockets = (this.#sockets.get(username) ?? 0) - 1;
    if (sockets > 0) this.#sockets.set(username, sockets);
    else if (this.#sockets.delete(username)) {
      this.#go(username);
      return { from: this.#version, version: this.#nextVersion(), joined: [], left: [username] };
    }
    return undefined;
  }

  /**
   * Applies a change of another replica's list. Idempotent; an older version is ignored.
   * @returns false, without any effect, when an earlier change is missing.
   */
  hear({ replica, from, version, joined, left }: Omit<PresenceNews, 'kind'>): boolean {
    const there = this.#remote.get(replica) ?? { version: 0, users: new Set(), confirmedAt: 0 };
    if (version > there.version) {
      if (from !== 0 && from !== there.version) return false;
      this.#remote.set(replica, there);
      there.version = version;
      const stay = new Set(joined);
      for (const username of from === 0 ? there.users : left) {
        if (!stay.has(username) && there.users.delete(username)) this.#go(username);
      }
      for (const username of joined) {
        if (there.users.has(username)) continue;
        there.users.add(username);
        this.#come(username);
      }
    }
    there.confirmedAt = performance.now();
    return true;
  }

  /** Compares the version of another replica's list. @returns whether the version known here is older. */
  isBehind(replica: string, version: number): boolean {
    const there = this.#remote.get(replica);
    if (!there || there.version < version) return true;
    there.confirmedAt = performance.now();
    return false;
  }

  /** Removes a dead replica and its users. */
  forget(replica: string): void {
    for (const username of this.#remote.get(replica)?.users ?? []) this.#go(username);
    this.#remote.delete(replica);
  }

  /** Removes the lists of replicas not confirmed since `since`, ms of performance.now(). */
  forgetUnconfirmed(since: number): void {
    for (const [replica, { confirmedAt }] of this.#remote) if (confirmedAt < since) this.forget(replica);
  }

  /** Returns the net changes since the last call; undefined: none. */
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

  #nextVersion(): number {
    versions += 1;
    this.#version = versions;
    return versions;
  }

  // A leave and rejoin within one tick is not reported, unless the member list was sent to a socket in between.
  #come(username: string): void {
    const replicas = this.#replicas.get(username) ?? 0;
    this.#replicas.set(username, replicas + 1);
    if (replicas > 0) return;
    this.changeCount += 1;
    if (!this.#left.delete(username) || this.#shown) this.#joined.add(username);
  }

  #go(username: string): void {
    const replicas = this.#replicas.get(username)! - 1;
    if (replicas > 0) return void this.#replicas.set(username, replicas);
    this.#replicas.delete(username);
    this.changeCount += 1;
    if (!this.#joined.delete(username) || this.#shown) this.#left.add(username);
  }
}

export class Typing {
  /** By username: when typing ends, ms of performance.now(). */
  readonly #until = new Map<string, number>();
  #said: string[] = [];

  start(username: string, now: number): void {
    this.#until.set(username, now + LIMITS.typingSeconds * 1_000);
  }

  stop(username: string): void {
    this.#until.delete(username);
  }

  /** Ends the typing of users who left the room. */
  stopAbsent(presence: Presence): void {
    for (const username of this.#until.keys()) if (!presence.has(username)) this.#until.delete(username);
  }

  /** A new message ends its author's typing; an edit or a reaction does not. */
  ended({ type, username }: { type: string; username: string }): void {
    if (type === 'message.created') this.stop(username);
  }

  /** Returns the full set if it differs from the last one sent; undefined: it does not. */
  changes(now: number): TypingChanged | undefined {
    for (const [username, until] of this.#until) if (until <= now) this.#until.delete(username);
    const usernames = Array.from(this.#until.keys()).slice(0, LIMITS.typingNamed);
    if (usernames.join() === this.#said.join()) return undefined;
    this.#said = usernames;
    return { type: 'typing.changed', usernames };
  }

  /** The last set sent, for a joining connection; undefined: nobody is typing. */
  get said(): TypingChanged | undefined {
    return this.#said.length > 0 ? { type: 'typing.changed', usernames: this.#said } : undefined;
  }

  /** Whether a later tick can have changes. */
  get pending(): boolean {
    return this.#until.size > 0;
  }
}
