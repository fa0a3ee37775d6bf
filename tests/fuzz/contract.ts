// The published contract for the fuzzer: schemas with their references resolved, and a check whether a value fits one.
// Compiles the published documents; uses no validator of the product.
import asyncapi from '@parlance/specs/asyncapi.json' with { type: 'json' };
import openapi from '@parlance/specs/openapi.json' with { type: 'json' };
import type { Schema as Shape } from '../../conformance/contract.ts';
import { schemas } from '../../conformance/schemas.ts';

/** The schema of an input: a scalar, or a closed object of scalars. */
export interface Schema extends Shape {
  const?: unknown;
  format?: string;
  additionalProperties?: boolean;
  properties?: Record<string, Schema>;
}

type Node = Record<string, unknown>;

/** Resolves every reference of a schema within its document. */
function whole(document: object, schema: Schema): Schema {
  if (schema.$ref !== undefined) {
    const { $ref, ...own } = schema;
    const found = $ref
      .slice(2)
      .split('/')
      .reduce<unknown>((node, name) => (node as Node)[name], document);
    return whole(document, { ...(found as Schema), ...own });
  }
  if (!schema.properties) return schema;
  const properties = Object.entries(schema.properties).map(([name, one]) => [name, whole(document, one)]);
  return { ...schema, properties: Object.fromEntries(properties) };
}

const wholes = new WeakMap<Shape, Schema>();

/** Resolves a schema of the HTTP contract. Returns the same object for the same schema. */
export function ofOpenApi(schema: Shape): Schema {
  const known = wholes.get(schema) ?? whole(openapi, schema);
  wholes.set(schema, known);
  return known;
}

const { channels, components } = asyncapi;
export const CLIENT_FRAMES: readonly Schema[] = components.schemas.ClientFrame.oneOf.map((one) =>
  whole(asyncapi, one as Schema),
);
export const HANDSHAKE_QUERY: Schema = whole(asyncapi, channels.room.bindings.ws.query as unknown as Schema);
export const ROOM_NAME: Schema = whole(openapi, { $ref: '#/components/schemas/RoomName' });
export const PROBLEM = { $ref: '#/components/schemas/Problem' } as Schema;

const checks = new WeakMap<Schema, (value: unknown) => string | undefined>();

/** Why a value does not fit a schema from `ofOpenApi` or from the constants above; undefined when it fits. */
export function faultIn(schema: Schema, value: unknown): string | undefined {
  let check = checks.get(schema);
  if (!check) {
    check = schemas('schema', { components: openapi.components, schema })('/schema');
    checks.set(schema, check);
  }
  return check(value);
}
