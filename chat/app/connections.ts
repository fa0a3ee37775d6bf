// All sockets of this process, indexed by session, user and address. Knows no rooms.
import { siteOf } from '@parlance/service/networks.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { Connection } from './websocket/connection.ts';

export class Connections {
  readonly #bySession = new Map<string, Connection[]>();
  readonly #byUser = new Map<string, number>();
  readonly #byAddress = new Map<string, number>();
  /** By IPv6 /48, whose limit is `networkShare` times the limit of an address. */
  readonly #byNetwork = new Map<string, number>();
  readonly #perUser: number;
  readonly #perAddress: number;
  #size = 0;

  constructor(perUser: number, perAddress: number) {
    this.#perUser = perUser;
    this.#perAddress = perAddress;
  }

  get size(): number {
    return this.#size;
  }

  /** Users with at least one socket. */
  get users(): number {
    return this.#byUser.size;
  }

  hasPlace(userId: string, address: string): boolean {
    const [ofUser, ofAddress] = [this.#byUser.get(userId) ?? 0, this.#byAddress.get(address) ?? 0];
    const ofNetwork = this.#byNetwork.get(siteOf(address)) ?? 0;
    const fitsAddress = ofAddress < this.#perAddress && ofNetwork < this.#perAddress * LIMITS.networkShare;
    return ofUser < this.#perUser && fitsAddress;
  }

  add(connection: Connection, address: string): void {
    const { sid, userId } = connection.pass;
    this.#bySession.set(sid, [...(this.#bySession.get(sid) ?? []), connection]);
    count(this.#byUser, userId, 1);
    count(this.#byAddress, address, 1);
    count(this.#byNetwork, siteOf(address), 1);
    this.#size += 1;
  }

  remove(connection: Connection, address: string): void {
    const { sid, userId } = connection.pass;
    const sameSession = this.#bySession.get(sid);
    if (!sameSession?.includes(connection)) return;
    const others = sameSession.filter((other) => other !== connection);
    if (others.length > 0) this.#bySession.set(sid, others);
    else this.#bySession.delete(sid);
    count(this.#byUser, userId, -1);
    count(this.#byAddress, address, -1);
    count(this.#byNetwork, siteOf(address), -1);
    this.#size -= 1;
  }

  ofSession(sid: string): readonly Connection[] {
    return this.#bySession.get(sid) ?? [];
  }

  all(): Connection[] {
    return [...this.#bySession.values()].flat();
  }
}

function count(counts: Map<string, number>, key: string, by: 1 | -1): void {
  const sum = (counts.get(key) ?? 0) + by;
  if (sum > 0) counts.set(key, sum);
  else counts.delete(key);
}
