// Where an address in a message ends, and that finding it takes time linear in the length of the message.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressesIn } from '../app/browser/links.ts';

const found = (text: string) => [...addressesIn(text)].map(({ address }) => address);

/** The definition: strip punctuation, then a closing bracket without its opening one, and again. Too slow to ship. */
function strippedStepByStep(address: string): string {
  const trimmed = address.replace(/[.,:;!?…'"*_~]+$/u, '');
  const last = trimmed.at(-1)!;
  const open = { ')': '(', ']': '[', '}': '{' }[last];
  if (!open || trimmed.split(open).length >= trimmed.split(last).length) return trimmed;
  return strippedStepByStep(trimmed.slice(0, -1));
}

test('an address ends before the punctuation and the brackets of the sentence around it', () => {
  const text = 'See (http://a.example/x_(y)), www.b.example/[1]]! and https://c.example/?q={}...';
  assert.deepEqual(found(text), ['http://a.example/x_(y)', 'www.b.example/[1]', 'https://c.example/?q={}']);
  assert.deepEqual(found('http://)))... www.... ftp://x.example x@www.example.org'), []);
});

test('every ending of up to six signs is stripped as the definition says', () => {
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

test('finding addresses takes linear time, whatever stands at their end', () => {
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
    // A quadratic scan exceeds the limit on the way up to 512,000 characters, a linear one takes a tenth of it there.
    for (let length = 4_000; length <= 512_000; length *= 2) {
      const text = shape(length);
      const began = performance.now();
      found(text);
      const ms = performance.now() - began;
      assert.ok(ms < 2_000, `${Math.round(ms)} ms for ${length} characters of ${text.slice(0, 20)}`);
    }
  }
});
