// Successful answers of the operations on one message and on the log, keyed by operation and status.
import { fold } from '../fold.ts';
import type { Answer } from '../http.ts';
import { at, change, placeOf, readHistory, readLog, unchanged, write } from '../room_log.ts';
import { expectStatus, same } from '../row.ts';
import type { Attempt } from './http_answers.ts';

/** Every form of emoji: one character, with U+FE0F, with a skin tone, joined, a flag, a keycap. */
const EMOJI: readonly string[] = ['👍', '❤️', '👩🏽‍🚀', '🏳️‍🌈', '🇩🇪', '1️⃣'];

const expectTag = ({ headers, body }: Answer) => same(headers.etag, `"${body.revision}"`, 'ETag');

export const messageAnswers = {
  'getMessage.200': async (kit) => {
    const { ann, bob } = kit.cast;
    const place = await placeOf(kit);
    const read = async () => {
      const answer = await at(kit, 'getMessage', ann, place);
      expectStatus(answer, 200);
      expectTag(answer);
      same(answer.body, fold(await readLog(kit, place.room))[0], 'the message');
      return answer.headers.etag;
    };
    const tags = [await read()];
    await change(kit, 'addReaction', ann, place, { emoji: '👍' });
    tags.push(await read());
    await change(kit, 'editMessage', bob, place, { body: { content: 'Is it on yet?' } });
    tags.push(await read());
    await change(kit, 'deleteMessage', bob, place);
    tags.push(await read());
    same(tags, ['"1"', '"1"', '"3"', '"4"'], 'the ETag: of the text, a reaction, an edit and the deletion');
  },

  'editMessage.200': async (kit) => {
    const { bob } = kit.cast;
    const place = await placeOf(kit);
    let before = place.message;
    for (const [content, tag] of [
      ['whatever it was', ''],
      ['what I read', '"2"'],
      ['any', '*'],
    ] as const) {
      const answer = await change(kit, 'editMessage', bob, place, { body: { content }, headers: { 'if-match': tag } });
      expectTag(answer);
      const seq = before.version + 1;
      const { editedAt } = answer.body;
      same(answer.body, { ...before, content, version: seq, revision: seq, editedAt }, 'the message after the edit');
      same((await at(kit, 'getMessage', bob, place)).body, answer.body, 'the message afterwards');
      before = answer.body;
    }
    await unchanged(kit, place.room, async () => {
      for (const tag of ['', '"1"', '"2"', `"${before.revision}"`, '*']) {
        const headers = { 'if-match': tag };
        const answer = await change(kit, 'editMessage', bob, place, { body: { content: before.content }, headers });
        expectTag(answer);
        same(answer.body, before, `the answer to the same edit with If-Match ${tag}`);
      }
    });
  },

  'deleteMessage.204': async (kit) => {
    const { ann, bob } = kit.cast;
    for (const [who, by] of [
      [bob, 'its author'],
      [ann, 'the owner of the room'],
    ] as const) {
      const place = await placeOf(kit);
      await change(kit, 'addReaction', ann, place, { emoji: '👍' });
      same((await change(kit, 'deleteMessage', who, place)).text, '', 'a body');
      const { content: _, reactions: __, ...rest } = place.message;
      const page = await readHistory(kit, place.room);
      const gone = {
        ...rest,
        version: 3,
        revision: 3,
        deletedAt: page.messages[0]?.deletedAt,
        deletedBy: who.username,
      };
      same(page.messages, [gone], `the history after a deletion by ${by}`);
      const room = (await kit.call('getRoom', { as: ann, room: place.room.name })).body;
      same([room.lastSeq, room.messageCount], [3, 0], 'lastSeq and messageCount');
      await unchanged(kit, place.room, async () => {
        for (const again of [bob, ann]) await change(kit, 'deleteMessage', again, place);
      });
    }
  },

  'addReaction.204': async (kit) => {
    const { ann, bob } = kit.cast;
    const place = await placeOf(kit);
    const usernames = [bob.username, ann.username];
    for (const emoji of EMOJI) {
      for (const who of [bob, ann]) same((await change(kit, 'addReaction', who, place, { emoji })).text, '', 'a body');
    }
    const reactions = EMOJI.map((emoji) => ({ emoji, count: 2, usernames }));
    same((await at(kit, 'getMessage', ann, place)).body.reactions, reactions, 'the reactions, in their order');
    await unchanged(kit, place.room, () => change(kit, 'addReaction', ann, place, { emoji: '❤️' }));
  },

  'removeReaction.204': async (kit) => {
    const { ann, bob } = kit.cast;
    const place = await placeOf(kit);
    const reactions = async () => (await at(kit, 'getMessage', ann, place)).body.reactions;
    for (const who of [ann, bob]) await change(kit, 'addReaction', who, place, { emoji: '👍' });
    await unchanged(kit, place.room, () => change(kit, 'removeReaction', bob, place, { emoji: '👎' }));
    same((await change(kit, 'removeReaction', ann, place, { emoji: '👍' })).text, '', 'a body');
    same(await reactions(), [{ emoji: '👍', count: 1, usernames: [bob.username] }], 'the reactions');
    await unchanged(kit, place.room, () => change(kit, 'removeReaction', ann, place, { emoji: '👍' }));
    await change(kit, 'removeReaction', bob, place, { emoji: '👍' });
    same(await reactions(), [], 'the reactions when the last is gone');
  },

  'listEvents.200': async (kit) => {
    const { ann, bob } = kit.cast;
    const room = await kit.room();
    const list = async () => (await kit.call('listEvents', { as: bob, room: room.name })).body;
    same(await list(), { roomId: room.id, events: [], hasMore: false }, 'the log of a new room');
    const message = await write(kit, ann, room, 'first');
    const place = { room, message };
    await change(kit, 'editMessage', ann, place, { body: { content: 'second' } });
    await change(kit, 'addReaction', bob, place, { emoji: '👍' });
    await change(kit, 'removeReaction', bob, place, { emoji: '👍' });
    const envelope = (seq: number, type: string, { username }: { username: string }) => ({
      ...{ type, seq, roomId: room.id, room: room.name, username },
    });
    const about = { messageId: message.id };
    const expected = [
      { ...envelope(1, 'message.created', ann), id: message.id, supersededBy: 2 },
      { ...envelope(2, 'message.edited', ann), ...about, content: 'second' },
      { ...envelope(3, 'reaction.added', bob), ...about, emoji: '👍' },
      { ...envelope(4, 'reaction.removed', bob), ...about, emoji: '👍' },
    ];
    const untimed = (events: { timestamp: string }[]) => events.map(({ timestamp: _, ...event }) => event);
    same(untimed((await list()).events), expected, 'the log');
    await change(kit, 'deleteMessage', ann, place);
    const { content: _, ...edit } = expected[1] as Record<string, unknown>;
    const deletion = { ...envelope(5, 'message.deleted', ann), ...about };
    same(
      untimed((await list()).events),
      [expected[0], { ...edit, supersededBy: 5 }, expected[2], expected[3], deletion],
      'the log after the deletion',
    );
  },
} satisfies Readonly<Record<string, Attempt>>;
