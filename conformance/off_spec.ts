// Generates what the contract refuses: values just outside a schema, and seeded mutations of bodies, requests and
// frames. Whether a mutation is off-spec is checked against the contract, never assumed.

import { LIMITS } from '@parlance/specs/limits.ts';
import type { Schema } from './contract.ts';
import { clientFrameFault } from './frames.ts';
import type { Random } from './random.ts';

/** Values at the bounds of a query parameter and just beyond them, as strings. */
export function boundary({ type, minimum, maximum, maxLength, ...schema }: Schema): {
  inside: string[];
  outside: string[];
} {
  if (type === 'integer') {
    const below = minimum === undefined ? [] : [BigInt(minimum)];
    const above = maximum === undefined ? [] : [BigInt(maximum)];
    return {
      inside: [...below, ...above].map(String),
      outside: [...below.map((n) => n - 1n), ...above.map((n) => n + 1n), '', 'x', '1e1', '0x1', ' 1', '1.5'].map(
        String,
      ),
    };
  }
  const long = maxLength === undefined ? [] : [maxLength];
  return {
    inside: long.map((length) => 'a'.repeat(length)),
    outside: [
      ...long.map((length) => 'a'.repeat(length + 1)),
      ...((schema.pattern ?? schema['x-pattern']) ? ['\u0000'] : []),
    ],
  };
}

const NO_UUID = [
  ...['x', '1', '0199b2c4', '0199B2C4-6B1E-7C3A-9F10-3F2D9A7C5E21', '0199b2c46b1e7c3a9f103f2d9a7c5e21'],
  ...['{0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21}', '0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e2g'],
];

/**
 * Invalid values of each path parameter, by its name; the kit percent-encodes them. None has U+0000: a proxy such as
 * nginx refuses it before the server sees the path.
 */
export const OFF_PLACE: Readonly<Record<string, readonly string[]>> = {
  roomName: ['.room', 'room ', 'a/b', 'a!', '%', '\u200b', 'a\tb', 'x'.repeat(LIMITS.roomNameMax + 1)],
  username: ['ab', 'a b', 'a!', 'ä'.repeat(3), '%', 'x'.repeat(LIMITS.usernameMax + 1)],
  messageId: NO_UUID,
  sessionId: NO_UUID,
  // Text, two emoji, unqualified and incomplete sequences, and characters that only some platforms draw as an emoji.
  emoji: [
    ...['x', ':+1:', '1', ' ', '👍👍', '👍x', '👍 ', '❤', '☺', '\ufe0f', '\u200d', '🏳\u200d🌈', '🇩', '1\u20e3'],
    '👍'.repeat(64),
  ],
};

const LONE_SURROGATE = '\ud800';
const VALUES: readonly unknown[] = [
  null,
  0,
  -1,
  1.5,
  true,
  [],
  {},
  '',
  ' ',
  '\u0000',
  LONE_SURROGATE,
  `a${LONE_SURROGATE}`,
  '\u200b',
  'x'.repeat(5_000),
  ['a'],
  { a: 1 },
];
const WHOLES: readonly unknown[] = [[], ['message.send'], [{}], {}, { type: null }, { a: { b: { c: [] } } }];

/** The object with one change, which does not always make it invalid. */
export function mutated(random: Random, valid: Record<string, unknown>): unknown {
  const names = Object.keys(valid);
  const name = random.pick(names);
  switch (random.pick(['drop', 'add', 'value', 'value', 'value', 'whole', 'rename'])) {
    case 'drop':
      return Object.fromEntries(Object.entries(valid).filter(([one]) => one !== name));
    case 'add':
      return {
        ...valid,
        [random.pick(['seq', 'username', 'admin', '', '__proto__x', 'constructor'])]: random.pick(VALUES),
      };
    case 'value':
      return { ...valid, [name]: random.pick(VALUES) };
    case 'rename':
      return Object.fromEntries(
        Object.entries(valid).map(([one, value]) => [one === name ? one.toUpperCase() : one, value]),
      );
    default:
      return random.pick(WHOLES);
  }
}

/** A mutation that `fault` reports as off-spec. */
export function offSpec(
  random: Random,
  valid: Record<string, unknown>,
  fault: (value: unknown) => string | undefined,
): unknown {
  for (;;) {
    const value = mutated(random, valid);
    if (fault(value) !== undefined) return value;
  }
}

const NO_JSON: readonly string[] = [
  '',
  ' ',
  '{',
  '}',
  'null,',
  '{"type":"typing.start"',
  "{'type':'typing.start'}",
  'typing.start',
  '\ufeff{}x',
  '[1,]',
  '{"a":01}',
  'NaN',
];
const OTHER_JSON: readonly string[] = [
  'null',
  '1',
  '"typing.start"',
  'true',
  '{"type":"room.joined"}',
  '{"type":"room.deleted"}',
  '{"type":"message.sent"}',
  '{"type":["typing.start"]}',
  `${'['.repeat(500)}${']'.repeat(500)}`,
];

/** The text of a frame that no client may send. */
export function offSpecFrame(random: Random): string {
  const kind = random.next();
  if (kind < 0.15) return random.pick(NO_JSON);
  if (kind < 0.3) return random.pick(OTHER_JSON);
  const valid = random.pick([
    { type: 'message.send', id: '0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21', content: 'Is the kettle on?' },
    { type: 'typing.start' },
  ]);
  return JSON.stringify(offSpec(random, valid, clientFrameFault));
}
