// A WebSocket client that writes the given bytes unchanged, many frames in one write. Answers pings and closes, and sends
// nothing else on its own. Cheap to open: a run opens tens of thousands.
import { connect, type Socket } from 'node:net';
import type { Json } from '../people.ts';
import { CLOSE, parser, TEXT } from '../websocket_frames.ts';
import type { FrameCase } from './frames.ts';

const [CONTINUATION, BINARY, PING, PONG] = [0, 2, 9, 10];

export interface RawSocket {
  frames: Json[];
  /** The close code; undefined while it is open, 0 when the connection ended without a close frame. */
  closed: number | undefined;
  /** The response when it was not 101. */
  refusal: string | undefined;
  send(frames: readonly FrameCase[]): void;
  close(code: number): void;
  /** Resolves with true once `holds` returns true, with false after `ms`. */
  until(holds: () => boolean, ms: number): Promise<boolean>;
  destroy(): void;
}

/** Opens a socket. Resolves when the upgrade was answered, or after `ms`. */
export async function openRawSocket(url: string, path: string, token: string, ms: number): Promise<RawSocket> {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect(Number(port), hostname);
  socket.setNoDelay(true);
  let head = '';
  let isOpen = false;
  let look = () => {};
  const raw: RawSocket = {
    frames: [],
    closed: undefined,
    refusal: undefined,
    send: (frames) => void socket.write(Buffer.concat(frames.flatMap(bytesOf))),
    close: (code) => void socket.write(masked(CLOSE, Buffer.from([code >> 8, code & 255]))),
    until: (holds, limit) =>
      new Promise((resolve) => {
        if (holds()) return resolve(true);
        const timer = setTimeout(() => resolve(false), limit);
        look = () => {
          if (!holds()) return;
          clearTimeout(timer);
          look = () => {};
          resolve(true);
        };
      }),
    destroy: () => void socket.destroy(),
  };
  const take = parser(({ opcode, payload }) => {
    if (opcode === TEXT) raw.frames.push(JSON.parse(String(payload)));
    else if (opcode === CLOSE) {
      raw.closed ??= payload.length >= 2 ? payload.readUInt16BE() : 1005;
      socket.end(masked(CLOSE, payload.subarray(0, 2)));
    } else if (opcode === PING) socket.write(masked(PONG, payload));
  });
  socket.on('data', (chunk) => {
    if (isOpen) take(chunk);
    else {
      head += chunk.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      isOpen = head.startsWith('HTTP/1.1 101');
      if (!isOpen) raw.refusal = head;
      else take(Buffer.from(head.slice(end + 4), 'latin1'));
    }
    look();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    raw.closed ??= 0;
    raw.refusal ??= isOpen ? undefined : head;
    look();
  });
  const lines = [`GET ${path} HTTP/1.1`, 'Host: localhost', 'Upgrade: websocket', 'Connection: Upgrade'];
  lines.push(
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Authorization: Bearer ${token}`,
  );
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  if (!(await raw.until(() => isOpen || raw.refusal !== undefined, ms))) raw.refusal = 'no answer in time';
  return raw;
}

/** One message as masked frames (RFC 6455, 5.2). */
function bytesOf({ isBinary, payload, fragments }: FrameCase): Buffer[] {
  const size = Math.max(1, Math.ceil(payload.length / fragments));
  const count = Math.max(1, Math.ceil(payload.length / size));
  return Array.from({ length: count }, (_, at) => {
    const opcode = at > 0 ? CONTINUATION : isBinary ? BINARY : TEXT;
    return masked(opcode!, payload.subarray(at * size, (at + 1) * size), at === count - 1);
  });
}

/** Encodes a frame with an all-zero mask, which leaves the payload unchanged. */
function masked(opcode: number, payload: Buffer, isLast = true): Buffer {
  const { length } = payload;
  const header = Buffer.alloc(length < 126 ? 6 : length < 65_536 ? 8 : 14);
  header[0] = (isLast ? 128 : 0) | opcode;
  header[1] = 128 | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (header.length === 8) header.writeUInt16BE(length, 2);
  if (header.length === 14) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, payload]);
}
