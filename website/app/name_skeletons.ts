// What the contract means by "looks the same": the skeletons of a name. The only place where they are computed.
import { nameKey } from '@parlance/specs/names.ts';
import unhomoglyph from 'unhomoglyph';

/** Unicode UTS 39, 4: invisible characters go, each other one becomes the one that it can be confused with. */
const confusables = (text: string): string =>
  unhomoglyph(text.normalize('NFD').replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')).normalize('NFD');

/** Without differences of case and of compatibility: width, ligatures, superscripts (NFKC). */
const folded = (text: string): string => nameKey(text.normalize('NFKC'));

/** For one character three are enough: "Ϛ" becomes "σ", then "o". */
const STEPS_MAX = 4;

/** Folded after each step, until nothing changes: "M" becomes "m", and that "rn". */
function skeleton(text: string): string {
  let [before, now] = ['', text];
  for (let step = 0; step < STEPS_MAX && now !== before; step += 1) [before, now] = [now, folded(confusables(now))];
  return now.replaceAll(/ +/g, ' ');
}

/**
 * Two names look the same when either skeleton is equal: as they are written ("Paypal" and "PaypaI", whose last letter is a
 * capital I), or in small letters ("ADMINS" and "ａｄｍｉｎｓ"). Each of 30 bytes a character at the most.
 */
export const nameSkeletons = (name: string): { name_skeleton: string; key_skeleton: string } => ({
  name_skeleton: skeleton(name),
  key_skeleton: skeleton(folded(name)),
});
