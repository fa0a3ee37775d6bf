// Finds gaps in the contract: a schema, property, operation, parameter, header, body, answer or message
// without a description or an example. examples.ts checks whether an example is right.
import { followRef } from '../generate/bundle.ts';
import { isObject, type Json, type JsonObject } from '../generate/json.ts';
import { objectsIn, type Place, schemasIn } from './walk.ts';

const methods = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options', 'trace'];

/** Every gap in a bundled document, one sentence each with its pointer. */
export function gapsIn(document: JsonObject): string[] {
  const gaps: string[] = [];
  const need = ({ node, pointer }: Place, ...words: string[]): void => {
    for (const word of words) if (!isSaid(document, node, word)) gaps.push(`${pointer}: no ${word}`);
  };

  for (const place of schemasIn(document)) {
    const { node, pointer } = place;
    if (node.$ref !== undefined) continue;
    if (/^\/components\/schemas\/[^/]+$/.test(pointer)) need(place, 'description', 'example');
    else if (/\/properties\/[^/]+$/.test(pointer)) need(place, 'description', ...(isLeaf(node) ? ['example'] : []));
  }
  for (const place of objectsIn(document, (node, pointer) => isOperation(node, pointer))) {
    need(place, 'operationId', 'summary', 'description');
  }
  for (const place of objectsIn(document, (node) => typeof node.in === 'string' && isObject(node.schema))) {
    need(place, 'description', 'example');
  }
  for (const place of objectsIn(document, (_, pointer) => /^\/components\/headers\/[^/]+$/.test(pointer))) {
    need(place, 'description', 'example');
  }
  for (const place of objectsIn(document, (node) => isObject(node.content))) {
    need(place, 'description');
    for (const [media, body] of Object.entries(place.node.content as JsonObject)) {
      need({ node: body as JsonObject, pointer: `${place.pointer}/content/${media}` }, 'example');
    }
  }
  for (const place of objectsIn(document, (node) => isObject(node.payload)))
    need(place, 'summary', 'description', 'example');
  for (const place of objectsIn(document, (_, pointer) => /^\/(channels|operations)\/[^/]+$/.test(pointer))) {
    need(place, 'description');
  }
  for (const place of objectsIn(document, (_, pointer) => /^\/channels\/[^/]+\/parameters\/[^/]+$/.test(pointer))) {
    need(place, 'description', 'example');
  }
  return gaps;
}

/** Whether a node, or the schema that it refers to, has a keyword. */
function isSaid(document: JsonObject, node: JsonObject, word: string): boolean {
  const said = word === 'example' ? (node.example ?? (node.examples as Json[] | undefined)) : node[word];
  if (said !== undefined && said !== '' && !(Array.isArray(said) && said.length === 0)) return true;
  const target = isObject(node.schema) ? node.schema : node;
  if (typeof target.$ref !== 'string') return target !== node && isSaid(document, target, word);
  const named = followRef(document, target.$ref);
  return isObject(named) && isSaid(document, named, word);
}

function isOperation(node: JsonObject, pointer: string): boolean {
  return isObject(node.responses) && methods.includes(pointer.slice(pointer.lastIndexOf('/') + 1));
}

function isLeaf(schema: JsonObject): boolean {
  return !['object', 'array'].includes(String(schema.type)) && schema.oneOf === undefined && schema.anyOf === undefined;
}
