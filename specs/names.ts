// What the contract means by "the same name, without regard to case". The only place where such a key is computed.

/**
 * The key under which a name or an email address is unique and found: NFC, case folded character by character (so that
 * a final sigma equals the others; down first, since ẞ is its own capital and ß becomes SS). Two names are the same when
 * their keys are.
 */
export const nameKey = (text: string): string =>
  Array.from(normalName(text), (character) => character.toLowerCase().toUpperCase().toLowerCase())
    .join('')
    .normalize('NFC');

/** A name as it is validated, stored and answered: NFC. */
export const normalName = (text: string): string => text.normalize('NFC');
