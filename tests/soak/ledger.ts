// What a room's members received, as two hashes per seq that are compared as each event arrives, and what was acknowledged.
// Reads nothing from the server; audit.ts compares a ledger with the log.

/** An event as it is transferred, in a frame or in a page of listEvents. */
export interface LoggedEvent {
  type: string;
  seq: number;
  roomId: string;
  room: string;
  username: string;
  timestamp: string;
  /** Only of message.created; other types have `messageId`. */
  id?: string;
  messageId?: string;
  content?: string;
  emoji?: string;
  supersededBy?: number;
}

/** A violation of a guarantee. The message names the rule and the events concerned. */
export class Miss extends Error {
  override name = 'Miss';
}

/** An edit, a deletion or a reaction that the server acknowledged. `seq` is known only for an edit. */
export interface Change {
  type: string;
  messageId: string;
  username: string;
  emoji?: string;
  seq?: number;
  content?: string;
}

interface Sent {
  id: string;
  username: string;
  content: string;
}

/** Recent events kept in full, for the report of a miss. */
const RECENT = 64;
const FIRST_SIZE = 1_024;

export class Ledger {
  readonly id: string;
  readonly name: string;
  /** Whether all sending to the room has stopped and all answers have arrived. */
  isOver = false;
  /** The highest seq seen in a frame or an acknowledgement; at the end, that of the room's row. */
  head = 0;
  acknowledged = 0;
  /** Hashes by seq: of the event without its text, its text, the sent id with its sender, the sent text; 0: not seen. */
  #shape = new Float64Array(FIRST_SIZE);
  #text = new Float64Array(FIRST_SIZE);
  #sentBy = new Float64Array(FIRST_SIZE);
  #sentText = new Float64Array(FIRST_SIZE);
  readonly #recent: string[] = [];
  readonly #edits = new Map<number, string>();
  /** Sent messages without an acknowledgement: hash of the text, by hash of id and sender. */
  readonly #unanswered = new Map<number, number>();
  /** Hashes of ids that were refused with `stored: no`. */
  readonly refused = new Set<number>();
  /** Acknowledged changes, which the log must have exactly once, by keyOfChange. */
  readonly changes = new Map<string, Change>();
  /** Up to this seq the log was compared with the deliveries. */
  checked = 0;

  constructor({ id, name }: { id: string; name: string }) {
    this.id = id;
    this.name = name;
  }

