// What the contract means by "the same name, without regard to case". The only place where such a key is computed.
import { LIMITS } from './generated/limits.ts';

/**
 * The key under which a name or an email address is unique and found: NFC, case folded character by character (so that
 * a final sigma equals the others; down first, since ẞ is its own capital and ß becomes SS). Two names are the same when
 * their keys are.
 */
export const nameKey = (text: string): string =>
  Array.from(normalName(text), (character) => character.toLowerCase().toUpperCase().toLowerCase())
    .join('')
    .normalize('NFC');

/** No character of NFC decomposes into more than four, of two UTF-16 units each: beyond this it is too long in any form. */
const UNITS_MAX = 8 * LIMITS.roomNameMax;

/**
 * A name as it is validated, stored and answered: NFC. What is far too long for a name stays as it is, to be refused:
 * putting many marks in order takes time that grows with the square of their number.
 */
export const normalName = (text: string): string => (text.length > UNITS_MAX ? text : text.normalize('NFC'));
