// Turns a schema of the HTTP contract into rows of a table: type, rules and example.
import openapi from '@parlance/specs/openapi.json' with { type: 'json' };

/** One row of a table: a parameter, a property, a header, or the value itself. */
export interface Field {
  name: string;
  /** Markdown. */
  type: string;
  required: boolean;
  description: string;
  /** Markdown, one rule per entry. */
  rules: string[];
  example: string;
}

export interface Schema {
  $ref?: string;
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: boolean;
  allOf?: Schema[];
  oneOf?: Schema[];
  discriminator?: { propertyName: string; mapping: Record<string, string> };
  const?: unknown;
  pattern?: string;
  'x-pattern'?: string;
  'x-format-says'?: string;
  'x-exactly-one-of'?: string[][];
  'x-extensible-enum'?: string[];
  format?: string;
  default?: unknown;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  examples?: unknown[];
}

/** The properties of an object, one row each, those of its `allOf` included. */
export const fieldsOf = (schema: Schema): Field[] => {
  const { properties = {}, required = [] } = merged(schema);
  return Object.entries(properties).map(([name, one]) => field(name, one, required.includes(name)));
};

/** Whether a schema is shown as an object of its own: it has properties, or it is a union of objects. */
export const isObject = ({ properties, allOf, oneOf }: Schema): boolean =>
  properties !== undefined || allOf !== undefined || oneOf !== undefined;

/** Merges the properties of `allOf` into the object. A later property replaces an earlier one, at its position. */
function merged({ allOf = [], ...own }: Schema): Schema {
  const parts = [...allOf.map((one) => merged(follow(one))), own];
  return {
    ...own,
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
    required: parts.flatMap(({ required = [] }) => required),
  };
}

/** Which properties exclude each other, as Markdown; empty when none do. */
export function choiceOf({ 'x-exactly-one-of': groups = [] }: Schema): string {
  const named = groups.map((names) => names.map((name) => `\`${name}\``).join(' and '));
  return groups.length === 0 ? '' : `either ${named.join(' or ')}, never both`;
}

/** The row of a parameter, a header or a property. Words beside its schema take precedence over those in the schema. */
export function field(
  name: string,
  schema: Schema,
  required: boolean,
  said: { description?: string; example?: unknown } = {},
): Field {
  const whole = follow(schema);
  const example = said.example ?? whole.examples?.[0];
  return {
    name,
    type: typeOf(schema),
    required,
    description: said.description ?? schema.description ?? whole.description ?? '',
    rules: rulesOf(whole),
    example: example === undefined || whole.const !== undefined ? '' : JSON.stringify(example),
  };
}

function typeOf(schema: Schema): string {
  const whole = follow(schema);
  if (isObject(whole)) return `[${nameOf(schema)}](/docs/http/objects/${nameOf(schema)})`;
  if (whole.items) return `array of ${typeOf(whole.items)}`;
  return whole.type ?? '';
}

function rulesOf(schema: Schema): string[] {
  const { minLength, maxLength, minimum, maximum, format } = schema;
  const pattern = schema.pattern ?? schema['x-pattern'];
  const codes = schema['x-extensible-enum'];
  const range = (min: number | undefined, max: number | undefined) => [min, max].filter((one) => one !== undefined);
  const between = (min?: number, max?: number) =>
    min !== undefined && max !== undefined
      ? `${min} to ${max}`
      : `${min === undefined ? 'at most' : 'at least'} ${range(min, max)[0]}`;
  return [
    ...(schema.const === undefined ? [] : [`always \`${JSON.stringify(schema.const)}\``]),
    ...(codes ? [`${codes.map((one) => `\`${one}\``).join(', ')}, or one of a later version`] : []),
    ...(range(minLength, maxLength).length > 0 ? [`${between(minLength, maxLength)} characters`] : []),
    ...(range(minimum, maximum).length > 0 ? [between(minimum, maximum)] : []),
    ...(schema.default === undefined ? [] : [`${JSON.stringify(schema.default)} when absent`]),
    ...(format ? [schema['x-format-says'] ?? format] : []),
    ...(pattern ? [`\`${pattern}\``] : []),
  ];
}

/** The target of a reference, or the node itself. */
export function follow<T extends { $ref?: string }>(node: T): T {
  if (node.$ref === undefined) return node;
  const path = node.$ref.split('/').slice(1);
  const found = path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], openapi);
  return follow(found as T);
}

/** The last segment of a reference; empty without a reference. */
export const nameOf = ({ $ref = '' }: { $ref?: string }): string => $ref.split('/').at(-1) ?? '';
