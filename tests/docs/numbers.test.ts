// Every number in the published words is the one that the server runs with: in the contract's descriptions, titles and
// advice, and in the guides. A number that is new or changed fails here until it is compared with the code.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CLOSE_CODES } from '@parlance/specs/close_codes.ts';
import { PROBLEMS } from '@parlance/specs/problems.ts';
import { LONGER, NORMAL } from '../../specs/client/backoff.ts';
import { type Numbers, numbersIn, numbersOfContract, numbersOfPages } from './numbers/find.ts';
import { OF_CONTRACT } from './numbers/of_contract.ts';
import { NOT_OF_THE_SERVER, OF_PAGES } from './numbers/of_pages.ts';

/** A failure shows the places that differ. */
function assertSame(written: Numbers, real: Numbers): void {
  assert.ok(Object.keys(written).length > 20, 'the premise: there are numbers');
  const differs = (place: string) => `${written[place]}` !== `${real[place]}`;
  const of = (numbers: Numbers) =>
    Object.fromEntries(
      Object.entries(numbers)
        .filter(([place]) => differs(place))
        .sort(),
    );
  assert.deepEqual(of(written), of(real));
}

test('every number in the words of the contract is the one of the server', () => {
  assertSame(numbersOfContract(), OF_CONTRACT);
});

test('every number in the guides is the one of the server or of the client', () => {
  const written = Object.entries(numbersOfPages()).filter(
    ([place]) => !NOT_OF_THE_SERVER.some((start) => place.startsWith(start)),
  );
  assertSame(Object.fromEntries(written), OF_PAGES);
});

test('the bots without the client wait as the guide says, and longer after the same codes', () => {
  const source = readFileSync(new URL('../../website/app/docs/pages/quickstart.md', import.meta.url), 'utf8');
  const full = Object.entries(CLOSE_CODES).flatMap(([code, row]) =>
    'backoff' in row && row.backoff === 'longer' ? [Number(code)] : [],
  );
  const inJavaScript = /\[([\d, ]+)\]\.includes\(code\) \? \[([\d_]+), ([\d_]+)\] : \[([\d_]+), ([\d_]+)\]/.exec(
    source,
  );
  const inPython = /\(([\d.]+), ([\d.]+)\) if code in \(([\d, ]+)\) else \(([\d.]+), ([\d.]+)\)/.exec(source);
  const [, codes, ...ms] = inJavaScript ?? assert.fail('no wait in JavaScript');
  const [, base, cap, codesToo, ...rest] = inPython ?? assert.fail('no wait in Python');
  const waits = [LONGER.baseMs, LONGER.capMs, NORMAL.baseMs, NORMAL.capMs];
  assert.deepEqual(
    ms.map((text) => Number(text.replaceAll('_', ''))),
    waits,
  );
  assert.deepEqual(
    [base, cap, ...rest].map((text) => Number(text) * 1_000),
    waits,
  );
  const listed = (text = '') => text.split(', ').map(Number);
  assert.deepEqual(listed(codes), full);
  assert.deepEqual(listed(codesToo), [PROBLEMS.too_many_requests.status, PROBLEMS.unavailable.status, ...full]);
});

test('numbers are found with their units, in digits and in words; names of standards are none', () => {
  for (const [text, numbers] of [
    ['Wait 0.25 s, at most 15 s.', ['0.25 s', '15 s']],
    ['Within an hour, or a day (RFC 9110).', ['an hour', 'a day']],
    ['At most 4,000 characters, 64 KiB, 2^53 - 1.', ['4,000', '64 KiB', '2^53', '1']],
    ['UTF-8 over HTTP/1.1 without U+0000', []],
    ['closed with 4502.', ['4502']],
  ] as const) {
    assert.deepEqual(numbersIn(text), numbers, text);
  }
});
