// The contract's coverage: what it declares against what the wiretap saw while all tests ran. Prints a table and says
// what is missing; knows no test.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import asyncapi from '@parlance/specs/asyncapi.json' with { type: 'json' };
import { CLOSE_CODES } from '@parlance/specs/close-codes.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { PROBLEMS, SOCKET_ERRORS } from '@parlance/specs/problems.ts';
import { allOperations, internalOperations, type Operation } from './contract.ts';

/** Answers that any operation may give: shown once a code, not once an operation. */
const SHARED = new Set([
  'BadRequest',
  'BadOrigin',
  'NotFound',
  'MethodNotAllowed',
  'RequestTimeout',
  'BodyTooLarge',
  'UnsupportedMediaType',
  'TooManyRequests',
  'HeadersTooLarge',
  'InternalError',
  'BadGateway',
  'Unavailable',
  'GatewayTimeout',
]);
/** What only nginx says; no test can show it where there is none. */
const NGINX = ['code bad_gateway', 'code gateway_timeout'];

/** Answers whose status stands for more than one code. */
const CODES: Readonly<Record<string, readonly string[]>> = {
  UserTaken: ['email_taken', 'username_taken'],
  Forbidden: ['not_room_owner'],
};

function answersOf(operation: Operation): string[] {
  return Object.entries(operation.responses).flatMap(([status, { $ref }]) => {
    const name = $ref?.split('/').at(-1) ?? '';
    if (SHARED.has(name)) return [];
    return (CODES[name] ?? ['']).map((code) => `answer ${operation.operationId} ${status}${code && ` ${code}`}`);
  });
}

const isPublic = (operation: Operation) => operation.security?.length === 0;

/** Everything the contract declares, by group, in the words in which the wiretap and the tests note it. */
function declared(): Record<string, string[]> {
  const operations = allOperations();
  const { channels, components } = asyncapi;
  const frames = (union: { oneOf: { $ref: string }[] }) =>
    union.oneOf.map(({ $ref }) => {
      const schema = (components.schemas as Record<string, unknown>)[$ref.split('/').at(-1)!];
      return /"type":\{[^{}]*"const":"([a-z.]+)"/.exec(JSON.stringify(schema))![1];
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
