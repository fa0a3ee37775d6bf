// Edits, deletions and reactions on the socket: made over HTTP, delivered live to all sockets, and listed as delivered.
import type { RoomEvent } from '@parlance/specs/http.ts';
import type { Json } from '../http.ts';
import type { CallOptions, Kit } from '../kit.ts';
import type { Person } from '../people.ts';
import { change, placeOf, readLog } from '../room_log.ts';
import { same } from '../row.ts';
import type { Attempt } from './http_answers.ts';

/** A change of bob's message in ann's room, and the properties of its event besides the envelope. */
interface Change {
  operation: string;
  by: keyof Kit['cast'];
  options?: CallOptions;
  says?: Json;
}

type ChangeType = Exclude<RoomEvent['type'], 'message.created'>;

const reaction = { options: { emoji: '👍' }, says: { emoji: '👍' } };

const CHANGES = {
  'message.edited': [
    { operation: 'editMessage', by: 'bob', options: { body: { content: 'new' } }, says: { content: 'new' } },
  ],
  'message.deleted': [{ operation: 'deleteMessage', by: 'ann' }],
  'reaction.added': [{ operation: 'addReaction', by: 'cid', ...reaction }],
  'reaction.removed': [
    { operation: 'addReaction', by: 'cid', ...reaction },
    { operation: 'removeReaction', by: 'cid', ...reaction },
  ],
} satisfies Readonly<Record<ChangeType, Change[]>>;

const attempt = (type: string, changes: readonly Change[]) => async (kit: Kit) => {
  const place = await placeOf(kit);
  const wires = await Promise.all([kit.cast.bob, kit.cast.cid].map((person) => kit.join(person, place.room.name)));
  for (const { operation, by, options } of changes) await change(kit, operation, kit.cast[by], place, options);
  const { by, says } = changes.at(-1) as Change;
  const { username } = kit.cast[by] as Person;
  const base = { type, seq: changes.length + 1, roomId: place.room.id, room: place.room.name, username };
  const listed = (await readLog(kit, place.room)).at(-1);
  for (const wire of wires) {
    const frame = await wire.next(type);
    const { timestamp: _, ...event } = frame;
    same(event, { ...base, messageId: place.message.id, ...says }, 'the frame');
    same(frame, listed, 'the frame, as it is listed');
    wire.cut();
  }
};

export const socketEvents = Object.fromEntries(
  Object.entries(CHANGES).map(([type, changes]) => [type, attempt(type, changes)]),
) as Record<ChangeType, Attempt>;
