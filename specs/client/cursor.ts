// The cursor: up to which seq the room's log was handled. A reconnect resumes there, and no event is handled twice.
import type { HandshakeQuery, RoomJoined } from '../generated/frames.ts';

/** Where a seq stands: the next one to handle, one already passed, or one after a gap. */
export type Place = 'next' | 'passed' | 'ahead';

export class Cursor {
  roomId?: string;
  /** The highest seq handled. */
  last?: number;
  /** Messages up to this seq were stored before a join without a cursor: not handled, except those in #handled. */
  #unhandled = 0;
  readonly #handled = new Set<number>();

  /** @throws TypeError for `after` > 0 without the `roomId` it belongs to. */
  constructor(after?: number, roomId?: string) {
    if (after && roomId === undefined) throw new TypeError('joinRoom requires roomId when after is above 0.');
    if (after !== undefined) this.last = after;
    if (roomId !== undefined) this.roomId = roomId;
  }

  /** The query of the upgrade request. */
  query(): HandshakeQuery {
    if (this.last === undefined) return {};
    return { after: String(this.last), ...(this.roomId === undefined ? {} : { roomId: this.roomId }) };
  }

  /** Records the server's answer. Returns whether the stream continues without a gap. */
  join({ roomId, lastSeq, resumed }: RoomJoined): boolean {
    const continuous = resumed || this.last === undefined;
    if (!resumed) {
      this.#unhandled = this.last = lastSeq;
      this.#handled.clear();
    }
    this.roomId = roomId;
    return continuous;
  }

  /** Seqs have no gaps: the next event is `last + 1`. Any other seq is a gap or the answer to a repeated message. */
  place(seq: number): Place {
    const next = (this.last ?? 0) + 1;
    return seq === next ? 'next' : seq < next ? 'passed' : 'ahead';
  }

  /** Whether a passed message was not handled yet; marks it as handled. */
  handleOld(seq: number): boolean {
    if (seq > this.#unhandled || this.#handled.has(seq)) return false;
    this.#handled.add(seq);
    return true;
  }
}