  /** Compares a received event with what other members received at its seq. @throws Miss */
  observe(event: LoggedEvent, receiver: string): void {
    const { seq } = event;
    if (!Number.isSafeInteger(seq) || seq < 1)
      throw new Miss(`${receiver} received an event without a seq: ${show(event)}`);
    if (event.roomId !== this.id) throw new Miss(`${receiver} received an event of another room: ${show(event)}`);
    const hasText = event.type === 'message.created' || event.type === 'message.edited';
    if (hasText && event.content === undefined && event.supersededBy === undefined)
      throw new Miss(`${receiver} received an event without its text: ${show(event)}`);
    this.#grow(seq);
    const shape = shapeOf(event);
    if (this.#shape[seq] === 0) {
      this.#shape[seq] = shape;
      this.#recent[seq % RECENT] = show(event);
    } else if (this.#shape[seq] !== shape) {
      throw new Miss(`${receiver} received another event than others did: ${show(event)}; they: ${this.#shown(seq)}`);
    }
    if (event.content === undefined) return;
    const text = hash(event.content);
    if (this.#text[seq] === 0) this.#text[seq] = text;
    else if (this.#text[seq] !== text) {
      throw new Miss(`${receiver} received another text than others did: ${show(event)}; they: ${this.#shown(seq)}`);
    }
  }

  /** Records a message before it is sent. */
  send({ id, username, content }: Sent): void {
    this.#unanswered.set(hash(`${id} ${username}`), hash(content));
  }

  /** Records that `sent` was acknowledged with `event`. @throws Miss */
  acknowledge(event: LoggedEvent, sent: Sent): void {
    const { seq } = event;
    this.#grow(seq);
    const same = event.id === sent.id && event.username === sent.username;
    if (!same || (event.content !== undefined && event.content !== sent.content)) {
      throw new Miss(`an acknowledgement differs from what was sent: ${show(event)}; sent: ${show(sent)}`);
    }
    if (this.#sentBy[seq] !== 0) throw new Miss(`two messages were acknowledged with one seq: ${show(event)}`);
    this.#sentBy[seq] = hash(`${sent.id} ${sent.username}`);
    this.#sentText[seq] = hash(sent.content);
    this.#unanswered.delete(this.#sentBy[seq]!);
    this.acknowledged += 1;
  }

  /** Compares the log's event at a seq with what was received and acknowledged. @throws Miss */
  compare(event: LoggedEvent): void {
    const { seq } = event;
    this.#grow(seq);
    const where = `of room ${this.name}: ${show(event)}`;
    if (this.#shape[seq] !== 0 && this.#shape[seq] !== shapeOf(event)) {
      throw new Miss(`the log has another event than was delivered, ${where}; delivered: ${this.#shown(seq)}`);
    }
    const text = event.content === undefined ? 0 : hash(event.content);
    if (text !== 0 && this.#text[seq] !== 0 && this.#text[seq] !== text) {
      throw new Miss(`the log has another text than was delivered, ${where}; delivered: ${this.#shown(seq)}`);
    }
    if (this.#sentBy[seq] === 0) return this.#compareUnanswered(event, text);
    if (event.type !== 'message.created' || this.#sentBy[seq] !== hash(`${event.id} ${event.username}`)) {
      throw new Miss(`the log has another event than was acknowledged, ${where}; delivered: ${this.#shown(seq)}`);
    }
    if (text !== 0 && this.#sentText[seq] !== text) {
      throw new Miss(`the log has another text than was sent, ${where}; delivered: ${this.#shown(seq)}`);
    }
  }

  /**
   * Compares a message without an acknowledgement with what was sent. Does so only after all sending, since before that the
   * acknowledgement may still be in transit. @throws Miss
   */
  #compareUnanswered(event: LoggedEvent, text: number): void {
    if (event.type !== 'message.created' || !this.isOver) return;
    const sent = this.#unanswered.get(hash(`${event.id} ${event.username}`));
    if (sent === undefined) throw new Miss(`room ${this.name} has a message that nobody sent: ${show(event)}`);
    if (text !== 0 && text !== sent) throw new Miss(`room ${this.name} has another text than was sent: ${show(event)}`);
  }

  /** The hash of the text that was delivered at a seq; 0 when none was. */
  textAt(seq: number): number {
    return this.#text[seq] ?? 0;
  }

  /** The seqs above `last` that were acknowledged or delivered. */
  beyond(last: number): number[] {
    const seqs: number[] = [];
    for (let seq = last + 1; seq < this.#shape.length; seq += 1) {
      if (this.#shape[seq] !== 0 || this.#sentBy[seq] !== 0) seqs.push(seq);
    }
    return seqs;
  }

  /** Records that the server refused a message with `stored: no`. */
  refuse(id: string): void {
    this.refused.add(hash(id));
  }

  /** Records an acknowledged change. */
  change(change: Change): void {
    this.changes.set(keyOfChange(change), change);
    if (change.seq !== undefined) this.#edits.set(change.seq, keyOfChange(change));
  }

  /** The key of the edit that was acknowledged with this seq. */
  editAt(seq: number): string | undefined {
    return this.#edits.get(seq);
  }

  /** Whether the change was acknowledged before. */
  has(change: Change): boolean {
    return this.changes.has(keyOfChange(change));
  }

  #shown(seq: number): string {
    const text = this.#recent[seq % RECENT] ?? '';
    return text.includes(`"seq":${seq},`) ? text : `an older event, its hash ${this.#shape[seq]}`;
  }

  #grow(seq: number): void {
    this.head = Math.max(this.head, seq);
    if (seq < this.#shape.length) return;
    const larger = (from: Float64Array<ArrayBuffer>) => {
      const to = new Float64Array(Math.max(seq + 1, from.length * 2));
      to.set(from);
      return to;
    };
    [this.#shape, this.#text] = [larger(this.#shape), larger(this.#text)];
    [this.#sentBy, this.#sentText] = [larger(this.#sentBy), larger(this.#sentText)];
  }
}

/** Edits differ by their text. A soak makes each deletion and each reaction of a user only once per message. */
export const keyOfChange = ({ type, messageId, username, emoji = '', content }: Change): string =>
  `${type} ${messageId} ${username} ${emoji}${content === undefined ? '' : ` ${hash(content)}`}`;

/** The hash of an event without its text, which may be withdrawn later. */
const shapeOf = ({ type, seq, username, timestamp, id, messageId, emoji }: LoggedEvent) =>
  hash(`${type} ${seq} ${username} ${timestamp} ${id ?? messageId} ${emoji ?? ''}`);

export const show = (value: object): string => {
  const text = JSON.stringify(value);
  return text.length > 600 ? `${text.slice(0, 600)}… (${text.length} characters)` : text;
};

/** A 53-bit hash of a text (cyrb53), never 0. */
export function hash(text: string): number {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    a = Math.imul(a ^ unit, 2_654_435_761);
    b = Math.imul(b ^ unit, 1_597_334_677);
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & b) + (a >>> 0) || 1;
}
