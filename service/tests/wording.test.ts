// What is wrong with a text is told in the contract's words, never as a regular expression that the contract explains.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PATTERN_SAYS } from '@parlance/specs/patterns.ts';
import { inWords } from '../wording.ts';

test('every pattern of the contract has words, which stand in its place', () => {
  assert.ok(Object.keys(PATTERN_SAYS).length > 5);
  for (const [pattern, words] of Object.entries(PATTERN_SAYS)) {
    assert.match(words, /^must /);
    assert.equal(inWords(`must match pattern "${pattern}"`), words);
  }
});

test('what is not about a known pattern stays as it is', () => {
  for (const message of ['must be string', 'must match pattern "^b$"', 'must match format "date-time"']) {
    assert.equal(inWords(message), message);
  }
});
