// Finds what is published and stops other languages: a `pattern` that their engines for regular expressions do not take,
// and an `enum` in what the server says, which no later version could add to. Words for people are not looked at.
import type { JsonObject } from '../generate/json.ts';
import { isPortable } from '../generate/words.ts';
import { schemasIn } from './walk.ts';

/** Everything in a bundled document that cannot be used everywhere, one sentence each. */
export function unportable(document: JsonObject): string[] {
  return schemasIn(document).flatMap(({ node, pointer }) => [
    ...(typeof node.pattern === 'string' && !isPortable(node.pattern)
      ? [`${pointer}: ${node.pattern} is not a pattern everywhere: call it x-pattern`]
      : []),
    ...(typeof node['x-pattern'] === 'string' && isPortable(node['x-pattern'])
      ? [`${pointer}: ${node['x-pattern']} is a pattern everywhere: call it so`]
      : []),
    ...(node.pattern !== undefined && node['x-pattern'] !== undefined
      ? [`${pointer}: a pattern and an x-pattern beside each other: one would be lost`]
      : []),
    ...(node['x-pattern'] !== undefined && typeof node['x-pattern-says'] !== 'string'
      ? [`${pointer}: an x-pattern needs x-pattern-says`]
      : []),
    ...(node.enum !== undefined ? [`${pointer}: an enum is closed for ever: call it x-extensible-enum`] : []),
  ]);
}
