// Converts the socket's document to an equivalent OpenAPI document, so that one comparer handles both. Never published.
import { followRef } from '../generate/bundle.ts';
import { flattened } from '../generate/close.ts';
import { handshakeSchemas, schemasOf } from '../generate/find.ts';
import { atPointer, isObject, type Json, type JsonObject, mapValues } from '../generate/json.ts';

/**
 * One operation per frame type, so that a new frame is an addition and a missing one a removal. Client frames become
 * request bodies, and server frames responses. The query of the upgrade becomes parameters, and its refusals responses.
 */
export function framesAsHttp(asyncapi: JsonObject): JsonObject {
  const schemas = schemasOf(asyncapi);
  const answered = { '200': { description: 'ok' } };
  const paths: JsonObject = {};
  for (const [type, schema] of branches(asyncapi, 'ClientFrame')) {
    paths[`/client/${type}`] = { post: { requestBody: { required: true, ...json(schema) }, responses: answered } };
  }
  for (const [type, schema] of branches(asyncapi, 'ServerFrame')) {
    paths[`/server/${type}`] = { get: { responses: { '200': { description: 'ok', ...json(schema) } } } };
  }
  const query = handshakeSchemas(asyncapi).HandshakeQuery;
  const properties = isObject(query) && isObject(query.properties) ? query.properties : {};
  const required = isObject(query) && Array.isArray(query.required) ? query.required : [];
  const parameters = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
  const refusals = atPointer(asyncapi, '/channels/room/x-handshake');
  const refused = isObject(refusals) ? mapValues(refusals, () => ({ description: 'refused' })) : {};
  paths['/upgrade'] = { get: { parameters, responses: { ...answered, ...refused } } };
  // The unions themselves are omitted: their branches are operations, and the comparer fails on the unions.
  const named = Object.entries(schemas).filter(([name]) => name !== 'ClientFrame' && name !== 'ServerFrame');
  const components = { schemas: Object.fromEntries(named) };
  return { openapi: '3.1.0', info: { title: 'frames', version: '0' }, paths, components };
}

function json(schema: Json): JsonObject {
  return { content: { 'application/json': { schema } } };
}

/** The branches of a union by their `type`, which identifies a frame whatever the name of its schema is. */
function branches(asyncapi: JsonObject, union: string): [string, JsonObject][] {
  const list = (atPointer(asyncapi, `/components/schemas/${union}/oneOf`) ?? []) as { $ref: string }[];
  return list.map((branch) => {
    const schema = flattened(asyncapi, followRef(asyncapi, branch.$ref) as JsonObject, branch.$ref);
    return [String(atPointer(schema, '/properties/type/const')), { ...branch }];
  });
}
