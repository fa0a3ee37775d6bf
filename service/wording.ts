// What a validator (Ajv) says of a value, in words for people. The words for a pattern or a format are the contract's own.
import { PATTERN_SAYS } from '@parlance/specs/patterns.ts';

/** The message, with the pattern or format in it replaced by what it means. */
export function inWords(message: string): string {
  const rule = /^must match (?:pattern|format) "(.*)"$/s.exec(message)?.[1];
  return PATTERN_SAYS[rule ?? ''] ?? message;
}
