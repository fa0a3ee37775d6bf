// Bundles a main file and the schemas that it refers to into one document, and fills the limits into its texts. Changes
// nothing else in them.
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { atPointer, isObject, type Json, type JsonObject, mapValues, readYaml } from './json.ts';
import { limitsSchema } from './limits_schema.ts';

const schemaFile = /^schemas\/([A-Za-z][A-Za-z0-9]*)\.yaml$/;
/** Generated from limits.yaml; the file exists for tools that read the unbundled documents. */
const madeFile = 'generated/Limits.yaml';

/**
 * The document of `main` (a file name in `dir`) with each file of schemas/ that it reaches under components.schemas,
 * after the schemas of its own, in alphabetical order. A reference to anything else, or to nothing, throws.
 */
export function bundle(dir: string, main: string): JsonObject {
  const loaded = new Map<string, Json>();
  const filled = limitFiller(dir);

  const load = (name: string, from: string): void => {
    if (loaded.has(name)) return;
    const file = `schemas/${name}.yaml`;
    if (!existsSync(join(dir, file))) throw new Error(`${from} refers to ${file}, which does not exist`);
    loaded.set(name, null);
    loaded.set(name, resolve(readYaml(join(dir, file)), file));
  };

  const target = (ref: string, from: string): string => {
    if (ref.startsWith('#/') && from === main) return ref;
    const [path = '', pointer = ''] = ref.split('#');
    if (path === madeFile) {
      loaded.set('Limits', limitsSchema(readYaml(join(dir, 'limits.yaml'))));
      return '#/components/schemas/Limits';
    }
    const name = schemaFile.exec(posix.join(posix.dirname(from), path))?.[1];
    if (name === undefined) throw new Error(`${from}: ${ref} is not a file of schemas/`);
    load(name, from);
    return `#/components/schemas/${name}${pointer}`;
  };

  const resolve = (node: Json, from: string): Json => {
    if (Array.isArray(node)) return node.map((item) => resolve(item, from));
    if (!isObject(node)) return node;
    return mapValues(node, (value, key) => {
      if (key === '$ref' && typeof value === 'string') return target(value, from);
      // The values of a discriminator's mapping are references to schemas.
      if (key === 'mapping' && isObject(value)) return mapValues(value, (ref) => target(String(ref), from));
      if ((key === 'description' || key === 'summary') && typeof value === 'string') return filled(value, from);
      return resolve(value, from);
    });
  };

  const document = resolve(readYaml(join(dir, main)), main) as JsonObject;
  const components = isObject(document.components) ? document.components : {};
  const schemas = isObject(components.schemas) ? components.schemas : {};
  for (const name of [...loaded.keys()].sort()) {
    const own = schemas[name];
    if (own !== undefined && !(isObject(own) && own.$ref === `#/components/schemas/${name}`)) {
      throw new Error(`${main} declares components.schemas.${name}, and so does schemas/${name}.yaml`);
    }
    schemas[name] = loaded.get(name) as Json;
  }
  assertTargets(document, main, { ...document, components: { ...components, schemas } });
  return { ...document, components: { ...components, schemas } };
}

/** Replaces each `{limits.name}` in a text by the value of the limit. An unknown name throws. */
function limitFiller(dir: string): (text: string, from: string) => string {
  const file = join(dir, 'limits.yaml');
  const limits = existsSync(file) ? readYaml(file) : {};
  return (text, from) =>
    text.replace(/\{limits\.(\w+)\}/g, (_, name: string) => {
      const limit = limits[name];
      if (!isObject(limit)) throw new Error(`${from}: limits.yaml has no ${name}`);
      return Number(limit.value).toLocaleString('en');
    });
}

function assertTargets(node: Json, main: string, document: JsonObject): void {
  if (Array.isArray(node)) for (const item of node) assertTargets(item, main, document);
  if (!isObject(node)) return;
  if (typeof node.$ref === 'string' && followRef(document, node.$ref) === undefined) {
    throw new Error(`${main}: nothing is at ${node.$ref}`);
  }
  for (const value of Object.values(node)) assertTargets(value, main, document);
}

/** The target of a "#/…" reference in a bundled document, or undefined. */
export function followRef(document: JsonObject, ref: string): Json | undefined {
  return ref.startsWith('#') ? atPointer(document, decodeURIComponent(ref.slice(1))) : undefined;
}
