// Bounds the cost of parsing and validating a request: a request with far more values than the contract allows is
// refused before the parser and the validator process each value. The bounds are computed from the contract. A request
// with few errors still gets all of them reported.
import { LIMITS } from '@parlance/specs/limits.ts';
import type { RequestHandler } from 'express';
import type { Contract } from './operations.ts';
import { invalid } from './problems.ts';

export interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  'x-normalize'?: string;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  additionalProperties?: unknown;
  items?: Schema;
  maxItems?: number;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
}

export interface ValueBounds {
  /** Refuses a query with too many parameters. */
  query: RequestHandler;
  /** Throws invalid_request for the bytes of a JSON body with too many values, before they are parsed. */
  body(bytes: Buffer): void;
}

/** The bounds: the values of the largest request of the contract, plus LIMITS.errorsNamed. */
export function valueBounds(contract: Contract): ValueBounds {
  const operations = Object.values(contract.paths).flatMap((item) => Object.values(item));
  const bodies = operations.map(({ requestBody }) => contentOf(requestBody)).filter((schema) => schema !== undefined);
  const bodyMax = Math.max(...bodies.map((schema) => mostValues(contract, schema))) + LIMITS.errorsNamed;
  const queryMax = Math.max(...operations.map(({ parameters = [] }) => parameters.length)) + LIMITS.errorsNamed;
  return {
    query: (req, _res, next) => {
      const query = req.url.split('?', 2)[1] ?? '';
      if (query.split('&', queryMax + 1).length > queryMax) {
        throw invalid('/query', `must not have more than ${queryMax} parameters`);
      }
      next();
    },
    body: (bytes) => {
      if (hasMoreValues(bytes, bodyMax)) throw invalid('/body', `must not have more than ${bodyMax} values`);
    },
  };
}

/** The schema of the JSON body of an operation; undefined when it has none. */
export const contentOf = (body: unknown) =>
  (body as { content?: Record<string, { schema?: Schema }> } | undefined)?.content?.['application/json']?.schema;

/** The number of values in the largest instance of a schema, including itself. Throws if there is no bound. */
export function mostValues(contract: Contract, schema: Schema, seen: readonly string[] = []): number {
  if (schema.$ref !== undefined) {
    if (seen.includes(schema.$ref)) throw new Error(`${schema.$ref} has no largest value: it contains itself.`);
    return mostValues(contract, resolve(contract, schema.$ref), [...seen, schema.$ref]);
  }
  const of = (one: Schema) => mostValues(contract, one, seen);
  const sum = (all: readonly Schema[]) => all.reduce((total, one) => total + of(one), 0);
  const branches = [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
  if (branches.length > 0) return Math.max(...branches.map(of)) + sum(Object.values(schema.properties ?? {}));
  if (schema.allOf) return sum(schema.allOf) + sum(Object.values(schema.properties ?? {}));
  if (schema.properties && schema.additionalProperties === false) return 1 + sum(Object.values(schema.properties));
  if (schema.items && schema.maxItems !== undefined) return 1 + schema.maxItems * of(schema.items);
  const types = [schema.type ?? []].flat();
  const isScalar = types.length > 0 && !types.includes('object') && !types.includes('array');
  if (isScalar || schema.const !== undefined || schema.enum) return 1;
  throw new Error(`A request has no largest value: ${JSON.stringify(schema).slice(0, 200)}`);
}

/** The schema that a reference points to. */
export const resolve = (contract: Contract, ref: string) =>
  ref
    .slice(2)
    .split('/')
    .reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], contract) as Schema;

const [QUOTE, BACKSLASH, COMMA, BRACE, BRACKET] = Buffer.from('"\\,{[');

/**
 * Whether a JSON text may have more than `max` values: one, plus one for each comma, brace and bracket outside strings.
 * Stops at `max`. In UTF-8, no byte of another character equals one of these.
 */
function hasMoreValues(json: Buffer, max: number): boolean {
  let values = 1;
  let inString = false;
  for (let at = 0; at < json.length && values <= max; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) inString = !inString;
    else if (inString) at += byte === BACKSLASH ? 1 : 0;
    else if (byte === COMMA || byte === BRACE || byte === BRACKET) values += 1;
  }
  return values > max;
}
