// How a notification between replicas is written for Redis: the sender's UUID, a MAC, and the news as JSON. Without the secret,
// whoever reaches Redis can suppress notifications but not forge or alter one. Knows no connection.
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** Characters of the UUID, and of a MAC of 16 bytes in base64url. */
const SENDER = 36;
const MAC = 22;

/** The replica that claims to have sent a payload. */
export const senderOf = (payload: Buffer): string => payload.toString('latin1', 0, SENDER);

export class BrokerPayloads {
  readonly #key: KeyObject;
  readonly #replica: string;

  /** @param secret shared by all replicas; @param replica the UUID of this one. */
  constructor(secret: string, replica: string) {
    this.#key = createSecretKey(Buffer.from(`broker:${secret}`));
    this.#replica = replica;
  }

  /** The payload of this replica for a channel. */
  seal(channel: string, json: string): string {
    return this.#replica + this.#mac(channel, this.#replica, json) + json;
  }

  /** The JSON of a payload; undefined when no replica has sent it on this channel. */
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
