// TypeScript types: the HTTP documents by openapi-typescript, the frames by json-schema-to-typescript.
// The types describe the published form: answers can have more properties and other codes.
import { compile } from 'json-schema-to-typescript';
import openapiTS, { astToString, type OpenAPI3, stringToAST } from 'openapi-typescript';
import type { TypeAliasDeclaration } from 'typescript';
import { flattened } from './close.ts';
import { isObject, type Json, type JsonObject, mapValues } from './json.ts';

/** `paths`, `operations` and `components` of a bundled OpenAPI document, and each of its schemas by name. */
export async function httpTypes(document: JsonObject): Promise<string> {
  const nodes = await openapiTS(document as unknown as OpenAPI3, {
    silent: true,
    defaultNonNullable: false,
    rootTypes: true,
    rootTypesNoSchemaPrefix: true,
    rootTypesKeepCasing: true,
    transform: (schema) => {
      const open = openEnum(schema as unknown as JsonObject);
      return open === undefined ? undefined : (stringToAST(`type Open = ${open}`)[0] as TypeAliasDeclaration).type;
    },
  });
  return astToString(nodes).replace(/^export type \w+ = components\['(?!schemas')\w+'\].*\n/gm, '');
}

/** One exported type per schema, unions as real discriminated unions. References are "#/components/schemas/…". */
export async function frameTypes(document: JsonObject, schemas: JsonObject): Promise<string> {
  const $defs = mapValues(schemas, (schema, name) =>
    typed(isObject(schema) ? flattened(document, schema, `/components/schemas/${name}`) : schema),
  );
  const properties = mapValues($defs, (_, name) => ({ $ref: `#/$defs/${name}` }));
  const text = await compile({ type: 'object', properties, $defs } as Parameters<typeof compile>[0], 'EveryFrame', {
    additionalProperties: false,
    bannerComment: '',
    ignoreMinAndMaxItems: true,
    style: { singleQuote: true, printWidth: 120 },
  });
  return text.replace(/export interface EveryFrame \{[\s\S]*?\n\}\n/, '').trimStart();
}

/** A schema for json-schema-to-typescript: keywords beside a $ref are moved around it; the keys of $defs are names. */
function typed(node: Json): Json {
  if (Array.isArray(node)) return node.map(typed);
  if (!isObject(node)) return node;
  const { $ref, title: _, examples: __, discriminator: ___, ...rest } = node;
  const open = openEnum(rest);
  if (open !== undefined) return { ...rest, tsType: open };
  const words = mapValues(rest, typed);
  if (typeof $ref !== 'string') return words;
  const target = { $ref: $ref.replace('#/components/schemas/', '#/$defs/') };
  return Object.keys(words).length === 0 ? target : { ...words, allOf: [target] };
}

/** The type of a code that is known now or added later. Editors still complete the known ones. */
function openEnum({ 'x-extensible-enum': codes }: JsonObject): string | undefined {
  return Array.isArray(codes) ? [...codes.map((code) => `'${code}'`), '(string & {})'].join(' | ') : undefined;
}
