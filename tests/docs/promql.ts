// Finds the series that a PromQL expression queries, with a rough parser: enough to find a name or a label that does not
// exist. `promtool check rules` of Prometheus checks the syntax.
import assert from 'node:assert/strict';

export interface Selector {
  name: string;
  matchers: { label: string; operator: string; value: string }[];
}

const WORDS = /^(by|without|on|ignoring|group_left|group_right|and|or|unless|bool|offset|inf|nan|e\d+)$/i;

/** The selectors of an expression. Throws when brackets or quotes are not balanced. */
export function selectorsOf(expression: string): Selector[] {
  assertBalanced(expression);
  // Labels in `by (…)` and `on (…)` are not metrics; neither are durations.
  const text = expression
    .replaceAll(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(/\boffset\s+\w+/g, ' ')
    .replaceAll(/\b\d[\w.]*/g, ' ');
  const found = text.matchAll(/([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(\(|\{[^}]*\})?/g);
  return Array.from(found).flatMap(([, name, next]) =>
    next === '(' || WORDS.test(name!) ? [] : [{ name: name!, matchers: matchersOf(next ?? '') }],
  );
}

/** The labels that an expression groups or joins by. */
export const groupedBy = (expression: string): string[] =>
  Array.from(expression.matchAll(/\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g), ([, labels]) =>
    labels!.split(',').map((label) => label.trim()),
  ).flat();

function matchersOf(braces: string): Selector['matchers'] {
  return Array.from(
    braces.matchAll(/([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g),
    ([, label, operator, value]) => ({
      label: label!,
      operator: operator!,
      value: value!,
    }),
  );
}

function assertBalanced(expression: string): void {
  const open: string[] = [];
  const closes: Record<string, string> = { ')': '(', ']': '[', '}': '{' };
  for (const letter of expression.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')) {
    assert.notEqual(letter, '"', `a quote is not closed: ${expression}`);
    if (Object.values(closes).includes(letter)) open.push(letter);
    if (letter in closes) assert.equal(open.pop(), closes[letter], `not balanced: ${expression}`);
  }
  assert.deepEqual(open, [], `not balanced: ${expression}`);
}
