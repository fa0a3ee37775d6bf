// Finds in the bundled documents what the generator makes validators and types of: schemas, the socket's handshake,
// the answers that chat reads. Only looks; changes nothing.
import { followRef } from './bundle.ts';
import { isObject, type JsonObject } from './json.ts';
import type { Wanted } from './validators.ts';

/** components.schemas of a bundled document. */
export function schemasOf(document: JsonObject): JsonObject {
  const { components } = document;
  return isObject(components) && isObject(components.schemas) ? components.schemas : {};
}

/** HandshakeQuery, from the ws binding of a channel. (A schema of headers says nothing about the many others a request has.) */
export function handshakeSchemas(asyncapi: JsonObject): JsonObject {
  for (const channel of children(asyncapi.channels)) {
    const bindings = deref(asyncapi, channel.bindings);
    const ws = bindings && deref(asyncapi, bindings.ws);
    if (ws === undefined) continue;
    return isObject(ws.query) ? { HandshakeQuery: ws.query } : {};
  }
  return {};
}

/** Tokens that cross a wire without an operation that names their insides. */
const TOKENS = ['RoomTokenHeader', 'RoomTokenClaims'];

/** Chat forwards events of any type and checks them against this schema. */
const EVENT = 'StoredEvent';

/** What chat processes tell one another through a broker: no operation either. */
const NEWS = ['RoomNews', 'ReplicaNews'];

/**
 * What validators.js exports: both frame unions, the handshake's query and room name, what issueRoomToken answers with, each
 * named schema that an internal operation answers with, an event of any type, what chat processes tell one another, and the insides of tokens.
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
