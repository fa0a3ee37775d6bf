// The HTTP contract as data: its operations, and checks of answers and bodies. Reads only openapi.json (and the
// refusals of the handshake in asyncapi.json). Outputs are open, so unknown properties of an answer are no fault.
import asyncapi from '@parlance/specs/asyncapi.json' with { type: 'json' };
import openapi from '@parlance/specs/openapi.json' with { type: 'json' };
import { schemas } from './schemas.ts';

/** The parts of a schema that the kit uses. */
export interface Schema {
  $ref?: string;
  type?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  'x-pattern'?: string;
  required?: string[];
  properties?: Record<string, Schema>;
  examples?: unknown[];
}

export interface Parameter {
  name: string;
  schema: Schema;
}

export interface DeclaredAnswer {
  status: number;
  /** The name of the shared answer it refers to, e.g. RoomNotFound. */
  shared: string | undefined;
  /** Absent if the answer has no body. */
  mediaType: string | undefined;
  headers: string[];
  /** Why a body is not as declared, or undefined. */
  fault(body: unknown): string | undefined;
}

export interface Operation {
  id: string;
  method: string;
  /** With its placeholders, such as `{roomName}`. */
  path: string;
  needsSession: boolean;
  /** The schema of its JSON body, if it has one. */
  body: Schema | undefined;
  bodyFault(body: unknown): string | undefined;
  query: Parameter[];
  /** The path parameters. */
  places: Parameter[];
  headers: Parameter[];
  answers: Map<number, DeclaredAnswer>;
}

/** Whether the operation has a room in its path. */
export const isInRoom = ({ places }: Pick<Operation, 'places'>): boolean =>
  places.some(({ name }) => name === 'roomName');

type Node = Record<string, unknown>;
interface RawOperation {
  operationId: string;
  security?: unknown[];
  parameters?: Node[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, Node>;
}

const check = schemas('openapi', openapi);

/** Follows a reference within openapi.json. */
export function resolve<T>(node: Node | Schema): T {
  const ref = (node as { $ref?: string }).$ref;
  if (ref === undefined) return node as T;
  return ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, name) => (at as Node)[name], openapi) as T;
}

const escaped = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');

export const OPERATIONS: readonly Operation[] = Object.entries(openapi.paths).flatMap(([path, item]) =>
  Object.entries(item as unknown as Record<string, RawOperation>).map(([method, raw]) => operation(path, method, raw)),
);

function operation(path: string, method: string, raw: RawOperation): Operation {
  const at = `/paths/${escaped(path)}/${method}`;
  const parameters = (raw.parameters ?? []).map((one) => resolve<Parameter & { in: string }>(one));
  const parametersIn = (place: string): Parameter[] =>
    parameters.filter((one) => one.in === place).map(({ name, schema }) => ({ name, schema: resolve<Schema>(schema) }));
  const body = raw.requestBody?.content['application/json']?.schema;
  const answers = Object.entries(raw.responses).map(([status, node]) =>
    answer(Number(status), node, `${at}/responses/${status}`),
  );
  return {
    id: raw.operationId,
    method: method.toUpperCase(),
    path,
    needsSession: (raw.security ?? openapi.security).length > 0,
    body: body && resolve<Schema>(body),
    bodyFault: body ? check(`${at}/requestBody/content/application~1json/schema`) : () => undefined,
    query: parametersIn('query'),
    places: parametersIn('path'),
    headers: parametersIn('header'),
    answers: new Map(answers.map((one) => [one.status, one])),
  };
}

function answer(status: number, node: Node, at: string): DeclaredAnswer {
  const ref = node.$ref as string | undefined;
  const { content, headers } = resolve<{ content?: Node; headers?: Node }>(node);
  const mediaType = Object.keys(content ?? {})[0];
  const pointer = `${ref?.slice(1) ?? at}/content/${escaped(mediaType ?? '')}/schema`;
  return {
    status,
    shared: ref?.split('/').at(-1),
    mediaType,
    headers: Object.keys(headers ?? {}),
    fault: mediaType === undefined ? () => undefined : check(pointer),
  };
}

/** The operation with this id. */
export const operationOf = (id: string): Operation =>
  OPERATIONS.find((one) => one.id === id) ?? fail(`The contract has no operation ${id}.`);

/** The path with its parameters filled in, percent-encoded. */
export const filled = (path: string, values: Readonly<Record<string, string>>): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));

/** How an upgrade may be refused: each status with its codes. */
export const HANDSHAKE_REFUSALS = Object.entries(asyncapi.channels.room['x-handshake']).map(
  ([status, { codes, when }]) => ({ status: Number(status), codes: codes as string[], when }),
);

/** The upgrade as an operation whose refusals are problems. */
export const HANDSHAKE: Operation = {
  id: 'handshake',
  method: 'GET',
  path: asyncapi.channels.room.address,
  needsSession: true,
  body: undefined,
  bodyFault: () => undefined,
  query: [],
  places: [],
  headers: [],
  answers: new Map(
    HANDSHAKE_REFUSALS.map(({ status }) => [
      status,
      {
        status,
        shared: undefined,
        mediaType: 'application/problem+json',
        headers: status === 405 ? ['Allow'] : [],
        fault: check('/components/schemas/Problem'),
      },
    ]),
  ),
};

function fail(message: string): never {
  throw new Error(message);
}
