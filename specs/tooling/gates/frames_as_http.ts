// The socket's document as an OpenAPI document that means the same, so that one comparer knows both. It is compared, never published.
import { followRef } from '../generate/bundle.ts';
import { flattened } from '../generate/close.ts';
import { handshakeSchemas, schemasOf } from '../generate/find.ts';
import { atPointer, isObject, type Json, type JsonObject, mapValues } from '../generate/json.ts';

/**
 * One operation per frame type, so that a new frame is an addition and a missing one a removal: what the client sends is
 * a request body, what the server sends a response; the query of the upgrade stands as parameters, its refusals as responses.
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
  // The unions themselves are left out: they stand as operations, and the comparer trips over them.
  const named = Object.entries(schemas).filter(([name]) => name !== 'ClientFrame' && name !== 'ServerFrame');
  const components = { schemas: Object.fromEntries(named) };
  return { openapi: '3.1.0', info: { title: 'frames', version: '0' }, paths, components };
}

function json(schema: Json): JsonObject {
  return { content: { 'application/json': { schema } } };
}

/** The branches of a union with their `type`, by which a frame is known, whatever its schema is called. */
function branches(asyncapi: JsonObject, union: string): [string, JsonObject][] {
  const list = (atPointer(asyncapi, `/components/schemas/${union}/oneOf`) ?? []) as { $ref: string }[];
  return list.map((branch) => {
    const schema = flattened(asyncapi, followRef(asyncapi, branch.$ref) as JsonObject, branch.$ref);
    return [String(atPointer(schema, '/properties/type/const')), { ...branch }];
  });
}
