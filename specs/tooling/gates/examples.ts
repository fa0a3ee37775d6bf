// Validates every example of the contract against its schema: those in the documents and the files in examples/.
// Compiles the schemas itself, without the generated validators, so that it also tests the generator.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { isEmoji } from '../../emoji.ts';
import { bundle } from '../generate/bundle.ts';
import { closed } from '../generate/close.ts';
import { isObject, type Json, type JsonObject } from '../generate/json.ts';
import { objectsIn, schemasIn } from './walk.ts';

export const documents = ['openapi.yaml', 'openapi.internal.yaml', 'asyncapi.yaml'];

/** An example, the pointer of the schema that it must satisfy, and its own pointer. */
export interface Example {
  value: Json;
  schema: string;
  at: string;
}

/** Every example in a bundled document: of schemas, parameters, headers, bodies and messages. */
export function examplesIn(document: JsonObject): Example[] {
  const ofSchemas = schemasIn(document).flatMap(({ node, pointer }) => examplesOf(node, pointer, pointer));
  const beside = objectsIn(document, (node) => isObject(node.schema));
  const messages = objectsIn(document, (node) => isObject(node.payload) && Array.isArray(node.examples));
  return [
    ...ofSchemas,
    ...beside.flatMap(({ node, pointer }) => examplesOf(node, pointer, `${pointer}/schema`)),
    ...messages.flatMap(({ node, pointer }) =>
      (node.examples as JsonObject[]).map(({ payload }, index) => ({
        value: payload as Json,
        schema: `${pointer}/payload`,
        at: `${pointer}/examples/${index}`,
      })),
    ),
  ];
}

/** Returns a function that validates a value against the schema at a pointer and returns the error, if any. */
export function judge(document: JsonObject): (schema: string, value: Json) => string | undefined {
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  ajv.addFormat('rgi-emoji', isEmoji);
  ajv.addSchema(document, 'document');
  return (schema, value) => {
    const fragment = schema.split('/').map(encodeURIComponent).join('/');
    const validate = ajv.getSchema(`document#${fragment}`);
    if (validate === undefined) throw new Error(`no schema at ${schema}`);
    return validate(value) === true ? undefined : ajv.errorsText(validate.errors);
  };
}

/** Every wrong example in `dir`, one sentence each: against the published form, the enforced form, and in examples/. */
export function wrongExamples(dir: string): string[] {
  const wrong: string[] = [];
  const named = new Map<string, ReturnType<typeof judge>>();
  for (const name of documents) {
    const published = bundle(dir, name);
    const forms: [string, JsonObject][] = [
      ['as published', published],
      ['as enforced', closed(published)],
    ];
    for (const [form, document] of forms) {
      const fault = judge(document);
      for (const { value, schema, at } of examplesIn(document)) {
        const said = fault(schema, value);
        if (said !== undefined) wrong.push(`${name}#${at}: not valid ${form}: ${said}`);
      }
      for (const schema of schemasIn(document)) named.set(schema.pointer, fault);
    }
  }
  for (const { kind, file, schema, value } of exampleFiles(dir)) {
    const fault = named.get(`/components/schemas/${schema}`);
    if (fault === undefined) wrong.push(`examples/${kind}/${file}: there is no schema ${schema}`);
    else {
      const said = fault(`/components/schemas/${schema}`, value);
      if (kind === 'valid' && said !== undefined) wrong.push(`examples/valid/${file}: ${said}`);
      if (kind === 'invalid' && said === undefined) wrong.push(`examples/invalid/${file}: is valid`);
    }
  }
  return wrong;
}

/** The files examples/{valid,invalid}/<Schema>.<case>.json in `dir`. */
export function exampleFiles(dir: string): { kind: 'valid' | 'invalid'; file: string; schema: string; value: Json }[] {
  return (['valid', 'invalid'] as const).flatMap((kind) => {
    const folder = join(dir, 'examples', kind);
    const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : [];
    return files.map((file) => {
      return {
        kind,
        file,
        schema: file.split('.')[0] ?? '',
        value: JSON.parse(readFileSync(join(folder, file), 'utf8')),
      };
    });
  });
}

function examplesOf(node: JsonObject, pointer: string, schema: string): Example[] {
  const { example, examples } = node;
  const found: Example[] = example === undefined ? [] : [{ value: example, schema, at: `${pointer}/example` }];
  if (Array.isArray(examples)) {
    found.push(...examples.map((value, index) => ({ value, schema, at: `${pointer}/examples/${index}` })));
  } else if (isObject(examples)) {
    for (const [name, item] of Object.entries(examples)) {
      if (isObject(item)) found.push({ value: item.value as Json, schema, at: `${pointer}/examples/${name}` });
    }
  }
  return found;
}
