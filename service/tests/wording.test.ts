// Validation messages use the contract's texts instead of regular expressions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PATTERN_SAYS } from '@parlance/specs/patterns.ts';
import { inWords } from '../wording.ts';

test('every pattern of the contract has a text that replaces it', () => {
  assert.ok(Object.keys(PATTERN_SAYS).length > 5);
  for (const [pattern, words] of Object.entries(PATTERN_SAYS)) {
    assert.match(words, /^must /);
    assert.equal(inWords(`must match pattern "${pattern}"`), words);
  }
});

test('a message without a known pattern is not changed', () => {
  for (const message of ['must be string', 'must match pattern "^b$"', 'must match format "date-time"']) {
    assert.equal(inWords(message), message);
  }
});
