// Contract coverage: compares what the contract declares with what the wiretap noted while all tests ran. Prints a table
// and returns what is missing.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import asyncapi from '@parlance/specs/asyncapi.json' with { type: 'json' };
import { CLOSE_CODES } from '@parlance/specs/close_codes.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import openapi from '@parlance/specs/openapi.json' with { type: 'json' };
import { PROBLEMS, SOCKET_ERRORS } from '@parlance/specs/problems.ts';
import { allOperations, declaredResponse, internalOperations, type Operation, type Response } from './contract.ts';

interface Schema {
  'x-exactly-one-of'?: string[][];
}

/** Only nginx answers with these codes: they are not required where nginx is not installed. */
const NGINX = ['code bad_gateway', 'code gateway_timeout'];

/** Codes that any operation may answer with: each is required once, not once per operation. */
const ANY_REQUEST = new Set([
  ...['invalid_request', 'invalid_json', 'too_many_requests'],
  ...Object.values(openapi.components.responses as Record<string, Response>).flatMap((response) =>
    response['x-any-request'] ? (response['x-codes'] ?? []) : [],
  ),
]);

function answersOf(operation: Operation): string[] {
  return Object.keys(operation.responses).flatMap((status) => {
    const codes = declaredResponse(operation, Number(status))?.['x-codes'] ?? [''];
    const own = codes.filter((code) => !ANY_REQUEST.has(code));
    return own.map((code) => `answer ${operation.operationId} ${status}${code && ` ${code}`}`);
  });
}

const isPublic = (operation: Operation) => operation.security?.length === 0;

/** Everything that the contract declares, by group, as the strings that the wiretap and the tests note. */
function declared(): Record<string, string[]> {
  const operations = allOperations();
  const { channels, components } = asyncapi;
  /** An event whose text can be withdrawn is required both with its text and without. */
  const frames = (union: { oneOf: { $ref: string }[] }) =>
    union.oneOf.flatMap(({ $ref }) => {
      const schema = (components.schemas as Record<string, Schema>)[$ref.split('/').at(-1)!]!;
      const type = /"type":\{[^{}]*"const":"([a-z.]+)"/.exec(JSON.stringify(schema))![1];
      return schema['x-exactly-one-of']?.map((form) => `${type} ${form.join()}`) ?? [type];
    });
  return {
    'operation × answer': operations.flatMap(answersOf),
    'operation × way to log in': operations
      .filter((operation) => !isPublic(operation))
      .flatMap(({ operationId }) => [`security ${operationId} session`, `security ${operationId} bearer`]),
    'internal operation × answer': internalOperations().flatMap(({ operationId }) => [
      `internal ${operationId} answered`,
      `internal ${operationId} refused`,
    ]),
    'problem code': Object.keys(PROBLEMS).map((code) => `code ${code}`),
    'refusal of the upgrade': Object.entries(channels.room['x-handshake']).flatMap(([status, { codes }]) =>
      codes.map((code) => `handshake ${status} ${code}`),
    ),
    'frame × direction': [
      ...frames(components.schemas.ClientFrame).map((type) => `frame client ${type}`),
      ...frames(components.schemas.ServerFrame).map((type) => `frame server ${type}`),
    ],
    'socket error': Object.keys(SOCKET_ERRORS).map((code) => `error ${code}`),
    'close code': Object.keys(CLOSE_CODES).map((code) => `close ${code}`),
    'limit, reached and passed': Object.keys(LIMITS).flatMap((name) => [`limit ${name} at`, `limit ${name} beyond`]),
  };
}

/** Prints how much of each group was seen. @returns what is missing. */
export function reportCoverage(directory: string, hasNginx: boolean): string[] {
  const files = readdirSync(directory).map((file) => readFileSync(join(directory, file), 'utf8').split('\n'));
  const notes = files.flat().filter(Boolean);
  const shown = (what: string) => notes.some((note) => note === what || note.startsWith(`${what} `));
  const missing: string[] = [];
  console.log('\nContract coverage');
  for (const [group, all] of Object.entries(declared())) {
    const wanted = all.filter((what) => hasNginx || !NGINX.includes(what));
    const absent = wanted.filter((what) => !shown(what));
    missing.push(...absent);
    const share = Math.floor(((wanted.length - absent.length) / wanted.length) * 100);
    console.log(
      `  ${group.padEnd(28)} ${String(wanted.length - absent.length).padStart(4)} of ${wanted.length} (${share} %)`,
    );
  }
  return missing;
}
