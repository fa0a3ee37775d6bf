// Keywords of the contract that bind the server more than its clients. `x-pattern` is a `pattern` (ECMA-262, flag u)
// that not every engine for regular expressions takes; `x-extensible-enum` is an `enum` of what the server may say, to which
// later versions may add; `x-exactly-one-of` lists groups of properties of which exactly one is present; generators of
// clients ignore it. The published documents keep these keywords; the services enforce their strict equivalents.
import { isObject, type Json, type JsonObject } from './json.ts';

const STRICT: Record<string, string> = { 'x-pattern': 'pattern', 'x-extensible-enum': 'enum' };

/** A schema with the strict words, also in what is nested in it. Examples stay as they are. */
export function strict<T extends Json>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(strict) as T;
  if (!isObject(schema)) return schema;
  const entries = Object.entries(schema as JsonObject).map(([key, value]): [string, Json] => {
    if (key === 'example' || key === 'examples') return [key, value];
    if (key === 'x-exactly-one-of') return ['oneOf', (value as string[][]).map((required) => ({ required }))];
    return [STRICT[key] ?? key, strict(value)];
  });
  return Object.fromEntries(entries) as T;
}

/**
 * Whether Python's re, RE2 and Rust's regex take a pattern and mean the same by it as ECMA-262: neither classes of Unicode,
 * whose escapes differ, nor look-around, nor references back.
 */
export function isPortable(pattern: string): boolean {
  return !/\\(?!x[0-9a-f]{2}|[nrt]|[^A-Za-z0-9])|\(\?(?!:)/.test(pattern);
}
