// The enforced form of a document differs from the published one in two ways: objects are closed so that nothing leaks,
// and keywords for the server are strict (words.ts). This file flattens allOf (a discriminator needs its property in
// each branch) and closes objects. It never closes a schema that declares additionalProperties itself.
import { isDeepStrictEqual } from 'node:util';
import { followRef } from './bundle.ts';
import { isObject, type Json, type JsonObject, mapSchemas, mapValues } from './json.ts';
import { strict } from './words.ts';

/** The document in its enforced form: strict keywords, and every object schema with properties refuses others. */
export function closed(document: JsonObject): JsonObject {
  const published = mapSchemas(document, strict);
  return mapSchemas(published, (schema, pointer) => closedSchema(published, schema, pointer));
}

const nested = {
  one: ['items', 'contains', 'additionalProperties'],
  list: ['oneOf', 'anyOf', 'prefixItems'],
  map: ['properties', 'patternProperties', '$defs'],
};

/** One schema of a bundled document, flattened and closed with its nested schemas. Conditions (if, not) stay. */
export function closedSchema(document: JsonObject, schema: JsonObject, pointer: string): JsonObject {
  const visit = (value: Json, at: string): Json => (isObject(value) ? closedSchema(document, value, at) : value);
  const flat = flattened(document, schema, pointer);
  const result = mapValues(flat, (value, key) => {
    const at = `${pointer}/${key}`;
    // Ajv does not support a mapping: it selects the branch by the `const` of the property.
    if (key === 'discriminator' && isObject(value)) return { propertyName: value.propertyName! };
    if (nested.one.includes(key)) return visit(value, at);
    if (nested.list.includes(key) && Array.isArray(value))
      return value.map((item, index) => visit(item, `${at}/${index}`));
    if (nested.map.includes(key) && isObject(value))
      return mapValues(value, (item, name) => visit(item, `${at}/${name}`));
    return value;
  });
  if (!isObject(result.properties) || result.additionalProperties !== undefined) return result;
  for (const key of ['oneOf', 'anyOf', 'allOf']) {
    const branches = (result[key] ?? []) as Json[];
    if (branches.some((branch) => isObject(branch) && (branch.$ref !== undefined || branch.properties !== undefined))) {
      throw new Error(`${pointer}: properties beside ${key} cannot be closed; write the branches out`);
    }
  }
  return { ...result, additionalProperties: false };
}

const mergeable = new Set([
  '$ref',
  'type',
  'properties',
  'required',
  'additionalProperties',
  'description',
  'title',
  'examples',
  'example',
  'allOf',
]);

/**
 * The schema without allOf: properties and required of the branches are merged into it, and its own keywords kept.
 * A branch with other keywords (a condition, for example) stays in allOf.
 */
export function flattened(document: JsonObject, schema: JsonObject, pointer: string): JsonObject {
  if (!Array.isArray(schema.allOf)) return schema;
  const { allOf, ...own } = schema;
  const rest: Json[] = [];
  let result: JsonObject = {};
  for (const branch of allOf) {
    const whole = resolved(document, branch, pointer);
    if (Object.keys(whole).every((key) => mergeable.has(key)))
      result = merge(result, flattened(document, whole, pointer));
    else rest.push(branch);
  }
  result = merge(result, own);
  for (const word of ['description', 'title', 'examples', 'example']) {
    if (own[word] === undefined) delete result[word];
  }
  return rest.length > 0 ? { ...result, allOf: rest } : result;
}

/** A `const` makes the overridden schema of the property redundant. */
const saysMore = (property: Json) => isObject(property) && property.const !== undefined;

function resolved(document: JsonObject, branch: Json, pointer: string): JsonObject {
  if (!isObject(branch)) throw new Error(`${pointer}: a branch of allOf is not a schema`);
  if (typeof branch.$ref !== 'string') return branch;
  const { $ref, ...beside } = branch;
  return merge(resolved(document, followRef(document, $ref) ?? null, pointer), beside);
}

function merge(one: JsonObject, other: JsonObject): JsonObject {
  const result: JsonObject = { ...one, ...other };
  if (isObject(one.properties) && isObject(other.properties)) {
    const earlier = one.properties;
    const both = mapValues(other.properties, (value, name) =>
      earlier[name] === undefined || isDeepStrictEqual(earlier[name], value) || saysMore(value)
        ? value
        : { allOf: [earlier[name], value] },
    );
    result.properties = { ...earlier, ...both };
  }
  if (Array.isArray(one.required) && Array.isArray(other.required))
    result.required = [...new Set([...one.required, ...other.required])];
  if (one.additionalProperties === false) result.additionalProperties = false;
  return result;
}
