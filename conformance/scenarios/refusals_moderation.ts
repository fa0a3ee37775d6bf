// Refusals of bans and suspensions, and of the requests of a banned user. A run has no administrator.
import type { Operation } from '../contract.ts';
import { placeOf } from '../room_log.ts';
import { expectStatus } from '../row.ts';
import { expectProblem, type Provocation, validRequest } from './provoke.ts';

/** For a user who is banned from the room: operations that store an event in it, and issueRoomToken. */
export const banned = (operation: Operation): Provocation[] => [
  {
    status: 403,
    name: 'banned',
    says: 'with banned to a user who is banned from the room.',
    run: async (kit) => {
      const { ann, bob } = kit.cast;
      const { room, message } = await placeOf(kit, bob);
      const { as: _, ...options } = await validRequest(operation, kit);
      expectStatus(await kit.call('banUser', { as: ann, room: room.name, username: bob.username }), 204);
      if (options.body?.roomId) options.body.roomId = room.id;
      const answer = await kit.call(operation.id, { ...options, as: bob, room: room.name, message: message.id });
      expectProblem(answer, 'banned', 403);
    },
  },
];

export const forAdministrators = (operation: Operation): Provocation[] => [
  {
    status: 403,
    name: 'administrator',
    says: 'with not_administrator to other users.',
    run: async (kit) => {
      const { ann, bob } = kit.cast;
      const answer = await kit.call(operation.id, { as: ann, username: bob.username });
      expectProblem(answer, 'not_administrator', 403);
      expectStatus(await kit.call('getSession', { as: bob }), 200);
    },
  },
];

export const missingUser = (operation: Operation): Provocation[] => [
  {
    status: 404,
    name: 'user',
    says: 'with user_not_found to an unknown username.',
    run: async (kit) => {
      const options = await validRequest(operation, kit);
      const username = `kit.${crypto.randomUUID().slice(0, 13)}`;
      expectProblem(await kit.call(operation.id, { ...options, username }), 'user_not_found', 404);
    },
  },
];

const ofOthers = (id: string): Provocation => ({
  status: 403,
  name: 'owner',
  says: 'with not_room_owner to users other than its owner.',
  run: async (kit) => {
    const { ann, bob, cid } = kit.cast;
    const room = await kit.room(ann);
    const answer = await kit.call(id, { as: bob, room: room.name, username: cid.username });
    expectProblem(answer, 'not_room_owner', 403);
  },
});

const ofOwner: Provocation = {
  status: 403,
  name: 'protected',
  says: 'with protected_user to the username of the owner.',
  run: async (kit) => {
    const { ann } = kit.cast;
    const room = await kit.room(ann);
    const answer = await kit.call('banUser', { as: ann, room: room.name, username: ann.username });
    expectProblem(answer, 'protected_user', 403);
  },
};

export const MODERATION_CONFLICTS: Readonly<Record<string, Provocation[]>> = {
  listBans: [ofOthers('listBans')],
  banUser: [ofOthers('banUser'), ofOwner],
  unbanUser: [ofOthers('unbanUser')],
};
