// The wire protocol of each contestant: the upgrade, the encoding of a message, and the parsing of server frames from
// their bytes. Keeps no counts and reports no faults.
import { contentOf, DIGITS } from '../servers/message.ts';

/** What `read` returns for a text frame that carries no message number. */
export const FRAME = { other: -1, joined: -2, ping: -3, refused: -4 } as const;
/** Added to the message's number when the frame is an acknowledgement. */
export const ACKNOWLEDGED = 2 ** 40;

export type DialectName = 'parlance' | 'bare' | 'socketio';

export interface Dialect {
  /** The request target of the upgrade for a room. */
  target(room: string): string;
  /** Text frames that a client sends right after the upgrade. */
  hello: readonly string[];
  send(number: number, id: string): string;
  /** @returns the number of a delivered message, ACKNOWLEDGED + the number, or a value of FRAME. */
  read(bytes: Buffer, start: number, end: number): number;
  /** Whether delivery to the sender acknowledges a message. */
  ownIsAcknowledgement: boolean;
}

const json = (number: number, id: string) => `{"type":"message.send","id":"${id}","content":"${contentOf(number)}"}`;

const parlance: Dialect = {
  target: (room) => `/ws/${encodeURIComponent(room)}`,
  hello: [],
  send: json,
  ownIsAcknowledgement: true,
  read: (bytes, start, end) => {
    // {"type":"message.created", "room.joined", "error" …
    const kind = bytes[start + 9];
    if (kind === 0x6d) return numberBefore(bytes, end - 2);
    if (kind === 0x72) return FRAME.joined;
    return kind === 0x65 ? FRAME.refused : FRAME.other;
  },
};

const socketio: Dialect = {
  target: (room) => `/socket.io/?EIO=4&transport=websocket&room=${encodeURIComponent(room)}`,
  hello: ['40'],
  send: (number, id) => `42${number}["message",{"id":"${id}","content":"${contentOf(number)}"}]`,
  ownIsAcknowledgement: false,
  read: (bytes, start, end) => {
    // 42["message",{…}]   42["joined"]   43<number>[]   2 (ping)
    if (end - start === 1 && bytes[start] === 0x32) return FRAME.ping;
    if (bytes[start] !== 0x34) return FRAME.other;
    if (bytes[start + 1] === 0x33) return ACKNOWLEDGED + digits(bytes, start + 2, bytes.indexOf(0x5b, start));
    if (bytes[start + 1] !== 0x32) return FRAME.other;
    return bytes[start + 4] === 0x6a ? FRAME.joined : numberBefore(bytes, end - 3);
  },
};

export const DIALECTS: Record<DialectName, Dialect> = { parlance, bare: parlance, socketio };

/** The number at the end of a content whose closing quote is at `quote`. */
function numberBefore(bytes: Buffer, quote: number): number {
  if (bytes[quote] !== 0x22) throw new Error('a message does not end with its content');
  return digits(bytes, quote - DIGITS, quote);
}

function digits(bytes: Buffer, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at += 1) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) throw new Error('a message carries no number');
    number = number * 10 + digit;
  }
  return number;
}
