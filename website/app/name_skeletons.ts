// Computes the skeletons of a name, which define "looks the same" in the contract. No other file computes them.
import { nameKey } from '@parlance/specs/names.ts';
import unhomoglyph from 'unhomoglyph';

/** Unicode UTS 39, 4: removes invisible characters, and replaces every other one by the one it can be confused with. */
const confusables = (text: string): string =>
  unhomoglyph(text.normalize('NFD').replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')).normalize('NFD');

/** Removes differences of case and of compatibility: width, ligatures, superscripts (NFKC). */
const folded = (text: string): string => nameKey(text.normalize('NFKC'));

/** The maximum number of steps. A single character needs at most three: "Ϛ" becomes "σ", then "o". */
const STEPS_MAX = 4;

/** Folds after each step, until nothing changes: "M" becomes "m", which becomes "rn". */
function skeleton(text: string): string {
  let [before, now] = ['', text];
  for (let step = 0; step < STEPS_MAX && now !== before; step += 1) [before, now] = [now, folded(confusables(now))];
  return now.replaceAll(/ +/g, ' ');
}

/**
 * Two names look the same when either skeleton is equal: as they are written ("Paypal" and "PaypaI", whose last letter
 * is a capital I), or in lower case ("ADMINS" and "ａｄｍｉｎｓ"). A skeleton has at most 30 bytes per character.
 */
export const nameSkeletons = (name: string): { name_skeleton: string; key_skeleton: string } => ({
  name_skeleton: skeleton(name),
  key_skeleton: skeleton(folded(name)),
});
