// Compiles the schemas in a document of the contract. Knows JSON Schema 2020-12 and the contract's own keywords, but no
// particular document.
import { isEmoji } from '@parlance/specs/emoji.ts';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/**
 * @param document a whole OpenAPI or AsyncAPI document whose references point into itself.
 * @returns a function from a JSON pointer to a check, which returns why a value is invalid, or undefined.
 */
export function schemas(name: string, document: object): (pointer: string) => (value: unknown) => string | undefined {
  const ajv = new Ajv2020({
    strict: false,
    allErrors: false,
    formats: { 'date-time': UTC, 'rgi-emoji': isEmoji, int64: true },
  });
  const matcher = (source: string) => {
    const pattern = new RegExp(source, 'u');
    return (text: string) => pattern.test(text);
  };
  ajv.addKeyword({ keyword: 'x-pattern', type: 'string', schemaType: 'string', compile: matcher });
  ajv.addKeyword({ keyword: 'x-exactly-one-of', schemaType: 'array', type: 'object', compile: oneGroup });
  ajv.addSchema(document, name);
  const compiled = (pointer: string) => ajv.getSchema(`${name}#${encodeURI(pointer)}`) ?? missing(name, pointer);
  return (pointer) => {
    // Compiled on first use: a run does not receive every possible answer.
    let validate: ValidateFunction | undefined;
    return (value) => {
      validate ??= compiled(pointer);
      if (validate(value)) return undefined;
      const { instancePath, message, params } = validate.errors![0]!;
      return `${instancePath || '/'} ${message} ${JSON.stringify(params)}`;
    };
  };
}

/** Exactly one group of properties is present, complete, and no property of the others. */
const oneGroup = (groups: string[][]) => (value: object) => {
  const present = groups.filter((names) => names.some((name) => name in value));
  return present.length === 1 && present[0]!.every((name) => name in value);
};

function missing(name: string, pointer: string): never {
  throw new Error(`${name} has no ${pointer}`);
}
