// Breaking changes of problems.yaml and close-codes.yaml: a row that was removed, or that requires other behaviour of a
// client. Titles, meanings and advice are for people and can change. New rows break no client (the guide says how to
// treat them), and neither does a code that is now also used over the other transport.
import { isDeepStrictEqual } from 'node:util';
import { isObject, type JsonObject } from '../generate/json.ts';

/** The columns a program acts on, by table. */
const BINDING: Record<string, string[]> = {
  'problems.yaml': ['status', 'socket', 'retry', 'stored'],
  'close-codes.yaml': ['name', 'client', 'backoff'],
};

/** The transports of a problem code: HTTP by its status, and the socket. */
const WIRES = ['status', 'socket'];

/** The tables that are kept with a release. */
export const TABLES = Object.keys(BINDING);

/** The changes of the table `name` that break a client of the previous version, one sentence each. */
export function brokenRows(name: string, before: JsonObject, after: JsonObject): string[] {
  return Object.entries(before).flatMap(([code, was]) => {
    const is = after[code];
    if (!isObject(was)) return [];
    if (!isObject(is)) return [`${code} is gone`];
    const isNew = (column: string) => WIRES.includes(column) && was[column] === undefined;
    return BINDING[name]!.filter((column) => !isNew(column) && !isDeepStrictEqual(was[column], is[column])).map(
      (column) => `${code}: ${column} was ${JSON.stringify(was[column])} and is ${JSON.stringify(is[column])}`,
    );
  });
}
