// Every operation in a room accepts a session cookie as well as a bearer token.
import { isInRoom, OPERATIONS } from '../contract.ts';
import { at, placeOf } from '../room_log.ts';
import { expect, type Row } from '../row.ts';
import { validBody } from './provoke.ts';

/** The order of the calls: deletions last, and the deletion of the room after all others. */
const METHODS: readonly string[] = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'];
const inARoom = OPERATIONS.filter(isInRoom).toSorted(
  (a, b) => METHODS.indexOf(a.method) - METHODS.indexOf(b.method) || b.path.length - a.path.length,
);

export const httpCookie: Row = {
  id: 'http.cookie',
  group: 'HTTP',
  says: 'Every operation in a room accepts a session cookie as well as a bearer token.',
  run: async (kit) => {
    const as = await kit.session('cookie', kit.cast.ann);
    const place = await placeOf(kit, as);
    for (const operation of inARoom) {
      const valid = validBody(operation, kit);
      if (valid?.roomId !== undefined) valid.roomId = place.room.id;
      const body = valid === undefined ? {} : { body: valid };
      const { status, text } = await at(kit, operation.id, as, place, {
        ...body,
        emoji: '👍',
        username: kit.cast.bob.username,
      });
      expect(status < 300, `success of ${operation.id}`, `${status} ${text}`);
    }
  },
};
