// Somebody's place in a room, whatever client they use. Checks each event as it arrives: none missing, none twice, none
// out of order, none different from what others received. See seat_sdk.ts and seat_raw.ts for the two clients.
import { randomUUID } from 'node:crypto';
import { type Ledger, type LoggedEvent, Miss, show } from './ledger.ts';

/** What a message came to: stored, refused for good, or given up with its fate unknown. */
export type Outcome = { event: LoggedEvent } | { refused: string; stored: 'no' | 'unknown' };

/** Counts over all seats. */
export interface Told {
  delivered: number;
  acknowledged: number;
  joins: number;
  resumes: number;
}

export abstract class Seat {
  readonly username: string;
  readonly ledger: Ledger;
  readonly told: Told;
  readonly #fail: (miss: Miss) => void;
  /** The seq of the last event received; undefined until joined. */
  cursor: number | undefined;
  /** Raised by each reconnect and refusal: a burst during which it stays has met no trouble. */
  troubles = 0;
  /** Why it was last without a connection. */
  trouble = 'has not joined yet';
  /** When the last acknowledged message was sent, ms of performance.now(). */
  acknowledgedAt = Number.NEGATIVE_INFINITY;
  /** After this time (Date.now()) no event may carry a timestamp: the room is deleted, or its user is logged out. */
  endedAt = Number.POSITIVE_INFINITY;
  /** Whether it stays to the end of the run: then no message of it is refused for good. */
  stays = false;
  /** When it stopped for good, performance.now(). */
  closedAt: number | undefined;
  /** The close code or status, and the cause, with which it ended. */
  ending: { code: number; cause: string } | undefined;
  #wasIn = false;
  #onEnd: (() => void)[] = [];

  constructor(username: string, ledger: Ledger, told: Told, fail: (miss: Miss) => void) {
    this.username = username;
    this.ledger = ledger;
    this.told = told;
    this.#fail = fail;
  }

  /** Sends a message and resolves with what it came to, over any number of reconnects. Never rejects. */
  protected abstract deliver(id: string, content: string): Promise<Outcome>;
  abstract get isOpen(): boolean;
  /** Leaves for good. */
  abstract leave(): void;

  /** Sends messages in order; resolves with how many were acknowledged. */
  async say(contents: readonly string[]): Promise<number> {
    const [sentAt, troubles] = [performance.now(), this.troubles];
    const sent = contents.map((content) => ({ id: randomUUID(), username: this.username, content }));
    for (const message of sent) this.ledger.send(message);
    const outcomes = await Promise.all(sent.map(({ id, content }) => this.deliver(id, content)));
    let last = 0;
    let acknowledged = 0;
    for (const [index, outcome] of outcomes.entries()) {
      const message = sent[index]!;
      if ('event' in outcome) {
        this.guarded(() => this.ledger.acknowledge(outcome.event, message));
        if (this.troubles === troubles && outcome.event.seq < last) {
          this.fail(
            `messages of one sender were stored out of order: ${show(outcome.event)} was sent after seq ${last}`,
          );
        }
        last = Math.max(last, outcome.event.seq);
        acknowledged += 1;
      } else {
        if (this.stays) this.fail(`was refused with ${outcome.refused}: ${show(message)}`);
        if (outcome.stored === 'no') this.ledger.refuse(message.id);
      }
    }
    if (acknowledged > 0) this.acknowledgedAt = sentAt;
    this.told.acknowledged += acknowledged;
    return acknowledged;
  }

  /** Resolves when it has ended for good. */
  ended(): Promise<void> {
    return this.ending ? Promise.resolve() : new Promise((resolve) => this.#onEnd.push(resolve));
  }

  /** `resumed` by the frame; a seat that has a cursor must be resumed, because the rooms here outlive it. */
  protected joined(lastSeq: number, resumed: boolean): void {
    this.told.joins += 1;
    if (this.#wasIn) this.told.resumes += 1;
    this.#wasIn = true;
    if (this.cursor === undefined) this.cursor = lastSeq;
    else if (!resumed) this.fail(`was not resumed after seq ${this.cursor}: the room goes to ${lastSeq}`);
  }

  /** An event arrived in its place of the stream. */
  protected received(event: LoggedEvent): void {
    this.told.delivered += 1;
    if (event.seq !== (this.cursor ?? 0) + 1) {
      this.fail(`received seq ${event.seq} after ${this.cursor}: ${show(event)}`);
    }
    this.cursor = event.seq;
    if (Date.parse(event.timestamp) > this.endedAt) {
      this.fail(`received an event of after its end at ${new Date(this.endedAt).toISOString()}: ${show(event)}`);
    }
    this.guarded(() => this.ledger.observe(event, this.username));
  }

  protected end(code: number, cause: string): void {
    this.ending ??= { code, cause };
    this.closedAt ??= performance.now();
    for (const resolve of this.#onEnd.splice(0)) resolve();
  }

  protected fail(what: string): void {
    this.#fail(new Miss(`${this.username} in room ${this.ledger.name} ${what}`));
  }

  protected guarded(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.#fail(error as Miss);
    }
  }
}
