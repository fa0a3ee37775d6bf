// Follows every message to every member: acknowledged, delivered once to each, in one order for all, and in the order in
// which its sender sent it. Knows no sockets.

/** How many messages one generator can follow. */
const MESSAGES_MAX = 8_000_000;
/** How many faults are described; the rest is counted. */
const TOLD_MAX = 5;

export interface Member {
  room: Room;
  /** Among all members. */
  index: number;
  /** How many messages were delivered to it. */
  position: number;
}

interface Room {
  members: Member[];
  /** The messages in the order in which the member that is furthest got them. */
  order: number[];
}

export interface Figures {
  sent: number;
  acknowledged: number;
  delivered: number;
  /** From sending to the delivery at the last member, in ms, of each message that arrived everywhere. */
  latencies: number[];
}

export class Audit {
  readonly #rooms: Room[] = [];
  readonly #members: Member[] = [];
  readonly #sentAt = new Float64Array(MESSAGES_MAX);
  readonly #sender = new Int32Array(MESSAGES_MAX);
  /** Members that have not got the message yet. */
  readonly #left = new Uint16Array(MESSAGES_MAX);
  readonly #acknowledged = new Uint8Array(MESSAGES_MAX);
  readonly #seen = new Uint8Array(MESSAGES_MAX);
  /** The last message of a sender that its room has got, by the sender's index. */
  readonly #lastOf: number[] = [];
  #next = 0;
  /** Messages that were delivered to every member. */
  #everywhere = 0;
  #faults = 0;
  readonly faultsTold: string[] = [];
  figures: Figures = { sent: 0, acknowledged: 0, delivered: 0, latencies: [] };
  /** Called when a message was acknowledged, or was delivered everywhere. */
  onAcknowledged: (sender: Member) => void = () => undefined;
  onEverywhere: (sender: Member) => void = () => undefined;

  get faults(): number {
    return this.#faults;
  }

  /** Messages sent, whose numbers are 0 to this, exclusive. */
  get count(): number {
    return this.#next;
  }

  room(): Room {
    const room: Room = { members: [], order: [] };
    this.#rooms.push(room);
    return room;
  }

  /** Joins before anything is sent into the room, or after all of it has arrived. */
  join(room: Room): Member {
    const member = { room, index: this.#members.length, position: room.order.length };
    this.#members.push(member);
    this.#lastOf.push(-1);
    room.members.push(member);
    return member;
  }

  /** @returns the number of the next message of a member. */
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

  /** @param ownAcknowledges whether its delivery to its sender acknowledges a message. */
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

  /** What was acknowledged and is missing anywhere is a fault. Call it when all should have arrived. */
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

  /** Numbers that were not acknowledged: nobody may be sure of them. */
  unacknowledged(): number[] {
    const numbers: number[] = [];
    for (let number = 0; number < this.#next; number += 1) if (!this.#acknowledged[number]) numbers.push(number);
    return numbers;
  }

  fault(what: string): void {
    this.#faults += 1;
    if (this.faultsTold.length < TOLD_MAX) this.faultsTold.push(what);
  }

  /** The first member of a room gets a message. */
  #first(order: number[], number: number, sender: number): void {
    if (this.#seen[number]) this.fault(`message ${number} was delivered twice`);
    this.#seen[number] = 1;
    if (number < this.#lastOf[sender]!) this.fault(`message ${number} came after ${this.#lastOf[sender]}, sent later`);
    this.#lastOf[sender] = number;
    order.push(number);
  }
}
