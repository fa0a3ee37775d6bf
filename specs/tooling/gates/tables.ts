// What a client programs against in problems.yaml and close-codes.yaml: a row that is gone, or that now asks for something
// else. Titles, meanings and advice are words for people and may change; new rows break nobody (the guide says how to take one),
// and neither does a code that is now also used on the other wire, where it is new.
import { isDeepStrictEqual } from 'node:util';
import { isObject, type JsonObject } from '../generate/json.ts';

/** The columns a program acts on, by table. */
const BINDING: Record<string, string[]> = {
  'problems.yaml': ['status', 'socket', 'retry', 'stored'],
  'close-codes.yaml': ['name', 'client', 'backoff'],
};

/** The wires a problem code is used on: HTTP by its status, and the socket. */
const WIRES = ['status', 'socket'];

/** The tables that are kept with a release. */
export const TABLES = Object.keys(BINDING);

/** How the table `name` breaks a client that was written for the one before, one sentence each. */
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
