// The HTTP contract as data for the reference page: operations with their fields, responses and a curl command each.
// Everything comes from the generated openapi.json; nothing is added.
import openapi from '@parlance/specs/openapi.json' with { type: 'json' };
import { choiceOf, field, fieldsOf, follow, isObject, nameOf, type Schema } from './fields.ts';
import { samplesOf } from './samples.ts';

interface Parameter {
  $ref?: string;
  name: string;
  in: string;
  required?: boolean;
  description: string;
  schema: Schema;
  example?: unknown;
}
interface Response {
  $ref?: string;
  description: string;
  'x-codes'?: string[];
  'x-any-request'?: boolean;
  headers?: Record<string, Parameter>;
  content?: Record<string, { schema: Schema; example?: { status?: number } }>;
}
interface OperationObject {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  security?: unknown[];
  deprecated?: boolean;
  'x-deprecated-since'?: string;
  'x-sunset'?: string;
  parameters?: Parameter[];
  requestBody?: { description: string; content: Record<string, { schema: Schema }> };
  responses: Record<string, Response>;
}
const document = openapi as unknown as {
  tags: { name: string; description: string }[];
  security: unknown[];
  paths: Record<string, Record<string, OperationObject>>;
  components: {
    schemas: Record<string, Schema>;
    responses: Record<string, Response>;
    securitySchemes: Record<string, { description: string }>;
  };
};

/** The data with which the pages of the HTTP reference are rendered. */
export function httpReference() {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => describe(method.toUpperCase(), path, operation)),
  );
  const schemas = Object.entries(document.components.schemas).filter(([, schema]) => isObject(schema));
  return {
    groups: document.tags.map((tag) => ({
      ...tag,
      operations: endsLast(operations.filter((one) => one.tag === tag.name)),
    })),
    securitySchemes: document.components.securitySchemes,
    refusals: Object.entries(document.components.responses).map(([name, response]) => ({
      ...answer(String(Object.values(response.content ?? {})[0]?.example?.status), response),
      name,
    })),
    objects: schemas.map(([name, schema]) => ({
      name,
      description: schema.description,
      closed: schema.additionalProperties === false,
      choice: choiceOf(schema),
      variants: Object.entries(schema.discriminator?.mapping ?? {}).map(([type, $ref]) => ({
        type,
        name: nameOf({ $ref }),
      })),
      fields: fieldsOf(schema),
      examples: (schema.examples ?? []).map(json),
    })),
  };
}

/** Moves DELETE operations to the end, below the operations whose results they delete. */
const endsLast = <T extends { method: string }>(operations: T[]): T[] =>
  operations.toSorted((one, other) => Number(one.method === 'DELETE') - Number(other.method === 'DELETE'));

function describe(method: string, path: string, operation: OperationObject) {
  const parameters = (operation.parameters ?? []).map(follow);
  const schema = operation.requestBody?.content['application/json']?.schema;
  const sent = schema && (follow(schema).examples?.[0] as object | undefined);
  const body = schema && { name: nameOf(schema), fields: fieldsOf(follow(schema)), example: sent };
  const responses = Object.entries(operation.responses).map(([status, one]) => answer(status, one, sent));
  return {
    id: operation.operationId,
    tag: operation.tags[0]!,
    method,
    path,
    summary: operation.summary,
    description: operation.description,
    open: operation.security?.length === 0,
    since: operation['x-deprecated-since'],
    sunset: operation['x-sunset'],
    // Examples of parameters are raw values, before percent-encoding; those of a body are JSON.
    parameters: parameters.map((one) => ({
      ...field(one.name, one.schema, one.required ?? false, one),
      in: one.in,
      example: String(one.example),
    })),
    body,
    answers: responses.filter(({ status }) => status < '300'),
    refusals: responses.filter(({ status, anyRequest }) => status >= '300' && !anyRequest),
    curl: curl(method, path, operation, parameters),
    samples: samplesOf({
      id: operation.operationId,
      method,
      path: filled(path, parameters),
      values: Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => exampleOf(name!, parameters)),
      body: sent,
      open: operation.security?.length === 0,
    }),
  };
}

/** @param sent the example of the request's body; a response example that agrees with it is preferred. */
function answer(status: string, response: Response, sent?: object) {
  const { description, headers = {}, content = {}, 'x-codes': codes = [], ...more } = follow(response);
  const [media, said] = Object.entries(content)[0] ?? [];
  const schema = said && follow(said.schema);
  return {
    status,
    name: nameOf(response),
    description,
    media,
    object: said && nameOf(said.schema),
    headers: Object.entries(headers).map(([name, one]) => field(name, follow(one).schema, true, follow(one))),
    codes,
    anyRequest: more['x-any-request'] === true,
    example: json(
      said?.example ?? schema?.examples?.find((one) => agree(one as object, sent)) ?? schema?.examples?.[0],
    ),
  };
}

/** Whether the properties that both objects have are equal. */
const agree = (one: Record<string, unknown> | object, other: object = {}): boolean =>
  Object.entries(other).every(([name, value]) => [undefined, value].includes((one as Record<string, unknown>)[name]));

/** The curl command of an operation, with the examples of the contract. `$ACCESS_TOKEN` holds an access token. */
function curl(method: string, path: string, operation: OperationObject, parameters: Parameter[]): string {
  const schema = operation.requestBody?.content['application/json']?.schema;
  const open = operation.security?.length === 0;
  const example = schema && JSON.stringify(follow(schema).examples?.[0]);
  const parts = [
    `curl ${method === (example ? 'POST' : 'GET') ? '' : `-X ${method} `}http://localhost:8080${filled(path, parameters)}`,
    ...(open ? [] : ['-H "Authorization: Bearer $ACCESS_TOKEN"']),
    ...(example ? ["-H 'Content-Type: application/json'", `-d '${example.replaceAll("'", "'\\''")}'`] : []),
  ];
  return parts.join(' \\\n  ');
}

const exampleOf = (name: string, parameters: Parameter[]): string =>
  String(parameters.find((one) => one.name === name)?.example);

/** A path with the examples of its parameters. */
const filled = (path: string, parameters: Parameter[]): string =>
  path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(exampleOf(name, parameters)));

const json = (value: unknown): string => (value === undefined ? '' : JSON.stringify(value, null, 2));
