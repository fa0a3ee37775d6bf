// The cursor: how far the room's log was handled. A reconnect resumes there, and no event is handled twice.
import type { HandshakeQuery, RoomJoined } from '../generated/frames.ts';

/** Where a seq stands: the one to handle now, one already passed, or one that cannot come yet. */
export type Place = 'next' | 'passed' | 'ahead';

export class Cursor {
  roomId?: string;
  /** The highest seq handled. */
  last?: number;
  /** Seqs up to here were stored before the room was joined without a cursor: nobody has handled them, save these. */
  #unhandled = 0;
  readonly #handled = new Set<number>();

  /** @throws TypeError for `after` > 0 without the `roomId` it belongs to. */
  constructor(after?: number, roomId?: string) {
    if (after && roomId === undefined) throw new TypeError('joinRoom needs roomId with after: the room it belongs to.');
    if (after !== undefined) this.last = after;
    if (roomId !== undefined) this.roomId = roomId;
  }

  /** What the upgrade request asks for. */
  query(): HandshakeQuery {
    if (this.last === undefined) return {};
    return { after: String(this.last), ...(this.roomId === undefined ? {} : { roomId: this.roomId }) };
  }

  /** Takes in what the server said; answers whether the stream goes on without a gap. */
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

  /** Whether a passed message was never handed to anybody; from now on it was. */
  handleOld(seq: number): boolean {
    if (seq > this.#unhandled || this.#handled.has(seq)) return false;
    this.#handled.add(seq);
    return true;
  }
}
