// What the ledger of promises is made of. Knows no promise.

/** Words of a published text as they stand there, the file of the test that keeps them, and a pattern of the test's name. */
export type Kept = readonly [words: string, file: string, name: string];

/** By place: an operation, a message of the socket, a section of a guide. */
export type Promises = Readonly<Record<string, readonly Kept[]>>;

/** Without code font, links, emphasis and line breaks. */
export const plain = (text: string): string =>
  text
    .replaceAll(/\]\([^)]*\)/g, ']')
    .replaceAll(/[`*[\]]/g, '')
    .replace(/\s+/g, ' ');

/** The sentences of a text. A full stop inside a number or a name does not end one. */
export const sentencesOf = (text: string): string[] =>
  plain(text)
    .split(/(?<=[.!?]) (?=[A-Z])|(?<=\.) (?=[a-z`])/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
