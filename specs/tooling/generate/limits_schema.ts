// The schema of the answer of getLimits, generated from limits.yaml: each limit is a property, so none is missing.
import { isObject, type JsonObject } from './json.ts';

/** @param limits the content of limits.yaml */
export function limitsSchema(limits: JsonObject): JsonObject {
  const rows = Object.entries(limits).map(([name, row]) => [name, isObject(row) ? row : {}] as const);
  return {
    description:
      'The limits in force on this server, by their names in the list of limits: the defaults of the contract, or the values that the operator has set.',
    type: 'object',
    required: rows.map(([name]) => name),
    properties: Object.fromEntries(
      rows.map(([name, { value = 0, unit = '', description = '' }]) => [
        name,
        { description: `${description} In ${unit}.`, type: 'integer', format: 'int64', minimum: 0, examples: [value] },
      ]),
    ),
    examples: [Object.fromEntries(rows.map(([name, { value = 0 }]) => [name, value]))],
  };
}
