// Documents as plain data: reading a YAML source, following a JSON pointer, visiting every schema of a document.
// Knows nothing about the meaning of the documents.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export type Json = string | number | boolean | null | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** Whether a value is an object, and neither null nor an array. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a YAML file that holds one mapping. A duplicate key or another syntax error throws with its line. */
export function readYaml(path: string): JsonObject {
  const value = parse(readFileSync(path, 'utf8'), { prettyErrors: true, uniqueKeys: true }) as Json;
  if (!isObject(value)) throw new Error(`${path}: expected a mapping`);
  return value;
}

/** The target of an RFC 6901 pointer ("/a/b~1c", "" for the whole document), or undefined. */
export function atPointer(document: Json, pointer: string): Json | undefined {
  let value: Json | undefined = document;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) value = value[Number(key)];
    else if (isObject(value) && Object.hasOwn(value, key)) value = value[key];
    else return undefined;
  }
  return value;
}

/**
 * A copy of an OpenAPI or AsyncAPI document in which `change` has replaced each outermost schema:
 * components.schemas, parameters, headers, bodies, message payloads, and the query and headers of ws bindings.
 * `change` gets the schema and its JSON pointer, and must handle nested schemas itself.
 */
export function mapSchemas(document: JsonObject, change: (schema: JsonObject, pointer: string) => Json): JsonObject {
  const each = (group: JsonObject, pointer: string): JsonObject =>
    mapValues(group, (schema, name) => (isObject(schema) ? change(schema, `${pointer}/${name}`) : schema));
  const walk = (node: Json, pointer: string, key: string): Json => {
    if (Array.isArray(node)) return node.map((item, index) => walk(item, `${pointer}/${index}`, key));
    if (!isObject(node)) return node;
    return mapValues(node, (value, name) => {
      const here = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (name === 'example' || name === 'examples') return value;
      if (!isObject(value)) return walk(value, here, name);
      if (name === 'schemas' && pointer === '/components') return each(value, here);
      if (name === 'schema' || name === 'payload') return change(value, here);
      if (key === 'ws' && (name === 'query' || name === 'headers')) return change(value, here);
      return walk(value, here, name);
    });
  };
  return walk(document, '', '') as JsonObject;
}

/** The same keys in the same order, with changed values. */
export function mapValues(object: JsonObject, change: (value: Json, key: string) => Json): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]));
}
