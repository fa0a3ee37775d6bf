// Problems, close codes, limits and the messages of patterns as constant tables in TypeScript. Adds no information.
import { isObject, type Json, type JsonObject } from './json.ts';

type Row = JsonObject;

/** problems.ts: PROBLEMS (codes with an HTTP status) and SOCKET_ERRORS (codes of error frames), with their code types. */
export function problemsTable(problems: JsonObject): string {
  const http = rows(problems).filter(([, row]) => row.status !== undefined);
  const socket = rows(problems).filter(([, row]) => row.socket === true);
  const told = (row: Row): string => `${row.title}. ${row.advice}`;
  return [
    table(
      'PROBLEMS',
      'Every code that a problem (RFC 9457) can carry, with advice for clients.',
      http,
      without('socket'),
      told,
    ),
    'export type ProblemCode = keyof typeof PROBLEMS;\n',
    table(
      'SOCKET_ERRORS',
      'Every code that an error frame can carry, with advice for clients.',
      socket,
      without('socket', 'status'),
      told,
    ),
    'export type SocketErrorCode = keyof typeof SOCKET_ERRORS;\n',
  ].join('\n');
}

/** close_codes.ts: CLOSE_CODES by number and CLOSE from a name to its number. */
export function closeCodesTable(closeCodes: JsonObject): string {
  const told = (row: Row): string => `${row.meaning} ${row.advice}`;
  const numbers: [string, Row][] = rows(closeCodes).map(([code, row]) => [
    String(row.name),
    { code: Number(code), ...row },
  ]);
  return [
    table(
      'CLOSE_CODES',
      'The meaning of each close code, with advice for clients.',
      rows(closeCodes),
      (row) => row,
      told,
    ),
    'export type CloseCode = keyof typeof CLOSE_CODES;\n',
    table('CLOSE', 'The close codes by name.', numbers, (row) => row.code as Json, told),
  ].join('\n');
}

/**
 * client_rules.ts: the fields of problems and close codes that a client acts on, without texts for people. The texts
 * are most of the bytes, and pages do not load them.
 */
export function clientRulesTable(problems: JsonObject, closeCodes: JsonObject): string {
  return [
    table(
      'CODE_RULES',
      'The rules of a client for a problem or an error frame with this code.',
      rows(problems),
      without('title', 'advice', 'socket'),
    ),
    table(
      'CLOSE_RULES',
      'The rules of a client for a socket that is closed with this code.',
      rows(closeCodes),
      without('meaning', 'advice'),
    ),
  ].join('\n');
}

/** limits.ts: LIMITS from a name to its number, and LIMIT_NOTES with unit and description. */
export function limitsTable(limits: JsonObject): string {
  const told = (row: Row): string => `${row.description} In ${row.unit}.`;
  return [
    table(
      'LIMITS',
      'Every limit as a number, with its unit in the comment.',
      rows(limits),
      (row) => row.value as Json,
      told,
    ),
    'export type LimitName = keyof typeof LIMITS;\n',
    table('LIMIT_NOTES', 'The unit and the description of each limit.', rows(limits), without('value', 'at')),
  ].join('\n');
}

/**
 * patterns.ts: PATTERN_SAYS maps each pattern and custom format in `documents` to the message for a text that does not
 * match it. @throws Error if one pattern has different messages
 */
export function patternsTable(documents: JsonObject[]): string {
  const says = new Map<string, string>();
  const visit = (node: Json): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const word of ['pattern', 'format']) {
      const [rule, words] = isObject(node) ? [node[word], node[`x-${word}-says`]] : [];
      if (typeof rule !== 'string' || typeof words !== 'string') continue;
      if ((says.get(rule) ?? words) !== words) throw new Error(`${rule} has different messages: ${words}`);
      says.set(rule, words);
    }
    for (const value of Object.values(node)) visit(value);
  };
  for (const document of documents) visit(document);
  const lines = [...says].map(([pattern, words]) => `  ${JSON.stringify(pattern)}: ${JSON.stringify(words)},`);
  return `/** The message for a text that does not match, by the pattern or the name of the format. */
export const PATTERN_SAYS: Readonly<Record<string, string>> = {\n${lines.join('\n')}\n};\n`;
}

function rows(source: JsonObject): [string, Row][] {
  return Object.entries(source).map(([key, row]) => {
    if (!isObject(row)) throw new Error(`${key}: expected a mapping`);
    return [key, row];
  });
}

function without(...dropped: string[]): (row: Row) => Json {
  return (row) => Object.fromEntries(Object.entries(row).filter(([key]) => !dropped.includes(key)));
}

function table(
  name: string,
  says: string,
  entries: [string, Row][],
  cell: (row: Row) => Json,
  told?: (row: Row) => string,
): string {
  const lines = entries.flatMap(([key, row]) => [
    ...(told === undefined ? [] : [`  /** ${told(row).replaceAll('*/', '* /')} */`]),
    `  ${/^\w+$/.test(key) ? key : JSON.stringify(key)}: ${literal(cell(row))},`,
  ]);
  return `/** ${says} */\nexport const ${name} = {\n${lines.join('\n')}\n} as const;\n`;
}

function literal(value: Json): string {
  if (!isObject(value)) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${key}: ${literal(item)}`)
    .join(', ')} }`;
}
