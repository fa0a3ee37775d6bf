// Generates values from a schema: valid ones, including its bounds, and ones with a single change, which may still be
// valid. Only the schema decides.
import type { Random } from '../../conformance/random.ts';
import { faultIn, type Schema } from './contract.ts';
import { matching } from './pattern.ts';
import { cut, EMOJI, inserted, text, withAny, withForbidden } from './texts.ts';

export type Members = Record<string, unknown>;

/** Percentage of texts near the maximum length, which are expensive to send. */
const LONG_PERCENT = 3;
const TRIES = 6;

/** Generates a text that fits the schema. */
export function validText(random: Random, schema: Schema): string {
  const { minLength = 0, maxLength = 24, pattern, format, examples = [] } = schema;
  const near = [minLength, minLength + 1, minLength + random.below(12)];
  const long = [maxLength, maxLength - 1, Math.ceil(maxLength / 2)];
  const length = Math.max(0, random.pick(random.chance(LONG_PERCENT / 100) ? long : near));
  if (format === 'rgi-emoji') {
    const emoji = random.pick(EMOJI);
    return faultIn(schema, emoji) === undefined ? emoji : String(examples[0] ?? '👍');
  }
  if (schema.const !== undefined) return String(schema.const);
  if (pattern !== undefined) return matching(random, pattern, Math.max(1, Math.min(length, maxLength)));
  const example = String(examples[0] ?? '');
  for (let tries = 0; tries < TRIES; tries += 1) {
    const free = cut(text(random, length), Math.max(length, 1));
    if (length >= minLength && faultIn(schema, free) === undefined) return free;
    // An example has a required form that a random text lacks, such as an @.
    const missing = Math.max(0, Math.min(length, maxLength - Array.from(example).length));
    const grown = inserted(random, example, cut(text(random, missing), missing));
    if (faultIn(schema, grown) === undefined) return grown;
  }
  return example;
}

/** Generates an integer for a query: within the bounds, or at one of them. */
export function validInteger(random: Random, { minimum = 0, maximum = 1_000 }: Schema): string {
  const inside = minimum + random.below(Math.min(maximum - minimum, 200));
  const value = String(random.pick([minimum, maximum, minimum + 1, maximum - 1, inside, inside, inside]));
  return random.chance(0.05) ? value.padStart(Math.min(16, value.length + 2), '0') : value;
}

const NO_INTEGERS = ['-1', '-0', '+1', '1.0', '1e3', '0x1', ' 1', '1 ', '', 'NaN', '١', '1,2', '[1]', 'null', '1_0'];

/** Generates a query value that an integer schema refuses in most cases. */
export function brokenInteger(random: Random, { minimum = 0, maximum = 1_000 }: Schema): string {
  const beyond = [BigInt(maximum) + 1n, BigInt(minimum) - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n, 10n ** 400n];
  return random.chance(0.5) ? String(random.pick(beyond)) : random.pick(NO_INTEGERS);
}

/** Makes one change to a text; in most cases the schema then refuses it. */
export function brokenText(random: Random, schema: Schema, valid: string): string {
  const { minLength = 0, maxLength = 0 } = schema;
  switch (random.below(9)) {
    case 0: {
      const longer = valid + text(random, Math.max(0, maxLength - valid.length) + 1);
      return cut(longer, maxLength + 1);
    }
    case 1:
      return cut(valid, Math.max(0, minLength - 1));
    case 2:
      return withForbidden(random, valid);
    case 3:
      return random.pick(['', ' ', '\u200b', '\u3000', '\n', '\u0000', 'null', 'undefined', '[object Object]']);
    case 4:
      return random.pick([` ${valid}`, `${valid} `, `${valid}\n`, `\ufeff${valid}`, `"${valid}"`, `${valid}\u0000`]);
    case 5:
      return random.chance(0.5) ? valid.toUpperCase() : valid.normalize('NFD');
    case 6:
      return inserted(random, valid, random.pick(['\u0301'.repeat(5), '  ', '@', '.', '-', '\ufe0f', '👍', '/', '%']));
    default:
      return withAny(random, valid);
  }
}

const OTHER_TYPES: readonly unknown[] = [
  ...[null, true, false, 0, -0, 1, -1, 0.5, 1e3, 1e308, 5e-324, 2 ** 53, [], {}, [[]], { a: null }],
  ...[['x'], { toString: 'x' }, { length: 1 }, { $ref: '#' }, [null]],
];
const OTHER_NAMES = [
  ...['extra', 'Type', 'ID', '', ' ', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '$ref', 'a/b', 'a~b'],
  ...['seq', 'username', 'admin', 'roomId ', 'content\u0000', 'ıd', 'constructor.prototype'],
];

/** Generates an object that fits the schema. `override` has values for members that must refer to existing data. */
export function validMembers(random: Random, schema: Schema, override: Members = {}): Members {
  const made: Members = {};
  for (const [name, one] of Object.entries(schema.properties ?? {})) {
    if (!schema.required?.includes(name) && random.chance(0.5)) continue;
    made[name] = name in override ? override[name] : validText(random, one);
  }
  return made;
}

/** Makes one change to an object; in most cases the schema then refuses it. */
export function brokenMembers(random: Random, schema: Schema, valid: Members): unknown {
  const name = random.pick(Object.keys(valid));
  switch (random.below(8)) {
    case 0: {
      const { [name]: _, ...rest } = valid;
      return rest;
    }
    case 1: {
      const more = random.pick(OTHER_NAMES);
      // An assignment to `__proto__` would not create a member.
      return Object.fromEntries([...Object.entries(valid), [more, random.pick(OTHER_TYPES)]]);
    }
    case 2:
      return random.pick([[valid], [], null, 'text', 1, true, JSON.stringify(valid), {}, [[valid]]]);
    case 3:
      return Object.fromEntries(
        Object.entries(valid).map(([one, value]) => [one === name ? one.toUpperCase() : one, value]),
      );
    case 4:
    case 5:
      return { ...valid, [name]: random.pick(OTHER_TYPES) };
    default: {
      const value = valid[name];
      const inner = schema.properties?.[name] ?? {};
      return { ...valid, [name]: typeof value === 'string' ? brokenText(random, inner, value) : null };
    }
  }
}
