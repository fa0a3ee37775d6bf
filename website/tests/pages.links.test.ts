// The end of an address in a message, and that finding addresses takes linear time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressesIn } from '../app/browser/links.ts';

const found = (text: string) => [...addressesIn(text)].map(({ address }) => address);

/** Reference: strips punctuation, then an unopened closing bracket, and repeats. Quadratic, so not used on the page. */
function strippedStepByStep(address: string): string {
  const trimmed = address.replace(/[.,:;!?…'"*_~]+$/u, '');
  const last = trimmed.at(-1)!;
  const open = { ')': '(', ']': '[', '}': '{' }[last];
  if (!open || trimmed.split(open).length >= trimmed.split(last).length) return trimmed;
  return strippedStepByStep(trimmed.slice(0, -1));
}

test('an address excludes trailing punctuation and unopened brackets', () => {
  const text = 'See (http://a.example/x_(y)), www.b.example/[1]]! and https://c.example/?q={}...';
  assert.deepEqual(found(text), ['http://a.example/x_(y)', 'www.b.example/[1]', 'https://c.example/?q={}']);
  assert.deepEqual(found('http://)))... www.... ftp://x.example x@www.example.org'), []);
});

test('every ending of up to six characters is stripped as by the reference', () => {
  const signs = ['.', '(', ')', '[', ']', 'x'];
  let endings = [''];
  for (let length = 1; length <= 6; length++) {
    endings = endings.flatMap((ending) => signs.map((sign) => ending + sign));
    for (const ending of endings) {
      const address = `http://x.example/${ending}`;
      assert.deepEqual(found(address), [strippedStepByStep(address)]);
    }
  }
});

test('finding addresses takes linear time, whatever their ending', () => {
  const shapes: ((length: number) => string)[] = [
    (length) => `http://x${'.'.repeat(length / 2)}${')'.repeat(length / 2)}`,
    (length) => `http://x/${').'.repeat(length / 2)}`,
    (length) => `http://x/${')]}.'.repeat(length / 4)}`,
    (length) => `http://x/${'('.repeat(length / 2)}${')'.repeat(length / 2)}`,
    (length) => `http://x/${'.'.repeat(length)}x`,
    (length) => 'www.'.repeat(length / 4),
    (length) => 'http://'.repeat(length / 7),
    (length) => 'http:// '.repeat(length / 8),
    (length) => 'http://x)). '.repeat(length / 12),
  ];
  for (const shape of shapes) {
    // At 512,000 characters a linear scan takes a tenth of the limit; a quadratic one exceeds it at fewer.
    for (let length = 4_000; length <= 512_000; length *= 2) {
      const text = shape(length);
      const began = performance.now();
      found(text);
      const ms = performance.now() - began;
      assert.ok(ms < 2_000, `${Math.round(ms)} ms for ${length} characters of ${text.slice(0, 20)}`);
    }
  }
});
