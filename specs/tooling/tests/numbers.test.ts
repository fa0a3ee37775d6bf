// A limit in a published description is filled in from limits.yaml: no source states its value a second time.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CLOSE_CODES } from '../../generated/close_codes.ts';
import { LIMITS } from '../../generated/limits.ts';
import { PROBLEMS } from '../../generated/problems.ts';
import { bundle } from '../generate/bundle.ts';
import { type Json, readYaml } from '../generate/json.ts';

const SPECS = join(import.meta.dirname, '../..');
const SOURCES = [
  ...['openapi.yaml', 'openapi.internal.yaml', 'asyncapi.yaml'],
  ...readdirSync(join(SPECS, 'schemas')).map((name) => `schemas/${name}`),
];

/** Numbers that equal a limit by chance, with the words beside them. Reviewed: none of them is a limit. */
const NO_LIMIT = [
  '1, 2, 3 …', // the first numbers of a log
  'every 3 s while the user is typing', // advice, shorter than typingSeconds
  'more than 1,000 sockets', // when the server merges changes of presence
  '256 bits', // the length of a secret
  '64 KiB', // bodyMax, in another unit
];

/** The descriptions and summaries in a document. */
function texts(node: Json): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    (key === 'description' || key === 'summary') && typeof value === 'string' ? [value] : texts(value),
  );
}

/** The numbers in a text that equal a limit and are neither a standard, a status, a close code nor reviewed. */
function limitsIn(text: string): string[] {
  const values = new Set<number>(Object.values(LIMITS));
  const codes = new Set([
    200,
    ...Object.values(PROBLEMS).map(({ status }) => status),
    ...Object.keys(CLOSE_CODES).map(Number),
  ]);
  const rest = NO_LIMIT.reduce((words, known) => words.replaceAll(known, ''), text);
  const numbers = rest.matchAll(/(?<!RFC |UTS |[\w./+^§-])\d+(?:,\d{3})*(?![\w.]\d|\w)/g);
  return Array.from(numbers, ([number]) => number).filter((number) => {
    const value = Number(number.replaceAll(',', ''));
    return value > 2 && values.has(value) && !codes.has(Number(number) as never); // a code has no comma
  });
}

test('no description states the value of a limit', () => {
  const found = SOURCES.flatMap((source) =>
    texts(readYaml(join(SPECS, source))).flatMap((text) =>
      limitsIn(text).map((number) => `${source}: ${number} in ${text}`),
    ),
  );
  assert.deepEqual(found, [], 'write {limits.name} instead');
});

test('published descriptions have the values', () => {
  const published = JSON.stringify([bundle(SPECS, 'openapi.yaml'), bundle(SPECS, 'asyncapi.yaml')]);
  assert.doesNotMatch(published, /\{limits\./);
  const { schemas } = bundle(SPECS, 'openapi.yaml').components as { schemas: Record<string, { description: string }> };
  assert.ok(schemas.Content!.description.includes(`1 to ${LIMITS.contentMax.toLocaleString('en')} characters`));
});
