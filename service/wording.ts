// Turns messages of the validator (Ajv) into readable ones. The contract has the texts for patterns and formats.
import { PATTERN_SAYS } from '@parlance/specs/patterns.ts';

/** Returns the message; one about a pattern or format of the contract is replaced by the contract's text. */
export function inWords(message: string): string {
  const rule = /^must match (?:pattern|format) "(.*)"$/s.exec(message)?.[1];
  return PATTERN_SAYS[rule ?? ''] ?? message;
}
