// The published contract as one OpenAPI document for generators of clients: the HTTP API, and the frames of the socket
// as further schemas. It adds no rule and removes none: it only replaces forms that many generators misread.
import { isDeepStrictEqual } from 'node:util';
import { flattened } from './close.ts';
import { schemasOf } from './find.ts';
import { atPointer, isObject, type Json, type JsonObject, mapValues } from './json.ts';

const DESCRIPTION =
  ' This document is for generators of clients: it has the paths of openapi.json, and ClientFrame and ServerFrame, the frames of the socket (asyncapi.json), as schemas.';

/** @throws Error if the two documents declare different schemas under one name, or a union has a branch without `type`. */
export function clientForm(openapi: JsonObject, asyncapi: JsonObject): JsonObject {
  const schemas: JsonObject = { ...schemasOf(openapi) };
  for (const [name, schema] of Object.entries(schemasOf(asyncapi))) {
    if (schemas[name] !== undefined && !isDeepStrictEqual(schemas[name], schema))
      throw new Error(`openapi.yaml and asyncapi.yaml declare different schemas ${name}`);
    schemas[name] = schema;
  }
  const whole: JsonObject = { ...openapi, components: { ...(openapi.components as JsonObject), schemas } };
  const info = openapi.info as JsonObject;
  return {
    ...whole,
    info: { ...info, title: 'Parlance', description: `${info.description}${DESCRIPTION}` },
    components: { ...(openapi.components as JsonObject), schemas: mapValues(schemas, formOf(whole)) },
  };
}

/** Inherited properties are written out, and the discriminator of AsyncAPI gets the mapping that OpenAPI has. */
const formOf = (whole: JsonObject) => (schema: Json, name: string) => {
  if (!isObject(schema)) return schema;
  const flat = flattened(whole, schema, name);
  if (typeof flat.discriminator !== 'string') return flat;
  const mapping = Object.fromEntries(
    (flat.oneOf as { $ref: string }[]).map(({ $ref }): [string, Json] => {
      const branch = atPointer(whole, $ref.slice(1)) as JsonObject;
      const type = atPointer(flattened(whole, branch, $ref), `/properties/${flat.discriminator}/const`);
      if (typeof type !== 'string') throw new Error(`${name}: ${$ref} has no constant ${flat.discriminator}`);
      return [type, $ref];
    }),
  );
  return { ...flat, discriminator: { propertyName: flat.discriminator, mapping } };
};
