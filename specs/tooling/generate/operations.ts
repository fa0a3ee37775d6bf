// The internal operations for the website's router: a table of methods, paths and validators, and the schemas of those
// validators. Reads the bundled, closed document. express-openapi-validator handles the public operations.
import { followRef } from './bundle.ts';
import { isObject, type JsonObject } from './json.ts';
import type { Wanted } from './validators.ts';

export interface InternalOperation {
  id: string;
  method: string;
  path: string;
  takesBody: boolean;
  /** The query parameters that are integers; the others are texts. */
  integers: string[];
  /** The schema of `{path, query, body}`, so that the path of a validation error is the pointer of the contract. */
  request: JsonObject;
  /** The name of the schema of the only successful answer. */
  answer: string;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** Every operation of a bundled document. @throws Error if router or validators do not support one */
export function operationsOf(document: JsonObject): InternalOperation[] {
  const base = ((document.servers as JsonObject[])[0]!.url as string).replace(/\/$/, '');
  return Object.entries(document.paths as JsonObject).flatMap(([path, item]) =>
    METHODS.filter((method) => isObject(item) && method in item).map((method) => {
      const operation = (item as JsonObject)[method] as JsonObject;
      const parameters = ((operation.parameters ?? []) as JsonObject[]).map((one) => target(document, one));
      const body = operation.requestBody as JsonObject | undefined;
      const [query, inPath] = ['query', 'path'].map((where) => parameters.filter((one) => one.in === where));
      if (query!.length + inPath!.length < parameters.length) throw unknown(operation, 'parameters in headers');
      return {
        id: operation.operationId as string,
        method: method.toUpperCase(),
        path: base + path,
        takesBody: body !== undefined,
        integers: query!.filter((one) => typeOf(document, operation, one) === 'integer').map(({ name }) => `${name}`),
        request: objectOf({
          path: objectOf(Object.fromEntries(inPath!.map(({ name, schema }) => [name, schema!]))),
          query: {
            ...objectOf(
              Object.fromEntries(query!.map(({ name, schema }) => [name, schema!])),
              query!.filter(({ required }) => required === true).map(({ name }) => `${name}`),
            ),
            additionalProperties: false,
          },
          ...(body ? { body: jsonSchema(operation, body) } : {}),
        }),
        answer: answerOf(operation),
      };
    }),
  );
}

/** The request schemas by name, to be added to the schemas that they refer to. */
export const requestSchemas = (operations: InternalOperation[]): JsonObject =>
  Object.fromEntries(operations.map(({ id, request }) => [`${capital(id)}Request`, request]));

/** Two validators per operation, both of the closed form: for the request of chat and for the answer of the website. */
export const operationsWanted = (operations: InternalOperation[]): Wanted[] =>
  operations.flatMap(({ id, answer }) => [
    { name: `${capital(id)}Request`, schema: `${capital(id)}Request`, source: 'internal' },
    { name: `${capital(id)}Answer`, schema: answer, source: 'internal', types: 'internal.ts' },
  ]);

/** internal_operations.ts: INTERNAL_OPERATIONS by operationId. */
export function operationsTable(operations: InternalOperation[]): string {
  const validators = operationsWanted(operations).map(({ name }) => `validate${name}`);
  const rows = operations.map(
    ({ id, method, path, takesBody, integers }) => `  ${id}: {
    method: '${method}',
    path: '${path}',
    takesBody: ${takesBody},
    integers: [${integers.map((name) => `'${name}'`).join(', ')}],
    request: validate${capital(id)}Request,
    answer: validate${capital(id)}Answer,
  },`,
  );
  return `import { ${validators.sort().join(', ')} } from './validators.js';

/** Every operation of the internal API. \`request\` checks \`{path, query, body}\`, \`answer\` the body of the 200. */
export const INTERNAL_OPERATIONS = {\n${rows.join('\n')}\n} as const;\n`;
}

const capital = (id: string) => id[0]!.toUpperCase() + id.slice(1);

const objectOf = (properties: JsonObject, required = Object.keys(properties)): JsonObject => ({
  type: 'object',
  required,
  properties,
});

function target(document: JsonObject, node: JsonObject): JsonObject {
  return typeof node.$ref === 'string' ? target(document, followRef(document, node.$ref) as JsonObject) : node;
}

function typeOf(document: JsonObject, operation: JsonObject, { schema }: JsonObject): string {
  const { type } = target(document, schema as JsonObject);
  if (type !== 'string' && type !== 'integer') throw unknown(operation, `query parameters of type ${type}`);
  return type;
}

function answerOf(operation: JsonObject): string {
  const { default: _, ...answers } = operation.responses as JsonObject;
  const { $ref } = Object.keys(answers).join() === '200' ? jsonSchema(operation, answers['200'] as JsonObject) : {};
  if (typeof $ref !== 'string') throw unknown(operation, 'answers other than a refusal and a 200 with a named schema');
  return $ref.replace('#/components/schemas/', '');
}

function jsonSchema(operation: JsonObject, { content }: JsonObject): JsonObject {
  const media = isObject(content) ? content['application/json'] : undefined;
  if (!isObject(media) || !isObject(media.schema)) throw unknown(operation, 'bodies other than application/json');
  return media.schema;
}

const unknown = ({ operationId }: JsonObject, what: string) =>
  new Error(`${operationId}: the router of the internal API does not support ${what}`);
