import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { LIMITS } from '../../generated/limits.ts';
import { contentFault, countCharacters } from '../content.ts';

test('characters are code points: an emoji counts as one, a combined letter as its parts', () => {
  assert.equal(countCharacters(''), 0);
  assert.equal(countCharacters('tea'), 3);
  assert.equal('🫖'.length, 2);
  assert.equal(countCharacters('🫖'), 1);
  assert.equal(countCharacters('e\u0301'), 2);
});

test('contentFault accepts exactly the texts that the contract allows', async () => {
  const { components } = JSON.parse(await readFile(new URL('../../generated/openapi.json', import.meta.url), 'utf8'));
  const { 'x-pattern': pattern, minLength, maxLength } = components.schemas.Content;
  const legal = (text: string) =>
    new RegExp(pattern, 'u').test(text) && countCharacters(text) >= minLength && countCharacters(text) <= maxLength;
  const spaces = [' ', '\t', '\n', '\u00a0', '\u2028', '\u3000', '\ufeff', '\u200b', '\u202e', '\u0007', '\u00ad'];
  const odd = ['', '\0', '\ud800', '\udc00', '\ud83e\uded6', 'tea', '0', '🫖', '\u0301', '\ue000', '\uffff'];
  const long = [LIMITS.contentMax, LIMITS.contentMax + 1].map((n) => '🫖'.repeat(n));
  const parts = [...spaces, ...odd];
  const texts = [...long, ...parts.flatMap((a) => parts.map((b) => a + b))];
  for (const text of texts)
    assert.equal(contentFault(text) === undefined, legal(text), JSON.stringify(text.slice(0, 20)));
  const good = texts.filter(legal).length;
  assert.ok(good > 100 && texts.length - good > 100, `${good} of ${texts.length} texts are legal`);
});

test('the composer of the pages calls the same texts blank as the contract', async () => {
  const source = await readFile(new URL('../../../website/app/browser/text_field.ts', import.meta.url), 'utf8');
  const { components } = JSON.parse(await readFile(new URL('../../generated/openapi.json', import.meta.url), 'utf8'));
  const visible = /\[\^\\s[^\]]*\]/.exec(components.schemas.Content['x-pattern'])?.[0] ?? assert.fail('no rule');
  assert.ok(source.includes(`const VISIBLE = /${visible}/u;`), visible);
});
