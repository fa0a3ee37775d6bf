// Breaking changes that api-smart-diff does not detect (tested: 1.0.6): an optional property removed from an answer, a
// property removed from a closed request, a changed type in an answer, and an operation that requires more security.
import { isDeepStrictEqual } from 'node:util';
import { followRef } from '../generate/bundle.ts';
import { flattened } from '../generate/close.ts';
import { isObject, type Json, type JsonObject } from '../generate/json.ts';

type Way = 'in' | 'out';

/** The promises of one OpenAPI document that another breaks, one sentence each. Compares the operations of both. */
export function brokenPromises(before: JsonObject, after: JsonObject): string[] {
  const broken = new Set<string>();
  for (const [path, methods] of entries(before.paths)) {
    for (const [method, was] of entries(methods)) {
      const is = pick(after.paths, path, method);
      if (!isObject(was) || !isObject(is)) continue;
      const at = `${method.toUpperCase()} ${path}`;
      if (!stillOpen(was.security ?? before.security, is.security ?? after.security))
        broken.add(`${at}: requires more security`);
      compareBodies(was.requestBody, is.requestBody, 'in', `${at} request`);
      for (const [status, response] of entries(was.responses)) {
        compareBodies(response, pick(is.responses, status), 'out', `${at} ${status}`);
      }
    }
  }
  return [...broken];

  function compareBodies(was: Json | undefined, is: Json | undefined, way: Way, at: string): void {
    const now = whole(after, is);
    for (const [media, content] of entries(whole(before, was)?.content)) {
      compare(pick(content, 'schema'), pick(now?.content, media, 'schema'), way, at, []);
    }
  }

  function compare(one: Json | undefined, other: Json | undefined, way: Way, at: string, seen: string[]): void {
    const ref = pick(one, '$ref');
    if (typeof ref === 'string' && seen.includes(ref)) return;
    const below = typeof ref === 'string' ? [...seen, ref] : seen;
    const was = whole(before, one);
    const is = whole(after, other);
    if (was === undefined || is === undefined) return;
    if (!isDeepStrictEqual(was['x-exactly-one-of'], is['x-exactly-one-of'])) {
      broken.add(`${at}: other properties of which exactly one is present`);
    }
    const [narrow, wide] = way === 'out' ? [types(is), types(was)] : [types(was), types(is)];
    if (!narrow.every((type) => wide.includes(type) || (type === 'integer' && wide.includes('number')))) {
      broken.add(`${at}: ${types(was).join('|')} became ${types(is).join('|')}`);
    }
    for (const [name, property] of entries(was.properties)) {
      const now = pick(is.properties, name);
      if (now !== undefined) compare(property, now, way, `${at}/${name}`, below);
      else if (way === 'out' || is.additionalProperties === false) broken.add(`${at}/${name}: is gone`);
    }
    compare(was.items, is.items, way, `${at}/*`, below);
    for (const union of ['oneOf', 'anyOf']) {
      for (const [index, branch] of entries(was[union])) {
        const same = entries(is[union]).find(([, item]) => isDeepStrictEqual(pick(item, '$ref'), pick(branch, '$ref')));
        compare(branch, same?.[1] ?? pick(is[union], index), way, at, below);
      }
    }
  }
}

/** Whether every old alternative of authentication is still accepted. No alternatives means that none is required. */
function stillOpen(before: Json | undefined, after: Json | undefined): boolean {
  const alternatives = (security: Json | undefined): string[][] => {
    const list = Object.values((security ?? []) as JsonObject[]).map((each) => Object.keys(each));
    return list.length > 0 ? list : [[]];
  };
  return alternatives(before).every((had) =>
    alternatives(after).some((asks) => asks.every((name) => had.includes(name))),
  );
}

function whole(document: JsonObject, node: Json | undefined): JsonObject | undefined {
  let value = node;
  while (isObject(value) && typeof value.$ref === 'string') value = followRef(document, value.$ref);
  return isObject(value) ? flattened(document, value, '') : undefined;
}

function types(schema: JsonObject): string[] {
  if (schema.type !== undefined) return [schema.type].flat() as string[];
  return ['string', 'number', 'boolean', 'object', 'array', 'null'];
}

function entries(node: Json | undefined): [string, Json][] {
  return typeof node === 'object' && node !== null ? Object.entries(node) : [];
}

function pick(node: Json | undefined, ...keys: string[]): Json | undefined {
  let value = node;
  for (const key of keys) value = typeof value === 'object' && value !== null ? (value as JsonObject)[key] : undefined;
  return value;
}
