// Standalone validators (Ajv) as one ES module without imports, and its declarations. They validate the closed form.
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import dependentRequired from 'ajv/dist/vocabularies/validation/dependentRequired.js';
import { fastFormats } from 'ajv-formats/dist/formats.js';
import { build } from 'esbuild';
import { isObject, type Json, type JsonObject, mapValues } from './json.ts';

/** One validator to generate: `validate<name>` for a schema of a source. `types`: the generated file with its type. */
export interface Wanted {
  name: string;
  schema: string;
  source: string;
  types?: string;
}

/**
 * The text of validators.js. `sources` maps a name to its schemas, flattened and closed; references between them are
 * "#/components/schemas/…". Patterns have the u flag; formats are the fast ones (a regular expression each).
 */
export async function validatorsModule(sources: Record<string, JsonObject>, wanted: Wanted[]): Promise<string> {
  const ajv = new Ajv({
    strict: true,
    strictRequired: false,
    discriminator: true,
    allowUnionTypes: true,
    code: { source: true, esm: true, lines: true, optimize: 2 },
  });
  ajv.addKeyword(dependentRequired.default);
  for (const [name, format] of Object.entries(fastFormats)) {
    const check = isFormatObject(format) ? format.validate : format;
    ajv.addFormat(name, check instanceof RegExp ? check : true);
  }
  for (const [id, schemas] of Object.entries(sources)) ajv.addSchema({ $id: id, $defs: mapValues(schemas, bare) });
  const exports = Object.fromEntries(
    wanted.map(({ name, source, schema }) => [`validate${name}`, `${source}#/$defs/${schema}`]),
  );
  const bundled = await build({
    stdin: { contents: standalone.default(ajv, exports), resolveDir: fileURLToPath(new URL('../..', import.meta.url)) },
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    legalComments: 'none',
    write: false,
  });
  return bundled.outputFiles[0]!.text.replace(/^\/\/ \S*\n/gm, '');
}

/** The text of validators.d.ts. */
export function validatorsDeclarations(wanted: Wanted[]): string {
  const files = [...new Set(wanted.flatMap(({ types }) => types ?? []))];
  const imports = files.map((file) => {
    const names = wanted.filter(({ types }) => types === file).map(({ schema }) => schema);
    return `import type { ${[...new Set(names)].sort().join(', ')} } from './${file}';`;
  });
  return [
    ...imports,
    '',
    '/** A validation error of Ajv. `instancePath` is a JSON pointer into the value. */',
    'export interface Fault {\n  instancePath: string;\n  schemaPath: string;\n  keyword: string;\n  params: Record<string, unknown>;\n  message?: string;\n}',
    '',
    '/** Whether a value matches the contract exactly. If not, `errors` has the first error until the next call. */',
    'export interface Validate<T> {\n  (value: unknown): value is T;\n  errors?: Fault[] | null;\n}',
    '',
    ...wanted.map(
      ({ name, schema, types }) => `export declare const validate${name}: Validate<${types ? schema : 'unknown'}>;`,
    ),
    '',
  ].join('\n');
}

function isFormatObject(format: unknown): format is { validate: unknown } {
  return typeof format === 'object' && format !== null && 'validate' in format;
}

/** A schema without annotations, with references and discriminator in the form that Ajv requires. */
function bare(node: Json): Json {
  if (Array.isArray(node)) return node.map(bare);
  if (!isObject(node)) return node;
  const {
    description: _,
    title: __,
    example: ___,
    examples: ____,
    deprecated: _____,
    discriminator,
    $ref,
    ...rest
  } = node;
  const binding = Object.fromEntries(Object.entries(rest).filter(([key]) => !key.startsWith('x-')));
  const result = mapValues(binding, (value, key) =>
    key === 'properties' && isObject(value) ? mapValues(value, bare) : bare(value),
  );
  if (typeof $ref === 'string') result.$ref = $ref.replace('#/components/schemas/', '#/$defs/');
  if (typeof discriminator === 'string')
    return { ...result, type: 'object', discriminator: { propertyName: discriminator } };
  if (!isObject(discriminator)) return result;
  // Ajv does not support a mapping: it selects the branch by the `const` of the property.
  return { ...result, type: 'object', discriminator: { propertyName: discriminator.propertyName! } };
}
