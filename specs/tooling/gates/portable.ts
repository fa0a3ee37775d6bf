// Finds published keywords that other languages cannot use: a `pattern` that their regular expression engines reject,
// and an `enum` of values that the server sends, which no later version could extend. Texts for people are not checked.
import type { JsonObject } from '../generate/json.ts';
import { isPortable } from '../generate/words.ts';
import { schemasIn } from './walk.ts';

/** Every keyword of a bundled document that is not portable, one sentence each. */
export function unportable(document: JsonObject): string[] {
  return schemasIn(document).flatMap(({ node, pointer }) => [
    ...(typeof node.pattern === 'string' && !isPortable(node.pattern)
      ? [`${pointer}: ${node.pattern} is not portable: use x-pattern`]
      : []),
    ...(typeof node['x-pattern'] === 'string' && isPortable(node['x-pattern'])
      ? [`${pointer}: ${node['x-pattern']} is portable: use pattern`]
      : []),
    ...(node.pattern !== undefined && node['x-pattern'] !== undefined
      ? [`${pointer}: has both pattern and x-pattern: one would be lost`]
      : []),
    ...(node['x-pattern'] !== undefined && typeof node['x-pattern-says'] !== 'string'
      ? [`${pointer}: an x-pattern needs x-pattern-says`]
      : []),
    ...(node.enum !== undefined ? [`${pointer}: an enum cannot be extended later: use x-extensible-enum`] : []),
  ]);
}
