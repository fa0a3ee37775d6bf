// JSON as text: equivalent encodings of a value, and texts that are almost JSON.
import type { Random } from '../../conformance/random.ts';

/** Encodes the value as JSON in UTF-8, in its plain form or in an equivalent one. */
export function written(random: Random, value: unknown): Buffer {
  const plain = JSON.stringify(value);
  if (random.chance(0.7) || typeof value !== 'object' || value === null) return Buffer.from(plain);
  switch (random.below(6)) {
    case 0:
      return Buffer.from(JSON.stringify(value, null, random.pick([1, '\t', '  '])));
    case 1:
      // Escapes either all characters outside printable ASCII, or letters inside words.
      return Buffer.from(escaped(plain, random.chance(0.5) ? /[^ -~]/g : /(?<=[A-Za-z0-9 ])[a-z](?=[a-z])/g));
    case 2:
      return Buffer.from(`${random.pick([' ', '\n', '\r\n', '\t'])}${plain}${random.pick([' ', '\n', '\t'])}`);
    case 3: {
      // A duplicate name: the last value counts.
      const [[name, given] = ['a', 1]] = Object.entries(value);
      const rest = plain.slice(1);
      if (Array.isArray(value)) return Buffer.from(plain);
      const twice = `${JSON.stringify(name)}:${random.pick(['null', '1', '{}', JSON.stringify(given)])}`;
      return Buffer.from(rest === '}' ? plain : `{${twice},${rest}`);
    }
    case 4:
      return Buffer.from(plain.replaceAll('/', '\\/'));
    default:
      return Buffer.from(plain.replace(/^\{/, '{\n\t ').replaceAll('":', '" :\r\n'));
  }
}

const escaped = (text: string, which: RegExp) =>
  text.replace(which, (mark) =>
    Array.from({ length: mark.length }, (_, at) => `\\u${mark.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  );

const NO_JSON = [
  ...['', ' ', '{', '}', '[', 'nul', 'NaN', 'Infinity', '-', '01', '1.', '.5', '+1', "{'a':1}", '{a:1}', '{"a":1,}'],
  ...['[1,]', '{"a":01}', '{"a" 1}', '{"a":}', '{,}', '{}{}', '{} x', '// {}', '{/**/}', '"\t"', '"\\x"', '"\\u12"'],
  ...['"\\ud800', '\u2028{}', '\u00a0{}', '{"a":"\n"}', 'undefined', '{"a":undefined}', '[', '\u0000', '{}\u0000'],
];
const OTHER_JSON = [
  ...['null', '1', '-0', '1e3', '1E400', '-1e-400', '123456789012345678901234567890', '"text"', 'true', '[]', '{}'],
  ...['{"a":{"a":{"a":{}}}}', '[[[[]]]]', '{"":""}', '{"__proto__":{"type":"typing.start"}}'],
];
/** Invalid UTF-8: truncated, overlong, a surrogate, beyond Unicode. */
const NO_UTF8 = [[0xff], [0xc3], [0xc3, 0x28], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x80]];

/** Makes bytes from a valid text that are not JSON in UTF-8, or JSON of another type. */
export function misspelt(random: Random, good: Buffer): Buffer {
  switch (random.below(8)) {
    case 0:
      return good.subarray(0, random.below(good.length));
    case 1:
      return Buffer.from(random.pick(NO_JSON));
    case 2:
      return Buffer.from(random.pick(OTHER_JSON));
    case 3:
      return spoilt(random, good);
    case 4:
      return Buffer.concat([good, Buffer.from(random.pick(['x', '}', ',', '{}', '\u0000', ';']))]);
    case 5: {
      const depth = random.pick([2, 20, 5_000]);
      return Buffer.from('['.repeat(depth) + (random.chance(0.5) ? ']'.repeat(depth) : ''));
    }
    case 6: {
      const at = random.below(good.length);
      return Buffer.concat([good.subarray(0, at), good.subarray(at + 1)]);
    }
    default:
      return Buffer.from(String(good).replace(/"/g, random.pick(["'", '“', '', '`'])));
  }
}

/** Inserts bytes that are not UTF-8 into a valid text. */
export function spoilt(random: Random, good: Buffer): Buffer {
  const at = random.below(good.length + 1);
  return Buffer.concat([good.subarray(0, at), Buffer.from(random.pick(NO_UTF8)), good.subarray(at)]);
}

/** Pads a valid text with spaces to exactly `bytes`. */
export const padded = (good: Buffer, bytes: number): Buffer =>
  good.length >= bytes ? good : Buffer.concat([good, Buffer.alloc(bytes - good.length, ' ')]);
