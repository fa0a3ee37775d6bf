// Generates texts that match a `pattern` of the contract: literals, classes, groups with alternatives, quantifiers.
// Supports neither lookaround nor \p{…}: only an x-pattern has those, and values.ts finds its texts by trial.
import type { Random } from '../../conformance/random.ts';

/** Maximum repetitions for an unbounded quantifier when no length is given. */
const REPEATS = 12;

/** Generates a text that matches the pattern. `length` is the number of repetitions of an unbounded quantifier. */
export function matching(random: Random, pattern: string, length = 1 + random.below(REPEATS)): string {
  let at = 0;
  const source = pattern.replace(/^\^/, '').replace(/\$$/, '');
  const alternatives = (end: string): string => {
    const options: string[] = [];
    let made = '';
    while (at < source.length && source[at] !== end) {
      if (source[at] === '|') {
        options.push(made);
        made = '';
        at += 1;
      } else made += repeated();
    }
    return random.pick([...options, made]);
  };
  const repeated = (): string => {
    const start = at;
    const one = atom();
    const end = at;
    const [min, max] = quantifier();
    const after = at;
    const count = min + random.below(max - min + 1);
    if (count === 0) return '';
    let made = one;
    for (let done = 1; done < count; done += 1) {
      at = start;
      made += atom();
    }
    if (at !== after && at !== end) throw new Error(`${pattern} is not supported by this generator`);
    at = after;
    return made;
  };
  const atom = (): string => {
    if (source.startsWith('(?:', at)) {
      at += 3;
      const made = alternatives(')');
      at += 1;
      return made;
    }
    if (source[at] === '[') {
      const close = source.indexOf(']', at + 1);
      const made = random.pick(members(source.slice(at + 1, close)));
      at = close + 1;
      return made;
    }
    if (source[at] === '\\') at += 1;
    at += 1;
    return source[at - 1] ?? '';
  };
  const quantifier = (): [number, number] => {
    const [whole = '', min, comma, max] = /^\{(\d+)(,?)(\d*)\}/.exec(source.slice(at)) ?? [];
    at += whole.length;
    if (min !== undefined) return [Number(min), comma ? Number(max || Number(min) + REPEATS) : Number(min)];
    const mark = source[at] ?? '';
    if (!'?+*'.includes(mark) || mark === '') return [1, 1];
    at += 1;
    return mark === '?' ? [0, 1] : [length, length];
  };
  return alternatives('');
}

/** The characters of a class such as `A-Za-z0-9_.-`. */
function members(text: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const [from, to] = [text.codePointAt(at)!, text[at + 1] === '-' ? text.codePointAt(at + 2) : undefined];
    for (let code = from; code <= (to ?? from); code += 1) found.push(String.fromCodePoint(code));
    if (to !== undefined) at += 2;
  }
  return found;
}
