// A low-overhead WebSocket client (RFC 6455) for the load generator: one receive buffer for all sockets, frames parsed in
// place, an all-zero mask. It validates only what the audit needs.
import { connect, type Socket } from 'node:net';

export interface RawTarget {
  host: string;
  port: number;
  /** Local address; with one per socket, the server sees each socket as another client. */
  localAddress: string;
  target: string;
  /** Header lines (`Name: value`) in addition to those of the upgrade. */
  headers: readonly string[];
  /** Text frames to send once the socket is open. */
  hello: readonly string[];
}

/** Called with each text frame from the server: its payload is `bytes[start … end)`, valid during the call only. */
type Heard = (bytes: Buffer, start: number, end: number) => void;

const RECEIVED = Buffer.allocUnsafe(256 * 1_024);
const [TEXT, CLOSE, PING, PONG] = [1, 8, 9, 10];

export class RawSocket {
  /** Bytes received by all sockets. */
  static received = 0;
  readonly #socket: Socket;
  readonly #heard: Heard;
  #rest: Buffer | undefined;
  #isOpen = false;
  readonly #hello: readonly string[];

  /** @param closed is called once, with the response when it was not 101, otherwise with ''. */
  constructor(at: RawTarget, heard: Heard, closed: (why: string) => void) {
    this.#heard = heard;
    const { host, port, localAddress, target, headers, hello } = at;
    this.#hello = hello;
    this.#socket = connect({
      ...{ host, port, localAddress, noDelay: true },
      onread: { buffer: RECEIVED, callback: (count) => this.#received(count) },
    });
    const lines = [`GET ${target} HTTP/1.1`, `Host: ${host}`, 'Connection: Upgrade', 'Upgrade: websocket', ...headers];
    lines.push('Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', '');
    this.#socket.write(lines.join('\r\n'));
    this.#socket.on('error', () => undefined);
    this.#socket.once('close', () => closed(this.#isOpen ? '' : (this.#rest?.toString() ?? '')));
  }

  send(text: string): void {
    this.#socket.write(frame(TEXT, Buffer.from(text)));
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #received(count: number): boolean {
    RawSocket.received += count;
    let bytes = RECEIVED.subarray(0, count);
    if (this.#rest) bytes = Buffer.concat([this.#rest, bytes]);
    const read = this.#isOpen ? this.#frames(bytes, 0) : this.#answer(bytes);
    this.#rest = read < bytes.length ? Buffer.from(bytes.subarray(read)) : undefined;
    return true;
  }

  /** @returns the number of bytes consumed. */
  #answer(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0 || !bytes.subarray(0, 13).toString().startsWith('HTTP/1.1 101')) return 0;
    this.#isOpen = true;
    for (const text of this.#hello) this.send(text);
    return this.#frames(bytes, end + 4);
  }

  #frames(bytes: Buffer, from: number): number {
    let at = from;
    while (at + 2 <= bytes.length) {
      const opcode = bytes[at]! & 15;
      let start = at + 2;
      let length = bytes[at + 1]!;
      if (length === 126) {
        if (start + 2 > bytes.length) break;
        length = bytes.readUInt16BE(start);
        start += 2;
      } else if (length === 127) {
        if (start + 8 > bytes.length) break;
        length = Number(bytes.readBigUInt64BE(start));
        start += 8;
      }
      const end = start + length;
      if (end > bytes.length) break;
      if (opcode === TEXT) this.#heard(bytes, start, end);
      else if (opcode === PING) this.#socket.write(frame(PONG!, bytes.subarray(start, end)));
      else if (opcode === CLOSE) this.#socket.destroy();
      at = end;
    }
    return at;
  }
}

/** Encodes a complete frame with an all-zero mask. */
function frame(opcode: number, payload: Buffer): Buffer {
  const long = payload.length > 125;
  const head = Buffer.alloc(long ? 8 : 6);
  head[0] = 128 | opcode;
  head[1] = 128 | (long ? 126 : payload.length);
  if (long) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}
