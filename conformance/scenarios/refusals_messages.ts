// Refusals of valid changes of a message: other users' messages, deleted ones, concurrent edits, ids and names that
// belong to something else. Each has its own code; the room stays unchanged.
import type { Operation } from '../contract.ts';
import type { CallOptions, Kit } from '../kit.ts';
import { at, change, placeOf, unchanged, write } from '../room_log.ts';
import { fullMessage } from './limits_reactions.ts';
import { expectProblem, type Provocation } from './provoke.ts';

/** The call options of a change besides its message. */
const OPTIONS: Readonly<Record<string, CallOptions>> = {
  getMessage: {},
  editMessage: { body: { content: 'edited' } },
  deleteMessage: {},
  addReaction: { emoji: '👍' },
  removeReaction: { emoji: '👍' },
};

export const missingMessage = ({ id }: Operation): Provocation[] => [
  {
    status: 404,
    name: 'message',
    says: 'with message_not_found to an unknown id, or the id of a message in another room.',
    run: async (kit) => {
      const { ann } = kit.cast;
      const [place, elsewhere] = [await placeOf(kit, ann), await placeOf(kit, ann)];
      await unchanged(kit, place.room, async () => {
        for (const message of [{ id: crypto.randomUUID() }, elsewhere.message]) {
          expectProblem(await at(kit, id, ann, { ...place, message }, OPTIONS[id]), 'message_not_found', 404);
        }
      });
    },
  },
];

const ofDeleted = (id: string): Provocation => ({
  status: 409,
  name: 'deleted',
  says: 'with message_deleted to a deleted message.',
  run: async (kit) => {
    const { ann } = kit.cast;
    const place = await placeOf(kit, ann);
    await change(kit, 'addReaction', ann, place, { emoji: '👍' });
    await change(kit, 'deleteMessage', ann, place);
    await unchanged(kit, place.room, async () =>
      expectProblem(await at(kit, id, ann, place, OPTIONS[id]), 'message_deleted', 409),
    );
  },
});

const ofOthers = (id: string, says: string, who: (kit: Kit) => Kit['cast'][keyof Kit['cast']][]): Provocation => ({
  status: 403,
  name: 'author',
  says: `with not_message_author to ${says}.`,
  run: async (kit) => {
    const place = await placeOf(kit);
    await unchanged(kit, place.room, async () => {
      for (const as of who(kit)) expectProblem(await at(kit, id, as, place, OPTIONS[id]), 'not_message_author', 403);
    });
  },
});

const stale: Provocation = {
  status: 412,
  says: 'with stale_revision when the text was edited meanwhile.',
  run: async (kit) => {
    const { bob } = kit.cast;
    const place = await placeOf(kit);
    await change(kit, 'editMessage', bob, place, { body: { content: 'meanwhile' } });
    await change(kit, 'addReaction', bob, place, { emoji: '👍' });
    await unchanged(kit, place.room, async () => {
      for (const tag of ['"1"', '"3"', '"0"', '"02"', '"9999999999999999"']) {
        const answer = await at(kit, 'editMessage', bob, place, {
          ...OPTIONS.editMessage,
          headers: { 'if-match': tag },
        });
        expectProblem(answer, 'stale_revision', 412);
      }
    });
  },
};

const otherMessage: Provocation = {
  status: 409,
  name: 'id',
  says: 'with id_conflict to the id of another message.',
  run: async (kit) => {
    const { ann, bob } = kit.cast;
    const { room, message } = await placeOf(kit, ann);
    const body = { id: message.id, content: message.content };
    await unchanged(kit, room, async () => {
      for (const [as, more] of [
        [ann, { content: 'other' }],
        [bob, {}],
      ] as const) {
        const answer = await kit.call('sendMessage', { as, room: room.name, body: { ...body, ...more } });
        expectProblem(answer, 'id_conflict', 409);
      }
    });
  },
};

const otherRoom: Provocation = {
  status: 409,
  name: 'room',
  says: 'with other_room to a message for a deleted room whose name another room has, even one stored there.',
  run: async (kit) => {
    const { ann } = kit.cast;
    const old = await kit.room(ann);
    const stored = await write(kit, ann, old);
    await kit.call('deleteRoom', { as: ann, room: old.name });
    const room = await kit.room(ann, old.name);
    await unchanged(kit, room, async () => {
      for (const [id, roomId] of [
        [stored.id, old.id],
        [crypto.randomUUID(), old.id],
        [crypto.randomUUID(), crypto.randomUUID()],
      ]) {
        const body = { id, content: stored.content, roomId };
        expectProblem(await kit.call('sendMessage', { as: ann, room: room.name, body }), 'other_room', 409);
      }
    });
  },
};

const tooMany: Provocation = {
  status: 409,
  name: 'many',
  says: 'with too_many_reactions to one emoji more than allowed.',
  run: async (kit) => {
    const { place, oneMore } = await fullMessage(kit);
    await unchanged(kit, place.room, async () =>
      expectProblem(await at(kit, 'addReaction', kit.cast.cid, place, { emoji: oneMore }), 'too_many_reactions', 409),
    );
  },
};

export const MESSAGE_CONFLICTS: Readonly<Record<string, Provocation[]>> = {
  sendMessage: [otherMessage, otherRoom],
  editMessage: [
    ofOthers('editMessage', 'users other than its author, also the room owner', ({ cast }) => [cast.ann, cast.cid]),
    ofDeleted('editMessage'),
    stale,
  ],
  deleteMessage: [
    ofOthers('deleteMessage', 'users other than its author and the owner of the room', ({ cast }) => [cast.cid]),
  ],
  addReaction: [ofDeleted('addReaction'), tooMany],
  removeReaction: [ofDeleted('removeReaction')],
};
