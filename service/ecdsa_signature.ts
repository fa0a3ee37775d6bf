// The two forms of an ECDSA signature on P-256: both numbers in 32 bytes each, as tokens have it (RFC 7518, 3.4), and ASN.1 DER,
// which OpenSSL makes. Converts them, because node:crypto takes 16 µs longer with its option for it. Knows no key.

/** Bytes of each number. */
const SIZE = 32;
const [SEQUENCE, INTEGER] = [0x30, 0x02];

/** @param der 30 len 02 len r 02 len s, as OpenSSL writes it: minimal, and shorter than 128 bytes. */
export function fromDer(der: Buffer): Buffer {
  const both = Buffer.alloc(2 * SIZE);
  const afterR = copyNumber(der, 2, both, SIZE);
  copyNumber(der, afterR, both, 2 * SIZE);
  return both;
}

/** Copies the number that begins at `at` so that it ends before `end`. @returns where the next begins. */
function copyNumber(der: Buffer, at: number, to: Buffer, end: number): number {
  const length = der[at + 1]!;
  const next = at + 2 + length;
  // A number whose first bit is set has a zero before it.
  const digits = Math.min(length, SIZE);
  der.copy(to, end - digits, next - digits, next);
  return next;
}

/** @param both 64 bytes. */
export function toDer(both: Buffer): Buffer {
  const der = Buffer.allocUnsafe(2 * SIZE + 8);
  const end = writeNumber(both, SIZE, der, writeNumber(both, 0, der, 2));
  der[0] = SEQUENCE;
  der[1] = end - 2;
  return der.subarray(0, end);
}

function writeNumber(both: Buffer, from: number, der: Buffer, at: number): number {
  let first = from;
  while (both[first] === 0 && first < from + SIZE - 1) first += 1;
  const zero = both[first]! > 127 ? 1 : 0;
  const length = from + SIZE - first + zero;
  der[at] = INTEGER;
  der[at + 1] = length;
  der[at + 2] = 0;
  both.copy(der, at + 2 + zero, first, from + SIZE);
  return at + 2 + length;
}
