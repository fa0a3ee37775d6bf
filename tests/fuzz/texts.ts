// Generates texts in many scripts: common input, difficult Unicode, and characters that no text may contain. Does not know
// which of them a schema accepts.
import type { Random } from '../../conformance/random.ts';

const ALPHABETS: readonly (readonly string[])[] = [
  Array.from('abcdefghijklmnopqrstuvwxyzABCXYZ0123456789'),
  Array.from('abc _.-'),
  Array.from('äöüßÅéñÇẞıİŁ'),
  Array.from('Σσςάώβ'),
  Array.from('漢字かなカナ한글'),
  Array.from('شبكة٣٤'),
  ['क', 'क्', 'षि', 'ก็', 'เ', '\u0e33'],
  ['𝒳', '𐐷', '𠮷', '𝟘', '😀', '🫖'],
  ['👍🏽', '❤️', '🇩🇪', '👩🏽‍🚀', '#️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'],
  // Composed and decomposed forms of the same text, and marks that normalisation puts in order.
  ['e\u0301', 'é', 'a\u0323\u0307', 'a\u0307\u0323', '\u1112\u1161', 'ǖ', '\u212b', '\u2126', 'q\u0307'],
  ['\u0301', '\u0308', '\u0323', '\u20dd', '\u0488'],
  ['ﬁ', '①', 'Ⅷ', '½', 'ʰ', 'Ａ', 'ﷺ', '\u0344', '\u0958'],
  ['\u200b', '\u200d', '\u2060', '\u3164', '\ufe0f', '\u00ad', '\ufeff', '\u202e', '\u180e', '\u{e0041}'],
  [' ', '\u00a0', '\u2003', '\u3000', '\u1680', '\u205f'],
  ['\t', '\n', '\r', '\u0001', '\u001f', '\u007f', '\u0085', '\u2028', '\u2029', '\u000b'],
  Array.from('<>&"\'\\/%;:?#[]{}|^~`$()+,=@!*'),
  ['\ue000', '\u0378', '\ufffe', '\ufffd', '\u{10ffff}', '\u{f0000}'],
];
/** Characters that PostgreSQL or UTF-8 cannot store. */
const FORBIDDEN = ['\u0000', '\ud800', '\udfff', '\udc00\ud800', 'a\ud83d', '\ude00b'];

/** Generates `length` elements of one or two alphabets. An element can have several code points. */
export function text(random: Random, length: number): string {
  const alphabets = [random.pick(ALPHABETS), random.pick(ALPHABETS)];
  // A long text repeats a short one, which is cheaper to generate.
  const piece = Array.from({ length: Math.min(length, 24) }, () => random.pick(random.pick(alphabets))).join('');
  return piece.repeat(Math.ceil(length / 24));
}

/** The first `length` code points. */
export const cut = (value: string, length: number): string => Array.from(value).slice(0, length).join('');

/** Inserts `what` at a random place between code points. */
export function inserted(random: Random, value: string, what: string): string {
  const points = Array.from(value);
  const at = random.pick([0, points.length, random.below(points.length + 1)]);
  return [...points.slice(0, at), what, ...points.slice(at)].join('');
}

/** Inserts a character that no text of the contract may contain. */
export const withForbidden = (random: Random, value: string): string => inserted(random, value, random.pick(FORBIDDEN));

/** Inserts one element of any alphabet. */
export const withAny = (random: Random, value: string): string => inserted(random, value, text(random, 1));

/** Every emoji of one code point, and sequences of several kinds. A few are not in the RGI set. */
export const EMOJI: readonly string[] = [
  ...Array.from({ length: 0x1faff - 0x231a }, (_, offset) => String.fromCodePoint(0x231a + offset)).filter((one) =>
    /^\p{Emoji_Presentation}$/u.test(one),
  ),
  ...['❤️', '☺️', '👍🏽', '👩🏽‍🚀', '👨‍👩‍👧‍👦', '🏳️‍🌈', '🇩🇪', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '1️⃣', '#️⃣', '⛹🏿‍♀️', '🫱🏻‍🫲🏿', '❤️‍🔥'],
];
