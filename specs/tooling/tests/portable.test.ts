// What is published can be used in every language and by clients of earlier versions; what is enforced is no weaker for it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { unportable } from '../gates/portable.ts';
import { schemasIn } from '../gates/walk.ts';
import { bundle } from '../generate/bundle.ts';
import { closed } from '../generate/close.ts';
import type { JsonObject } from '../generate/json.ts';
import { patternsTable } from '../generate/tables.ts';
import { isPortable } from '../generate/words.ts';

const specs = fileURLToPath(new URL('../..', import.meta.url));
const published = ['openapi.yaml', 'asyncapi.yaml'];

for (const name of published) {
  test(`${name} has no pattern that another language refuses, and no enum that could not grow`, () => {
    assert.deepEqual(unportable(bundle(specs, name)), []);
  });

  test(`what the services enforce of ${name} has each of its patterns and codes in the strict words`, () => {
    const word = (document: JsonObject, key: string) => schemasIn(document).map(({ node }) => node[key]);
    const [open, strict] = [bundle(specs, name), closed(bundle(specs, name))];
    for (const [loose, binding] of [
      ['x-pattern', 'pattern'],
      ['x-extensible-enum', 'enum'],
    ] as const) {
      const wanted = word(open, loose).filter((one) => one !== undefined);
      assert.ok(wanted.length > 0, `${loose} is used`);
      for (const one of wanted) assert.ok(word(strict, binding).some((found) => `${found}` === `${one}`));
      assert.ok(word(strict, loose).every((one) => one === undefined));
    }
  });
}

test('the files that are served say what was written', () => {
  for (const name of published) {
    const file = `${specs}generated/${name.replace('yaml', 'json')}`;
    assert.deepEqual(unportable(JSON.parse(readFileSync(file, 'utf8'))), []);
  }
});

test('classes of Unicode, look-around, references and classes that differ are not portable; the rest is', () => {
  for (const pattern of ['\\p{L}', '^(?=a)', '(?<!a)', '(?<a>b)\\k<a>', '(a)\\1', '\\u0000', '\\d', '\\s', '\\b']) {
    assert.ok(!isPortable(pattern), pattern);
  }
  for (const pattern of ['^[A-Za-z0-9_.-]+$', '^[^\\x00]*$', '(?:a|b){1,3}', '\\\\\\.\\n']) {
    assert.ok(isPortable(pattern), pattern);
  }
});

test('a pattern under the wrong name, without words, or an enum is named', () => {
  const document = (schema: JsonObject): JsonObject => ({ components: { schemas: { Text: schema } } });
  for (const [schema, said] of [
    [{ pattern: '^\\p{L}$' }, /is not a pattern everywhere: call it x-pattern/],
    [{ 'x-pattern': '^a$', 'x-pattern-says': 'must be a' }, /is a pattern everywhere: call it so/],
    [{ 'x-pattern': '^\\p{L}$' }, /needs x-pattern-says/],
    [{ pattern: '^a', 'x-pattern': '^\\p{L}$', 'x-pattern-says': 'must be a' }, /one would be lost/],
    [{ items: { enum: ['a'] } }, /Text\/items: an enum is closed for ever/],
  ] as const) {
    assert.match(unportable(document(schema as JsonObject)).join('\n'), said);
  }
});

test('one pattern has the same words everywhere, or the generator stops', () => {
  const text = (words: string): JsonObject => ({ pattern: '^a$', 'x-pattern-says': words });
  assert.match(patternsTable([text('must be a')]), /"\^a\$": "must be a"/);
  assert.throws(() => patternsTable([text('must be a'), text('must be the letter a')]), /\^a\$ has different words/);
});
