// Published sentences are promises: the words that a reader relies on stand where they stood, and each has a test that keeps
// it. A sentence without a promise of the ledger fails, so that new words get a test. Whether the test keeps the promise is
// for people to judge; that it fails without it is shown by the mutants.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import asyncapi from '@parlance/specs/asyncapi.json' with { type: 'json' };
import openapi from '@parlance/specs/openapi.json' with { type: 'json' };
import { PAGES } from '@parlance/website/docs/pages.ts';
import { OF_GUIDES } from './promises/guides.ts';
import { OF_OPERATIONS } from './promises/operations.ts';
import { OF_PARTS } from './promises/parts.ts';
import { type Kept, type Promises, plain, sentencesOf } from './promises/promise.ts';
import { OF_SCHEMAS, OF_SOCKET } from './promises/socket.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

const OPERATIONS = Object.fromEntries(
  Object.values(openapi.paths)
    .flatMap((item) => Object.values(item as Record<string, { operationId: string; description: string }>))
    .map(({ operationId, description }) => [operationId, description]),
);
const { messages, schemas } = asyncapi.components;
const MESSAGES = Object.fromEntries(Object.entries(messages).map(([name, { description }]) => [name, description]));
const SOCKET = { ...MESSAGES, info: asyncapi.info.description } as Record<string, string>;
const described = { ...schemas, ...openapi.components.schemas } as Record<string, object>;

const { room } = asyncapi.channels;
const { parameters, headers, responses, securitySchemes } = openapi.components;
const PARTS: Record<string, object> = {
  ...{
    parameters,
    headers,
    responses,
    securitySchemes,
    handshake: room['x-handshake'],
    operations: asyncapi.operations,
  },
  ...{ query: room.bindings.ws.query.properties, upgrade: room.bindings.ws.headers.properties },
  limits: openapi.components.schemas.Limits.properties,
};
const textsIn = (part: object | undefined) => JSON.stringify(part ?? {}).replaceAll('\\"', '"');

/** The texts of a part of the contract, by its path. */
function partAt(place: string): string {
  const [group, name] = place.split('/') as [string, string];
  return textsIn((PARTS[group] as Record<string, object>)[name]);
}

/** The guides in one text, without their code, so that a sentence can move to another page. */
const GUIDES = [...new Set(PAGES.map(({ source }) => source))]
  .filter((source) => source.startsWith('pages/'))
  .map((source) => read(`website/app/docs/${source}`).replaceAll(/^ *```[\s\S]*?^ *```$/gm, ''))
  .join('\n');

function assertKept(place: string, text: string, kept: readonly Kept[]): void {
  const said = plain(text);
  for (const [words, file, name] of kept) {
    assert.ok(said.includes(words), `${place} does not say "${words}" any more: ${said}`);
    assert.match(read(file), new RegExp(name), `${place}: "${words}" has no test`);
  }
}

/** Every sentence has a promise. */
function assertWhole(texts: Record<string, string>, promises: Promises): void {
  for (const [place, text] of Object.entries(texts)) {
    const kept = promises[place] ?? [];
    for (const sentence of sentencesOf(text)) {
      assert.ok(
        kept.some(([words]) => sentence.includes(words)),
        `${place}: no test keeps "${sentence}"`,
      );
    }
  }
}

test('each promise of an operation stands in its description and has a test, and no sentence is without', () => {
  for (const [id, kept] of Object.entries(OF_OPERATIONS)) assertKept(id, OPERATIONS[id] ?? '', kept);
  assertWhole(OPERATIONS, OF_OPERATIONS);
});

test('each promise of the socket stands in the contract and has a test, and no message is without', () => {
  for (const [place, kept] of Object.entries(OF_SOCKET)) assertKept(place, SOCKET[place] ?? '', kept);
  assertWhole(MESSAGES as Record<string, string>, OF_SOCKET);
});

test('each promise of a schema stands in its descriptions and has a test', () => {
  for (const [name, kept] of Object.entries(OF_SCHEMAS)) assertKept(name, textsIn(described[name]), kept);
});

test('each promise of a parameter, header, answer, limit and of the upgrade stands in its description and has a test', () => {
  for (const [place, kept] of Object.entries(OF_PARTS)) assertKept(place, partAt(place), kept);
});

test('each promise of the guides stands in one of them and has a test', () => {
  for (const [subject, kept] of Object.entries(OF_GUIDES)) assertKept(subject, GUIDES, kept);
});

test('words that change, and a sentence that is new, are noticed', () => {
  const [[words, file, name]] = OF_OPERATIONS.resetPassword as [Kept];
  const text = OPERATIONS.resetPassword!;
  assert.throws(() => assertKept('x', text.replace(words, 'for any account'), [[words, file, name]]), /any more/);
  assert.throws(() => assertKept('x', text, [[words, file, 'no such test']]), /has no test/);
  const more = { resetPassword: `${text} Starts a session.` };
  assert.throws(() => assertWhole(more, OF_OPERATIONS), /no test keeps "Starts a session\."/);
});
