// The published form is portable to other languages and earlier clients, and the enforced form is as strict.
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
  test(`${name} has only portable patterns, and no enum`, () => {
    assert.deepEqual(unportable(bundle(specs, name)), []);
  });

  test(`the enforced form of ${name} has each pattern and code as a strict keyword`, () => {
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

test('the served files are portable too', () => {
  for (const name of published) {
    const file = `${specs}generated/${name.replace('yaml', 'json')}`;
    assert.deepEqual(unportable(JSON.parse(readFileSync(file, 'utf8'))), []);
  }
});

test('Unicode classes, look-around, back-references and classes that differ are not portable', () => {
  for (const pattern of ['\\p{L}', '^(?=a)', '(?<!a)', '(?<a>b)\\k<a>', '(a)\\1', '\\u0000', '\\d', '\\s', '\\b']) {
    assert.ok(!isPortable(pattern), pattern);
  }
  for (const pattern of ['^[A-Za-z0-9_.-]+$', '^[^\\x00]*$', '(?:a|b){1,3}', '\\\\\\.\\n']) {
    assert.ok(isPortable(pattern), pattern);
  }
});

test('a pattern under the wrong keyword, an x-pattern without a message, and an enum are reported', () => {
  const document = (schema: JsonObject): JsonObject => ({ components: { schemas: { Text: schema } } });
  for (const [schema, said] of [
    [{ pattern: '^\\p{L}$' }, /is not portable: use x-pattern/],
    [{ 'x-pattern': '^a$', 'x-pattern-says': 'must be a' }, /is portable: use pattern/],
    [{ 'x-pattern': '^\\p{L}$' }, /needs x-pattern-says/],
    [{ pattern: '^a', 'x-pattern': '^\\p{L}$', 'x-pattern-says': 'must be a' }, /one would be lost/],
    [{ items: { enum: ['a'] } }, /Text\/items: an enum cannot be extended later/],
  ] as const) {
    assert.match(unportable(document(schema as JsonObject)).join('\n'), said);
  }
});

test('the generator fails if one pattern has two messages', () => {
  const text = (words: string): JsonObject => ({ pattern: '^a$', 'x-pattern-says': words });
  assert.match(patternsTable([text('must be a')]), /"\^a\$": "must be a"/);
  assert.throws(() => patternsTable([text('must be a'), text('must be the letter a')]), /\^a\$ has different messages/);
});
