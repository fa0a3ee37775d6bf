// Percent-encoding in its equivalent forms (RFC 3986, 6.2.2).
import type { Random } from '../../conformance/random.ts';

/** Percent-encodes only what must be encoded, or everything. A lone surrogate becomes bytes that are not UTF-8. */
export function encoded(random: Random, value: string): string {
  const all = random.chance(0.1);
  const lower = random.chance(0.1);
  return Array.from(value, (point) => {
    const code = point.codePointAt(0)!;
    if (!all && /^[A-Za-z0-9._~-]$/.test(point)) return point;
    const isSurrogate = code >= 0xd800 && code <= 0xdfff;
    const bytes = isSurrogate
      ? Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)])
      : Buffer.from(point);
    const hex = bytes.toString('hex').replaceAll(/../g, '%$&');
    return lower ? hex : hex.toUpperCase();
  }).join('');
}
