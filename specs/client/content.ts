// What the contract says about a message's text. The server is the judge; this only saves it the frames that it would
// refuse, because a few of those in a minute end a socket for good.
import { LIMITS } from '../generated/limits.ts';

/** The length of a text as the contract's limits count it: in Unicode code points. */
export function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** What is wrong with a message's text, for people; undefined when nothing is. */
export function contentFault(text: string): string | undefined {
  if (!/[^\s\p{Cc}\p{Cf}]/u.test(text)) return 'There is nothing to see in it.';
  if (/[\0\p{Cs}]/u.test(text)) return 'It has U+0000 or half a character in it.';
  if (countCharacters(text) > LIMITS.contentMax) return `It has more than ${LIMITS.contentMax} characters.`;
  return undefined;
}
