// Keywords of the contract that are stricter for servers than for clients. `x-pattern` is a `pattern` (ECMA-262, flag
// u) that not every regular expression engine supports; `x-extensible-enum` is an `enum` of the values that the server
// sends, to which later versions add; `x-exactly-one-of` lists groups of properties of which exactly one is present.
// Client generators ignore them. The published documents keep them; the services enforce their strict equivalents.
import { isObject, type Json, type JsonObject } from './json.ts';

const STRICT: Record<string, string> = { 'x-pattern': 'pattern', 'x-extensible-enum': 'enum' };

/** A schema with strict keywords, including its nested schemas. Examples are unchanged. */
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
 * Whether Python's re, RE2 and Rust's regex accept a pattern with the meaning of ECMA-262: no Unicode classes, whose
 * escapes differ, no look-around and no back-references.
 */
export function isPortable(pattern: string): boolean {
  return !/\\(?!x[0-9a-f]{2}|[nrt]|[^A-Za-z0-9])|\(\?(?!:)/.test(pattern);
}
