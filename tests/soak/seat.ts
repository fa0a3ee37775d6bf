// A member's connection to a room, with either client. Checks each event as it arrives: none missing, none duplicated, none
// out of order, none different from what others received. seat_sdk.ts and seat_raw.ts have the two clients.
import { randomUUID } from 'node:crypto';
import { type Ledger, type LoggedEvent, Miss, show } from './ledger.ts';

/** The result of a message: stored, finally refused, or unknown when the seat ended first. */
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
  /** Number of reconnects and refusals. The order of a burst is checked only if this did not change during the burst. */
  troubles = 0;
  /** Why it last had no connection. */
  trouble = 'has not joined yet';
  /** When the last acknowledged message was sent, ms of performance.now(). */
  acknowledgedAt = Number.NEGATIVE_INFINITY;
  /** After this time (Date.now()) no event may carry a timestamp: the room is deleted, or its user is logged out. */
  endedAt = Number.POSITIVE_INFINITY;
  /** Whether it stays until the end of the run: then none of its messages may be finally refused. */
  stays = false;
  /** When it ended, ms of performance.now(). */
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

  /** Sends a message and resolves with its result, after any number of reconnects. Never rejects. */
  protected abstract deliver(id: string, content: string): Promise<Outcome>;
  abstract get isOpen(): boolean;
  /** Leaves the room and does not reconnect. */
  abstract leave(): void;

  /** Sends messages in order; resolves with the number that was acknowledged. */
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

  /** Resolves when the seat has ended and does not reconnect. */
  ended(): Promise<void> {
    return this.ending ? Promise.resolve() : new Promise((resolve) => this.#onEnd.push(resolve));
  }

  /** Handles room.joined. A seat with a cursor must be resumed, because the room still has its whole log. */
  protected joined(lastSeq: number, resumed: boolean): void {
    this.told.joins += 1;
    if (this.#wasIn) this.told.resumes += 1;
    this.#wasIn = true;
    if (this.cursor === undefined) this.cursor = lastSeq;
    else if (!resumed) this.fail(`was not resumed after seq ${this.cursor}: the room goes to ${lastSeq}`);
  }

  /** Handles the next event of the stream. */
  protected received(event: LoggedEvent): void {
    this.told.delivered += 1;
    if (event.seq !== (this.cursor ?? 0) + 1) {
      this.fail(`received seq ${event.seq} after ${this.cursor}: ${show(event)}`);
    }
    this.cursor = event.seq;
    if (Date.parse(event.timestamp) > this.endedAt) {
      this.fail(`received an event from after its end at ${new Date(this.endedAt).toISOString()}: ${show(event)}`);
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
