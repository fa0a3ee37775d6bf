// Refuses a contract that breaks the last release, unless its version permits this and the changelog has an entry.
// A release is a folder releases/<version>/ with the published openapi.json, asyncapi.json and tables of codes.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareOpenApi } from 'api-smart-diff';
import { isObject, type Json, type JsonObject, mapSchemas, mapValues, readYaml } from '../generate/json.ts';
import { strict } from '../generate/words.ts';
import { framesAsHttp } from './frames_as_http.ts';
import { brokenPromises } from './promises.ts';
import { brokenRows, TABLES } from './tables.ts';

/**
 * The binding part of a schema: patterns under both names, no codes (tables.ts detects removed ones), and no int64, which
 * tells generators the size of a number and which every integer of a JSON document has room for.
 */
function binding(node: Json): Json {
  if (Array.isArray(node)) return node.map(binding);
  if (!isObject(node)) return node;
  const { $ref, 'x-extensible-enum': _, 'x-exactly-one-of': groups, ...rest } = node;
  if (rest.type === 'integer' && rest.format === 'int64') delete rest.format;
  // The comparer fails on keywords beside a reference.
  if (typeof $ref === 'string') return { $ref };
  return { ...strict(mapValues(rest, binding)), ...(groups === undefined ? {} : { 'x-exactly-one-of': groups }) };
}

/** Every breaking change between two published documents of the same kind, one sentence each. */
export function breakingChanges(before: JsonObject, after: JsonObject): string[] {
  const [was, is] = [mapSchemas(before, binding), mapSchemas(after, binding)];
  const [one, other] = before.asyncapi === undefined ? [was, is] : [framesAsHttp(was), framesAsHttp(is)];
  // The comparer resolves references in place: it gets copies.
  const found = compareOpenApi(structuredClone(one), structuredClone(other)).diffs.filter(
    ({ type, path }) => type === 'breaking' && path[0] !== 'components',
  );
  const sentences = found.map(({ action, path, before: was, after: is }) => {
    return `${path.slice(1).join(' ')}: ${action} ${short(was)}${short(is) && ` → ${short(is)}`}`;
  });
  return [...sentences, ...brokenPromises(one, other)];
}

/** Why the contract in `dir` cannot follow the last release in `dir`/releases; empty if it can, or without one. */
export function refusals(dir: string): string[] {
  const last = lastRelease(join(dir, 'releases'));
  if (last === undefined) return [];
  const released = join(dir, 'releases', last);
  const documents = ['openapi.json', 'asyncapi.json'].map((name) => {
    const [before, after] = [readJson(join(released, name)), readJson(join(dir, 'generated', name))];
    return { name, is: versionOf(after), changes: breakingChanges(before, after) };
  });
  const tables = TABLES.map((name) => {
    const changes = brokenRows(name, readYaml(join(released, name)), readYaml(join(dir, name)));
    return { name, is: documents[0]!.is, changes };
  });
  return [...documents, ...tables].flatMap(({ name, is, changes }) => {
    const told = changes.map((change) => `${name}: ${change}`);
    if (told.length === 0) return [];
    if (!mayBreak(last, is)) return [...told, `${name}: that breaks ${last}, but info.version ${is} does not allow it`];
    if (!isTold(dir, is)) return [...told, `specs/CHANGELOG.md has no entry "## ${is}"`];
    return [];
  });
}

/** Whether a version can break another: with a higher major, or with a higher minor while both are 0.x. */
export function mayBreak(before: string, after: string): boolean {
  const [major = 0, minor = 0] = before.split('.').map(Number);
  const [newMajor = 0, newMinor = 0] = after.split('.').map(Number);
  return newMajor > major || (major === 0 && newMajor === 0 && newMinor > minor);
}

function isTold(dir: string, version: string): boolean {
  const path = join(dir, 'CHANGELOG.md');
  if (!existsSync(path)) return false;
  const headings = readFileSync(path, 'utf8').matchAll(/^## v?(\d+\.\d+\.\d+)/gm);
  return [...headings].some(([, told]) => told === version);
}

function lastRelease(releases: string): string | undefined {
  const versions = existsSync(releases) ? readdirSync(releases).filter((name) => /^\d+\.\d+\.\d+$/.test(name)) : [];
  return versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
}

function versionOf(document: JsonObject): string {
  return String((document.info as JsonObject).version);
}

function readJson(path: string): JsonObject {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function short(value: unknown): string {
  const text = value === undefined ? '' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

if (import.meta.main) {
  const found = refusals(fileURLToPath(new URL('../..', import.meta.url)));
  for (const sentence of found) console.error(sentence);
  process.exitCode = found.length > 0 ? 1 : 0;
}
