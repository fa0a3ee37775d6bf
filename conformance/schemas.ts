// Compiles a schema that stands somewhere in a document of the contract. Knows JSON Schema 2020-12 and no document.
import { Ajv2020 } from 'ajv/dist/2020.js';

const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/**
 * @param document a whole OpenAPI or AsyncAPI document, references resolved into itself.
 * @returns from a JSON pointer into it to a check, which says why a value does not fit, or undefined.
 */
export function schemas(name: string, document: object): (pointer: string) => (value: unknown) => string | undefined {
  const ajv = new Ajv2020({ strict: false, allErrors: false, formats: { 'date-time': UTC } });
  ajv.addSchema(document, name);
  return (pointer) => {
    const validate = ajv.compile({ $ref: `${name}#${encodeURI(pointer)}` });
    return (value) => {
      if (validate(value)) return undefined;
      const { instancePath, message, params } = validate.errors![0]!;
      return `${instancePath || '/'} ${message} ${JSON.stringify(params)}`;
    };
  };
}
