// The contract's rules for the text of a message. The server decides; this check only avoids frames that it would
// refuse, because a few of those in a minute close a socket for good.
import { LIMITS } from '../generated/limits.ts';

/** The length of a text as the contract's limits count it: in Unicode code points. */
export function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Returns what is wrong with the text, for people; undefined if it is valid. */
export function contentFault(text: string): string | undefined {
  if (!/[^\s\p{Cc}\p{Cf}]/u.test(text)) return 'The text has no visible character.';
  if (/[\0\p{Cs}]/u.test(text)) return 'The text contains U+0000 or a lone surrogate.';
  if (countCharacters(text) > LIMITS.contentMax) return `The text has more than ${LIMITS.contentMax} characters.`;
  return undefined;
}
