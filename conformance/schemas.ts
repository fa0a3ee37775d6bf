// Compiles a schema that stands somewhere in a document of the contract. Knows JSON Schema 2020-12, the contract's own
// x-pattern, and no document.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/**
 * @param document a whole OpenAPI or AsyncAPI document, references resolved into itself.
 * @returns from a JSON pointer into it to a check, which says why a value does not fit, or undefined.
 */
export function schemas(name: string, document: object): (pointer: string) => (value: unknown) => string | undefined {
  const ajv = new Ajv2020({ strict: false, allErrors: false, formats: { 'date-time': UTC } });
  const matcher = (source: string) => {
    const pattern = new RegExp(source, 'u');
    return (text: string) => pattern.test(text);
  };
  ajv.addKeyword({ keyword: 'x-pattern', type: 'string', schemaType: 'string', compile: matcher });
  ajv.addSchema(document, name);
  const compiled = (pointer: string) => ajv.getSchema(`${name}#${encodeURI(pointer)}`) ?? missing(name, pointer);
  return (pointer) => {
    // Compiled when it is first needed: a run does not look at every answer that could be.
    let validate: ValidateFunction | undefined;
    return (value) => {
      validate ??= compiled(pointer);
      if (validate(value)) return undefined;
      const { instancePath, message, params } = validate.errors![0]!;
      return `${instancePath || '/'} ${message} ${JSON.stringify(params)}`;
    };
  };
}

function missing(name: string, pointer: string): never {
  throw new Error(`${name} has no ${pointer}`);
}
