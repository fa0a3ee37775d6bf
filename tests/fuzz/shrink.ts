// Shrinks a failing case while it still fails (delta debugging): texts, numbers, lists, objects and bytes. The caller
// decides what fails.

/** Maximum number of candidates per case; each is sent once. */
const TRIES = 200;

/** Returns the smallest case found: takes the first step of `smaller` that still fails, until there is none. */
export async function shrunk<T>(
  failing: T,
  smaller: (current: T) => Iterable<T>,
  stillFails: (candidate: T) => Promise<boolean>,
  tries = { left: TRIES },
): Promise<T> {
  for (const candidate of smaller(failing)) {
    if (tries.left <= 0) return failing;
    tries.left -= 1;
    if (await stillFails(candidate)) return shrunk(candidate, smaller, stillFails, tries);
  }
  return failing;
}

/** Yields the list without one half, one quarter, … one element, the largest pieces first. */
export function* fewer<T>(list: readonly T[]): Generator<T[]> {
  for (let size = Math.ceil(list.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < list.length; at += size) yield [...list.slice(0, at), ...list.slice(at + size)];
  }
}

/** Yields a JSON value made smaller in one place: a shorter text, a smaller number, one element or member less. */
export function* simpler(value: unknown): Generator<unknown> {
  if (typeof value === 'string') {
    for (const points of fewer(Array.from(value))) yield points.join('');
    const plain = value.replace(/[^ -~]/gu, 'x');
    if (plain !== value) yield plain;
  } else if (typeof value === 'number') {
    if (value !== 0) yield 0;
    if (Math.abs(value) > 1) yield Math.trunc(value / 2);
  } else if (Array.isArray(value)) {
    yield* fewer(value);
    for (const [at, one] of value.entries()) for (const less of simpler(one)) yield value.with(at, less);
  } else if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value);
    for (const less of fewer(members)) yield Object.fromEntries(less);
    for (const [at, [name, one]] of members.entries()) {
      for (const less of simpler(one)) yield Object.fromEntries(members.with(at, [name, less]));
    }
  }
}

/** Yields smaller bytes: simpler JSON if they are JSON, otherwise with a piece removed. */
export function* shorter(bytes: Buffer): Generator<Buffer> {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch {
    for (const less of fewer([...bytes])) yield Buffer.from(less);
    return;
  }
  const plain = Buffer.from(JSON.stringify(value));
  if (plain.length < bytes.length) yield plain;
  for (const less of simpler(value)) yield Buffer.from(JSON.stringify(less));
}
