// Turns messages of the validator (Ajv) into messages for people. Those of patterns and formats are the contract's.
import { PATTERN_SAYS } from '@parlance/specs/patterns.ts';

/** The message, with the pattern or format in it replaced by what it means. */
export function inWords(message: string): string {
  const rule = /^must match (?:pattern|format) "(.*)"$/s.exec(message)?.[1];
  return PATTERN_SAYS[rule ?? ''] ?? message;
}
