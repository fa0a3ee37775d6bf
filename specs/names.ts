// Defines when two names are the same without regard to case. The only place that computes such a key.
import { LIMITS } from './generated/limits.ts';

/**
 * The key by which names and email addresses are unique and looked up: NFC, with the case folded character by character,
 * so that a final sigma equals the other forms. Lower-cases first, because ẞ is its own capital and ß becomes SS. Two
 * names are the same if their keys are equal.
 */
export const nameKey = (text: string): string =>
  Array.from(normalName(text), (character) => character.toLowerCase().toUpperCase().toLowerCase())
    .join('')
    .normalize('NFC');

/** No NFC character decomposes into more than four characters of two UTF-16 units: a longer text is always too long. */
const UNITS_MAX = 8 * LIMITS.roomNameMax;

/**
 * The NFC form of a name, as validated, stored and returned. A text that is far too long is returned unchanged and
 * refused later, because sorting its marks takes quadratic time.
 */
export const normalName = (text: string): string => (text.length > UNITS_MAX ? text : text.normalize('NFC'));
