// Looks up the published contract for the tests: the operation of a request, its declared answers and their schemas.
import internal from '@parlance/specs/internal.json' with { type: 'json' };
import openapi from '@parlance/specs/openapi.json' with { type: 'json' };
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export interface Response {
  $ref?: string;
  /** The problem codes that the response may carry. */
  'x-codes'?: string[];
  /** Whether any operation may answer with it. */
  'x-any-request'?: boolean;
  content?: Record<string, { schema?: object }>;
}
export interface Operation {
  operationId: string;
  responses: Record<string, Response>;
  security?: unknown[];
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

const operationsIn = (paths: object, base = '') =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>)
      .filter(([method]) => METHODS.includes(method))
      .map(([method, operation]) => ({
        method: method.toUpperCase(),
        /** A template such as `/api/rooms/{roomName}`. */
        path: base + path,
        matches: new RegExp(`^${base}${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
        operation,
      })),
  );
const operations = operationsIn(openapi.paths);
const internals = operationsIn(internal.paths, '/internal');

/** Every operation of the public contract. */
export const allOperations = (): Operation[] => operations.map(({ operation }) => operation);

/** The same with the method and the template of the path. */
export const allRoutes = (): { method: string; path: string; operation: Operation }[] => operations;

/** Every operation of the internal API between chat and website. */
export const internalOperations = (): Operation[] => internals.map(({ operation }) => operation);

/** The operation of a request; undefined when the contract has none. HEAD counts as GET. */
export function operationOf(method: string, path: string): Operation | undefined {
  const asked = method === 'HEAD' ? 'GET' : method;
  return operations.find((candidate) => candidate.method === asked && candidate.matches.test(path))?.operation;
}

/** The same for the internal API. */
export const internalOperationOf = (method: string, path: string): Operation | undefined =>
  internals.find((candidate) => candidate.method === method && candidate.matches.test(path))?.operation;

const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: true });
(addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
ajv.addKeyword({
  keyword: 'x-exactly-one-of',
  type: 'object',
  schemaType: 'array',
  macro: (groups: string[][]) => ({ oneOf: groups.map((required) => ({ required })) }),
});
ajv.addSchema(openapi, 'openapi');
const compiled = new Map<string, ValidateFunction>();

/** The declared answer of an operation for a status, with resolved references; undefined when it is not declared. */
export function declaredResponse(operation: Operation, status: number): Response | undefined {
  const response = operation.responses[status];
  const name = response?.$ref?.split('/').at(-1);
  return name ? (openapi.components.responses as Record<string, Response>)[name] : response;
}

/** Describes how an answer violates the contract; undefined when it does not. */
export function faultOf(operation: Operation, status: number, mediaType: string, body: unknown): string | undefined {
  const response = declaredResponse(operation, status);
  if (!response) return `${operation.operationId} does not declare ${status}`;
  if (!response.content) return body === undefined ? undefined : `${operation.operationId} ${status} has no body`;
  const schema = response.content[mediaType]?.schema;
  if (!schema) return `${operation.operationId} ${status} does not declare ${mediaType || 'an empty answer'}`;
  const key = JSON.stringify(schema).replaceAll('"#/', '"openapi#/');
  const validate = compiled.get(key) ?? ajv.compile(JSON.parse(key));
  compiled.set(key, validate);
  return validate(body) ? undefined : `${operation.operationId} ${status}: ${ajv.errorsText(validate.errors)}`;
}
