// Parses and writes WebSocket frames of a server (RFC 6455 §5.2): unmasked, and unfragmented as our server sends them.

export interface Frame {
  opcode: number;
  payload: Buffer;
}

export const [TEXT, CLOSE] = [1, 8];

/** Returns a function that takes chunks of bytes and calls `take` for each complete frame. */
export function parser(take: (frame: Frame) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const short = (rest[1] ?? 0) & 127;
      const start = short === 127 ? 10 : short === 126 ? 4 : 2;
      if (rest.length < start) return;
      const length = short === 127 ? Number(rest.readBigUInt64BE(2)) : short === 126 ? rest.readUInt16BE(2) : short;
      if (rest.length < start + length) return;
      take({ opcode: rest[0]! & 15, payload: rest.subarray(start, start + length) });
      rest = rest.subarray(start + length);
    }
  };
}

/** The bytes of a frame. */
export function framed(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  header[0] = 128 | opcode;
  header[1] = length < 126 ? length : length < 65_536 ? 126 : 127;
  if (header.length === 4) header.writeUInt16BE(length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, payload]);
}
