// Finds the parts of the bundled documents that need validators and types: schemas, the socket's handshake, the answers
// that chat reads. Changes nothing.
import { followRef } from './bundle.ts';
import { isObject, type JsonObject } from './json.ts';
import type { Wanted } from './validators.ts';

/** components.schemas of a bundled document. */
export function schemasOf(document: JsonObject): JsonObject {
  const { components } = document;
  return isObject(components) && isObject(components.schemas) ? components.schemas : {};
}

/** HandshakeQuery, from the ws binding of a channel. (The headers get no validator: a request has many others.) */
export function handshakeSchemas(asyncapi: JsonObject): JsonObject {
  for (const channel of children(asyncapi.channels)) {
    const bindings = deref(asyncapi, channel.bindings);
    const ws = bindings && deref(asyncapi, bindings.ws);
    if (ws === undefined) continue;
    return isObject(ws.query) ? { HandshakeQuery: ws.query } : {};
  }
  return {};
}

/** The header and claims of tokens. No operation refers to these schemas. */
const TOKENS = ['RoomTokenHeader', 'RoomTokenClaims'];

/** Chat forwards events of any type and checks them against this schema. */
const EVENT = 'StoredEvent';

/** Messages between chat processes through a broker. No operation refers to these schemas either. */
const NEWS = ['RoomNews', 'ReplicaNews'];

/**
 * What validators.js exports: both frame unions, handshake query and room name, the answer of issueRoomToken, each
 * named schema in an answer of an internal operation, an event of any type, broker messages, token headers and claims.
 */
export function validatorsWanted(asyncapi: JsonObject, internal: JsonObject): Wanted[] {
  const frames = ['ClientFrame', 'ServerFrame', ...Object.keys(handshakeSchemas(asyncapi))];
  return [
    ...frames.map((name) => ({ name, schema: name, source: 'frames', types: 'frames.ts' })),
    ...['RoomName', 'RoomToken'].map((name) => ({ name, schema: name, source: 'http', types: 'http.ts' })),
    ...[...answersOf(internal), EVENT, ...NEWS, ...TOKENS].map((name) => ({
      name,
      schema: name,
      source: name === 'Problem' ? 'internal' : 'answers',
      types: 'internal.ts',
    })),
  ];
}

function answersOf(internal: JsonObject): string[] {
  const names = new Set<string>();
  for (const path of children(internal.paths)) {
    for (const operation of children(path)) {
      for (const declared of children(operation.responses)) {
        const response = deref(internal, declared) ?? {};
        for (const media of children(response.content)) {
          const ref = isObject(media.schema) ? media.schema.$ref : undefined;
          if (typeof ref === 'string') names.add(ref.replace('#/components/schemas/', ''));
        }
      }
    }
  }
  return [...names].sort();
}

function children(node: unknown): JsonObject[] {
  return isObject(node as JsonObject) ? Object.values(node as JsonObject).filter(isObject) : [];
}

function deref(document: JsonObject, node: unknown): JsonObject | undefined {
  let value = node as JsonObject | undefined;
  while (isObject(value) && typeof value.$ref === 'string')
    value = followRef(document, value.$ref) as JsonObject | undefined;
  return isObject(value) ? value : undefined;
}
