// Walks a bundled document: visits every schema, nested ones included, and every object with examples of a schema.
import { isObject, type Json, type JsonObject, mapSchemas } from '../generate/json.ts';

/** A node of a document and its JSON pointer. */
export interface Place {
  node: JsonObject;
  pointer: string;
}

const single = ['items', 'contains', 'additionalProperties', 'not', 'if', 'then', 'else'];
const lists = ['oneOf', 'anyOf', 'allOf', 'prefixItems'];
const maps = ['properties', 'patternProperties', '$defs'];

/** Every schema of a document, outer schemas before nested ones. */
export function schemasIn(document: JsonObject): Place[] {
  const places: Place[] = [];
  const visit = (node: Json | undefined, pointer: string): void => {
    if (!isObject(node)) return;
    places.push({ node, pointer });
    for (const key of single) visit(node[key], `${pointer}/${key}`);
    for (const key of [...lists, ...maps]) {
      for (const [name, nested] of Object.entries(node[key] ?? {})) visit(nested, `${pointer}/${key}/${escaped(name)}`);
    }
  };
  mapSchemas(document, (schema, pointer) => {
    visit(schema, pointer);
    return schema;
  });
  return places;
}

/** Every object outside schemas for which `wanted` returns true, in the order of the document. */
export function objectsIn(document: JsonObject, wanted: (node: JsonObject, pointer: string) => boolean): Place[] {
  const places: Place[] = [];
  const visit = (node: Json, pointer: string): void => {
    if (typeof node !== 'object' || node === null) return;
    if (isObject(node) && wanted(node, pointer)) places.push({ node, pointer });
    for (const [key, value] of Object.entries(node)) {
      const here = `${pointer}/${escaped(key)}`;
      if (!['schema', 'example', 'examples'].includes(key) && here !== '/components/schemas') visit(value, here);
    }
  };
  visit(document, '');
  return places;
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
