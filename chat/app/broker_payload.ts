// Encodes a notification between replicas for Redis: the sender's UUID, a MAC, and JSON. Without the secret, a client
// of Redis can drop or repeat notifications but not forge or alter one. Opens no connection.
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** Length in characters of the UUID, and of a MAC of 16 bytes in base64url. */
const SENDER = 36;
const MAC = 22;

/** The replica that claims to have sent a payload. */
export const senderOf = (payload: Buffer): string => payload.toString('latin1', 0, SENDER);

export class BrokerPayloads {
  readonly #key: KeyObject;
  readonly #replica: string;

  /** @param secret shared by all replicas; @param replica the UUID of this replica. */
  constructor(secret: string, replica: string) {
    this.#key = createSecretKey(Buffer.from(`broker:${secret}`));
    this.#replica = replica;
  }

  /** Encodes and signs a payload for one channel. */
  seal(channel: string, json: string): string {
    return this.#replica + this.#mac(channel, this.#replica, json) + json;
  }

  /** Returns the JSON of a payload; undefined when the MAC does not match this sender and channel. */
  open(channel: string, payload: Buffer): string | undefined {
    const json = payload.toString('utf8', SENDER + MAC);
    const mac = payload.toString('latin1', SENDER, SENDER + MAC);
    return mac === this.#mac(channel, senderOf(payload), json) ? json : undefined;
  }

  #mac(channel: string, sender: string, json: string): string {
    const mac = createHmac('sha256', this.#key).update(`${channel}\n${sender}\n${json}`);
    return mac.digest('base64url').slice(0, MAC);
  }
}
