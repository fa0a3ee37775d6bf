// Limits of reactions: the maximum number of different emoji under a message, and one more.
import { LIMITS } from '@parlance/specs/limits.ts';
import type { Kit } from '../kit.ts';
import { at, change, type Place, placeOf, unchanged } from '../room_log.ts';
import { expect, same } from '../row.ts';
import { expectProblem } from './provoke.ts';

const EMOJI = [...'😀😁😂🤣😃😄😅😆😉😊😋😎😍😘🥰😗😙😚🙂🤗🤩'];

/** A message with the maximum number of different reactions, and an emoji that it does not have. */
export async function fullMessage(kit: Kit): Promise<{ place: Place; emoji: string[]; oneMore: string }> {
  const { ann, bob, cid } = kit.cast;
  const place = await placeOf(kit, cid);
  const [emoji, [oneMore = '']] = [EMOJI.slice(0, LIMITS.reactionsPerMessage), EMOJI.slice(LIMITS.reactionsPerMessage)];
  // Two users take turns: one alone would reach the rate limit.
  for (const [index, one] of emoji.entries())
    await change(kit, 'addReaction', index % 2 ? ann : bob, place, { emoji: one });
  return { place, emoji, oneMore };
}

export async function atReactions(kit: Kit): Promise<void> {
  const { ann, bob, cid } = kit.cast;
  const { place, emoji, oneMore } = await fullMessage(kit);
  const shown = async () =>
    (await at(kit, 'getMessage', cid, place)).body.reactions.map((one: { emoji: string }) => one.emoji);
  expect(oneMore !== '', 'an emoji more than allowed', EMOJI);
  same(await shown(), emoji, 'the reactions');
  await unchanged(kit, place.room, async () => {
    for (const person of [ann, cid]) {
      expectProblem(await at(kit, 'addReaction', person, place, { emoji: oneMore }), 'too_many_reactions', 409);
    }
    await change(kit, 'addReaction', bob, place, { emoji: emoji[0]! });
  });
  await change(kit, 'addReaction', cid, place, { emoji: emoji[0]! });
  await change(kit, 'removeReaction', ann, place, { emoji: emoji[1]! });
  await change(kit, 'addReaction', cid, place, { emoji: oneMore });
  same(await shown(), [...emoji.filter((one) => one !== emoji[1]), oneMore], 'the reactions after one was replaced');
}
