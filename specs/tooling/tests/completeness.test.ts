// Every part of the contract has a description and an example.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { documents } from '../gates/examples.ts';
import { gapsIn } from '../gates/gaps.ts';
import { bundle } from '../generate/bundle.ts';
import type { JsonObject } from '../generate/json.ts';

const specs = fileURLToPath(new URL('../..', import.meta.url));

for (const name of documents) {
  test(`every schema, operation, parameter, answer and message of ${name} has a description and an example`, () => {
    assert.deepEqual(gapsIn(bundle(specs, name)), []);
  });
}

test('a removed description or example is reported, wherever it was', () => {
  const takeAway: [string, (document: JsonObject) => void, string][] = [
    ['openapi.yaml', at('/paths/~1api~1rooms/get', 'description'), '/paths/~1api~1rooms/get: no description'],
    ['openapi.yaml', at('/components/parameters/Limit', 'example'), '/components/parameters/Limit: no example'],
    ['openapi.yaml', at('/components/schemas/Room', 'examples'), '/components/schemas/Room: no example'],
    [
      'openapi.yaml',
      at('/components/schemas/Room/properties/owner', 'description'),
      '/components/schemas/Room/properties/owner: no description',
    ],
    [
      'openapi.yaml',
      at('/components/responses/NotFound', 'description'),
      '/components/responses/NotFound: no description',
    ],
    [
      'asyncapi.yaml',
      at('/components/messages/TypingStart', 'examples'),
      '/components/messages/TypingStart: no example',
    ],
    ['asyncapi.yaml', at('/operations/deliver', 'description'), '/operations/deliver: no description'],
  ];
  for (const [name, betray, gap] of takeAway) {
    const document = bundle(specs, name);
    betray(document);
    assert.ok(gapsIn(document).includes(gap), gap);
  }
});

function at(pointer: string, word: string): (document: JsonObject) => void {
  return (document) => {
    const node = pointer
      .split('/')
      .slice(1)
      .reduce((value, key) => value[key.replaceAll('~1', '/')] as JsonObject, document);
    assert.ok(word in node, `${pointer} has ${word} at first`);
    delete node[word];
  };
}
