// Reads a room and changes its messages over HTTP. Checks only the status of an answer.
import type { Answer, Json } from './http.ts';
import type { CallOptions, Kit } from './kit.ts';
import type { Credentials } from './people.ts';
import { expectStatus, same } from './row.ts';

/** Sends a message over HTTP and returns it. */
export async function write(kit: Kit, as: Credentials, room: Json, content = 'Is the kettle on?'): Promise<Json> {
  const body = { id: crypto.randomUUID(), content, roomId: room.id };
  const answer = await kit.call('sendMessage', { as, room: room.name, body });
  expectStatus(answer, 201);
  return answer.body;
}

export interface Place {
  room: Json;
  message: Json;
}

/** Calls an operation on one message. */
export const at = (kit: Kit, id: string, as: Credentials, place: Place, more: CallOptions = {}): Promise<Answer> =>
  kit.call(id, { as, room: place.room.name, message: place.message.id, ...more });

/** The same, for an operation that must succeed. */
export async function change(kit: Kit, id: string, as: Credentials, place: Place, more: CallOptions = {}) {
  const answer = await at(kit, id, as, place, more);
  expectStatus(answer, id === 'editMessage' ? 200 : 204);
  return answer;
}

/** A new room of ann with a message of `author`. */
export async function placeOf(kit: Kit, author: Credentials = kit.cast.bob): Promise<Place> {
  const room = await kit.room();
  return { room, message: await write(kit, author, room) };
}

/** The whole log, page by page. */
export async function readLog(kit: Kit, room: Json): Promise<Json[]> {
  const events: Json[] = [];
  for (;;) {
    const query = `?limit=100&after=${events.at(-1)?.seq ?? 0}`;
    const { body } = await kit.call('listEvents', { as: kit.cast.ann, room: room.name, query });
    if (!body.events?.length) return events;
    events.push(...body.events);
    if (!body.hasMore) return events;
  }
}

/** The newest page of messages. */
export const readHistory = async (kit: Kit, room: Json): Promise<Json> =>
  (await kit.call('listMessages', { as: kit.cast.ann, room: room.name, query: '?limit=100' })).body;

export interface RoomState {
  room: Json;
  events: Json[];
  page: Json;
}

/** The whole visible state of a room. */
export const roomState = async (kit: Kit, room: Json): Promise<RoomState> => ({
  room: (await kit.call('getRoom', { as: kit.cast.ann, room: room.name })).body,
  events: await readLog(kit, room),
  page: await readHistory(kit, room),
});

/** @throws Mismatch if `attempt` changes the room. */
export async function unchanged(kit: Kit, room: Json, attempt: () => Promise<unknown>): Promise<void> {
  const before = await roomState(kit, room);
  await attempt();
  same(await roomState(kit, room), before, 'the room afterwards');
}
