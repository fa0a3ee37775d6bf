// The table of internal operations for the website's router, and the features of a contract that it does not support.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import contract from '@parlance/specs/internal.json' with { type: 'json' };
import { INTERNAL_OPERATIONS } from '@parlance/specs/internal_operations.ts';
import { bundle } from '../generate/bundle.ts';
import type { JsonObject } from '../generate/json.ts';
import { operationsOf } from '../generate/operations.ts';

const specs = fileURLToPath(new URL('../..', import.meta.url));
const roomId = '0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10';

test('each operation of the contract is in the table, under its method and path', () => {
  const declared = Object.entries(contract.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { operationId }]) => `${operationId} ${method.toUpperCase()} /internal${path}`),
  );
  const listed = Object.entries(INTERNAL_OPERATIONS).map(([id, { method, path }]) => `${id} ${method} ${path}`);
  assert.ok(declared.length > 5);
  assert.deepEqual(listed.toSorted(), declared.toSorted());
});

test('a request is validated as a whole, and its error has the pointer of the contract', () => {
  const { request } = INTERNAL_OPERATIONS.readEvents;
  const right = { path: { roomId }, query: { after: 0, limit: 1 } };
  assert.ok(request(right));
  for (const [wrong, pointer] of [
    [{ ...right, path: { roomId: 'x' } }, '/path/roomId'],
    [{ ...right, query: { after: '0', limit: 1 } }, '/query/after'],
    [{ ...right, query: { after: 2 ** 53, limit: 1 } }, '/query/after'],
    [{ ...right, query: { after: 0 } }, '/query'],
    [{ ...right, query: { after: 0, limit: 1, more: 1 } }, '/query'],
  ] as const) {
    assert.ok(!request(wrong), pointer);
    assert.equal(request.errors?.[0]?.instancePath, pointer);
  }
  const bodies = INTERNAL_OPERATIONS.compareRooms.request;
  const asks = (body?: object) => bodies({ path: {}, query: {}, body });
  assert.ok(asks({ rooms: [] }));
  assert.ok(!asks() && !asks({ rooms: [], more: 1 }));
});

test('an answer has only properties of the contract, except events, which can be of a later version', () => {
  const room = { roomId, room: 'Tea room', lastSeq: 42 };
  assert.ok(INTERNAL_OPERATIONS.openRoom.answer(room));
  assert.ok(!INTERNAL_OPERATIONS.openRoom.answer({ ...room, owner: 'ann' }));
  const event = { type: 'later', seq: 1, roomId, room: 'x', username: 'ann', timestamp: '2026-11-21T09:30:00.000Z' };
  assert.ok(INTERNAL_OPERATIONS.readEvents.answer({ roomId, events: [{ ...event, more: 1 }], hasMore: false }));
});

test('the generator fails on features that the router does not support', () => {
  const operation = (document: JsonObject, path: string, method: string) =>
    ((document.paths as JsonObject)[path] as JsonObject)[method] as JsonObject;
  const betrayals: [RegExp, (document: JsonObject) => void][] = [
    [
      /getJwks: .* parameters in headers/,
      (document) => {
        operation(document, '/jwks', 'get').parameters = [{ in: 'header', name: 'x', schema: { type: 'string' } }];
      },
    ],
    [
      /getJwks: .* query parameters of type array/,
      (document) => {
        operation(document, '/jwks', 'get').parameters = [{ in: 'query', name: 'x', schema: { type: 'array' } }];
      },
    ],
    [
      /getChanges: .* bodies other than application\/json/,
      (document) => {
        operation(document, '/changes', 'post').requestBody = { content: { 'text/plain': {} } };
      },
    ],
    [
      /getJwks: .* answers other than/,
      (document) => {
        const { responses } = operation(document, '/jwks', 'get') as { responses: JsonObject };
        responses['204'] = { description: 'Nothing.' };
      },
    ],
  ];
  for (const [says, betray] of betrayals) {
    const document = bundle(specs, 'openapi.internal.yaml');
    operationsOf(document);
    betray(document);
    assert.throws(() => operationsOf(document), says);
  }
});
