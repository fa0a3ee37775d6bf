// Changes of a published contract for the tests of the breaking-change gate: breaking ones and harmless ones.
import assert from 'node:assert/strict';
import { atPointer, type Json, type JsonObject } from '../generate/json.ts';

/** Changes a published document in place. Asserts that the changed part exists. */
export type Edit = (document: JsonObject) => void;

/** The pointer of a named schema. */
export function schema(name: string): string {
  return `/components/schemas/${name}`;
}

/** Sets a key of the object at a pointer. */
export function set(pointer: string, key: string, value: Json): Edit {
  return (document) => {
    node(document, pointer)[key] = value;
  };
}

/** Removes a key of the object, or an item of the array, at a pointer. */
export function remove(pointer: string, key: string): Edit {
  return (document) => {
    const parent = node(document, pointer);
    assert.ok(key in parent, `${pointer}/${key} is there`);
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete parent[key];
  };
}

/** Several changes, one after the other. */
export function all(...edits: Edit[]): Edit {
  return (document) => {
    for (const edit of edits) edit(document);
  };
}

function add(pointer: string, value: Json): Edit {
  return (document) => set(pointer, String(Object.keys(node(document, pointer)).length), value)(document);
}

function copy(from: string, pointer: string, key: string): Edit {
  return (document) => set(pointer, key, node(document, from))(document);
}

function node(document: JsonObject, pointer: string): JsonObject {
  const found = atPointer(document, pointer);
  assert.ok(typeof found === 'object' && found !== null, `${pointer} is there`);
  return found as JsonObject;
}

/** Changes that break a released client: which document, and how. */
export const breaking: Record<string, [string, Edit]> = {
  'an operation is gone': ['openapi', remove('/paths/~1api~1rooms', 'post')],
  'a request needs another property': [
    'openapi',
    all(
      set(`${schema('NewRoom')}/properties`, 'topic', { type: 'string' }),
      add(`${schema('NewRoom')}/required`, 'topic'),
    ),
  ],
  'a closed request no longer accepts a property': ['openapi', remove(`${schema('NewUser')}/properties`, 'username')],
  'a request accepts less text': ['openapi', set(schema('Content'), 'maxLength', 3000)],
  'an x-pattern changes': ['openapi', set(schema('Content'), 'x-pattern', '^\\S*$')],
  'a pattern is added': ['openapi', set(schema('Content'), 'pattern', '^[a-z]*$')],
  'an x-pattern of a frame changes': ['asyncapi', set(schema('Content'), 'x-pattern', '^\\S*$')],
  'a parameter is required': ['openapi', set('/components/parameters/Query', 'required', true)],
  'a parameter has another name': ['openapi', set('/components/parameters/Query', 'name', 'q')],
  'the maximum page size is smaller': ['openapi', set('/components/parameters/Limit/schema', 'maximum', 50)],
  'an answer lacks a required property': [
    'openapi',
    all(remove(`${schema('Room')}/properties`, 'owner'), remove(`${schema('Room')}/required`, '2')),
  ],
  'an answer lacks an optional property': ['openapi', remove(`${schema('RoomList')}/properties`, 'nextCursor')],
  'an answer no longer promises a property': ['openapi', remove(`${schema('Room')}/required`, '2')],
  'an answer has another type': ['openapi', set(`${schema('Message')}/properties/room`, 'type', 'integer')],
  'an operation requires a session': ['openapi', set('/paths/~1api~1users/post', 'security', [{ session: [] }])],
  'an operation no longer accepts the bearer token': [
    'openapi',
    set('/paths/~1api~1rooms/get', 'security', [{ session: [] }]),
  ],
  'a success has another status': [
    'openapi',
    all(
      copy('/paths/~1api~1rooms/post/responses/201', '/paths/~1api~1rooms/post/responses', '200'),
      remove('/paths/~1api~1rooms/post/responses', '201'),
    ),
  ],
  'the server no longer accepts a frame': ['asyncapi', remove(`${schema('ClientFrame')}/oneOf`, '1')],
  'the server no longer sends a frame': ['asyncapi', remove(`${schema('ServerFrame')}/oneOf`, '4')],
  'a frame has another type': ['asyncapi', set(`${schema('TypingStart')}/properties/type`, 'const', 'typing')],
  'a frame from the client needs more': [
    'asyncapi',
    all(
      set(`${schema('TypingStart')}/properties`, 'since', { type: 'string' }),
      add(`${schema('TypingStart')}/required`, 'since'),
    ),
  ],
  'a frame from the server lacks a property': [
    'asyncapi',
    remove(`${schema('ErrorFrame')}/properties`, 'retryAfterMs'),
  ],
  'an event can have neither content nor supersededBy': [
    'asyncapi',
    remove(schema('MessageCreated'), 'x-exactly-one-of'),
  ],
  'an event lacks a property': ['asyncapi', remove(`${schema('LogEvent')}/properties`, 'seq')],
  'a frame from the server has another type of a property': [
    'asyncapi',
    set(`${schema('RoomJoined')}/properties/resumed`, 'type', 'string'),
  ],
  'the upgrade no longer accepts a parameter': [
    'asyncapi',
    remove('/channels/room/bindings/ws/query/properties', 'roomId'),
  ],
};

/** Changes that break no client. */
export const harmless: Record<string, [string, Edit]> = {
  'another description and another example': [
    'openapi',
    all(
      set(schema('Room'), 'description', 'A place.'),
      set(schema('Content'), 'examples', ['Yes.']),
      set('/info', 'version', '9.9.9'),
    ),
  ],
  'another code of an error frame': ['asyncapi', add(`${schema('SocketErrorCode')}/x-extensible-enum`, 'teapot')],
  'a description beside a reference': [
    'openapi',
    set(`${schema('MessagePage')}/properties/roomId`, 'description', 'The id of the room.'),
  ],
  'an integer without its size': ['openapi', remove(schema('Seq'), 'format')],
  'another operation': ['openapi', copy('/paths/~1healthz', '/paths', '/api/more')],
  'another property of an answer': ['openapi', set(`${schema('Room')}/properties`, 'topic', { type: 'string' })],
  'an optional property of a request': ['openapi', set(`${schema('NewRoom')}/properties`, 'topic', { type: 'string' })],
  'a longer text in a request': ['openapi', set(schema('Content'), 'maxLength', 5000)],
  'another error code': ['openapi', add(`${schema('ProblemCode')}/x-extensible-enum`, 'teapot')],
  'an operation that requires less security': ['openapi', set('/paths/~1api~1rooms/get', 'security', [])],
  'another frame from the server': [
    'asyncapi',
    all(
      set('/components/schemas', 'RoomRenamed', {
        type: 'object',
        required: ['type'],
        properties: { type: { type: 'string', const: 'room.renamed' } },
      }),
      add(`${schema('ServerFrame')}/oneOf`, { $ref: '#/components/schemas/RoomRenamed' }),
    ),
  ],
  'another property of a frame from the server': [
    'asyncapi',
    set(`${schema('RoomJoined')}/properties`, 'topic', { type: 'string' }),
  ],
  'a renamed schema': [
    'asyncapi',
    all(
      copy(schema('TypingStart'), '/components/schemas', 'Renamed'),
      set(`${schema('ClientFrame')}/oneOf/1`, '$ref', '#/components/schemas/Renamed'),
      remove('/components/schemas', 'TypingStart'),
    ),
  ],
};
