// Follows every message to every member: acknowledged, delivered once to each, in the same order to all, and in the order
// in which its sender sent it. Uses no sockets.

/** Maximum number of messages per generator. */
const MESSAGES_MAX = 8_000_000;
/** How many faults are described; further faults are only counted. */
const TOLD_MAX = 5;

export interface Member {
  room: Room;
  /** Index among all members. */
  index: number;
  /** Number of messages delivered to this member. */
  position: number;
}

interface Room {
  members: Member[];
  /** Message numbers in the order in which the member that is furthest ahead received them. */
  order: number[];
}

export interface Figures {
  sent: number;
  acknowledged: number;
  delivered: number;
  /** ms from sending to the last member's delivery, for each message that was delivered to every member. */
  latencies: number[];
}

export class Audit {
  readonly #rooms: Room[] = [];
  readonly #members: Member[] = [];
  readonly #sentAt = new Float64Array(MESSAGES_MAX);
  readonly #sender = new Int32Array(MESSAGES_MAX);
  /** Number of members that have not received the message yet. */
  readonly #left = new Uint16Array(MESSAGES_MAX);
  readonly #acknowledged = new Uint8Array(MESSAGES_MAX);
  readonly #seen = new Uint8Array(MESSAGES_MAX);
  /** Number of the last delivered message of each sender, by the sender's index. */
  readonly #lastOf: number[] = [];
  #next = 0;
  /** Number of messages that were delivered to every member. */
  #everywhere = 0;
  #faults = 0;
  readonly faultsTold: string[] = [];
  figures: Figures = { sent: 0, acknowledged: 0, delivered: 0, latencies: [] };
  /** Called when a message was acknowledged, or was delivered to every member. */
  onAcknowledged: (sender: Member) => void = () => undefined;
  onEverywhere: (sender: Member) => void = () => undefined;

  get faults(): number {
    return this.#faults;
  }

  /** Number of messages sent; they are numbered from 0. */
  get count(): number {
    return this.#next;
  }

  room(): Room {
    const room: Room = { members: [], order: [] };
    this.#rooms.push(room);
    return room;
  }

  /** Adds a member. Call it before the room's first message, or after all its messages were delivered. */
  join(room: Room): Member {
    const member = { room, index: this.#members.length, position: room.order.length };
    this.#members.push(member);
    this.#lastOf.push(-1);
    room.members.push(member);
    return member;
  }

  /** Records a message as sent. @returns its number. */
  send(sender: Member): number {
    const number = this.#next++;
    this.#sentAt[number] = performance.now();
    this.#sender[number] = sender.index;
    this.#left[number] = sender.room.members.length;
    this.figures.sent += 1;
    return number;
  }

  acknowledge(number: number): void {
    if (this.#acknowledged[number]) return this.fault(`message ${number} was acknowledged twice`);
    this.#acknowledged[number] = 1;
    this.figures.acknowledged += 1;
    this.onAcknowledged(this.#members[this.#sender[number]!]!);
  }

  /** @param ownAcknowledges whether delivery to the sender acknowledges the message. */
  deliver(member: Member, number: number, ownAcknowledges: boolean): void {
    const { order } = member.room;
    const sender = this.#sender[number]!;
    this.figures.delivered += 1;
    if (member.position === order.length) this.#first(order, number, sender);
    else if (order[member.position] !== number) {
      this.fault(`member ${member.index} got message ${number} where another got ${order[member.position]}`);
    }
    member.position += 1;
    if (ownAcknowledges && sender === member.index) this.acknowledge(number);
    this.#left[number]! -= 1;
    if (this.#left[number] !== 0) return;
    this.#everywhere += 1;
    this.figures.latencies.push(performance.now() - this.#sentAt[number]!);
    this.onEverywhere(this.#members[sender]!);
  }

  /** Whether every message that was sent was delivered to every member. */
  get isComplete(): boolean {
    return this.#everywhere === this.#next;
  }

  /** Reports every message that is missing at a member. Call it after the last delivery. */
  finish(): void {
    for (const { members, order } of this.#rooms) {
      for (const { index, position } of members) {
        if (position !== order.length) this.fault(`member ${index} got ${position} of ${order.length} messages`);
      }
    }
    for (let number = 0; number < this.#next; number += 1) {
      if (this.#acknowledged[number] && !this.#seen[number]) this.fault(`message ${number} was delivered to nobody`);
    }
  }

  /** Numbers of messages without an acknowledgement: they may or may not be stored. */
  unacknowledged(): number[] {
    const numbers: number[] = [];
    for (let number = 0; number < this.#next; number += 1) if (!this.#acknowledged[number]) numbers.push(number);
    return numbers;
  }

  fault(what: string): void {
    this.#faults += 1;
    if (this.faultsTold.length < TOLD_MAX) this.faultsTold.push(what);
  }

  /** Records the first delivery of a message in its room. */
  #first(order: number[], number: number, sender: number): void {
    if (this.#seen[number]) this.fault(`message ${number} was delivered twice`);
    this.#seen[number] = 1;
    if (number < this.#lastOf[sender]!) this.fault(`message ${number} came after ${this.#lastOf[sender]}, sent later`);
    this.#lastOf[sender] = number;
    order.push(number);
  }
}
