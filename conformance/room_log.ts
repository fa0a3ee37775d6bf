// A room as it is read over HTTP, and the requests that change its messages. Judges nothing but that a message was stored.
import type { Answer, Json } from './http.ts';
import type { CallOptions, Kit } from './kit.ts';
import type { Credentials } from './people.ts';
import { expectStatus, same } from './row.ts';

/** Sends a message by HTTP; the message. */
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

/** Asks for an operation on one message. */
export const at = (kit: Kit, id: string, as: Credentials, place: Place, more: CallOptions = {}): Promise<Answer> =>
  kit.call(id, { as, room: place.room.name, message: place.message.id, ...more });

/** The same, for an operation that has to succeed. */
export async function change(kit: Kit, id: string, as: Credentials, place: Place, more: CallOptions = {}) {
  const answer = await at(kit, id, as, place, more);
  expectStatus(answer, id === 'editMessage' ? 200 : 204);
  return answer;
}

/** A room of ann's with a message of bob's in it. */
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

/** All that there is to be seen of a room. */
export const roomState = async (kit: Kit, room: Json): Promise<RoomState> => ({
  room: (await kit.call('getRoom', { as: kit.cast.ann, room: room.name })).body,
  events: await readLog(kit, room),
  page: await readHistory(kit, room),
});

/** @throws Mismatch when what is done in between changes anything of the room. */
export async function unchanged(kit: Kit, room: Json, attempt: () => Promise<unknown>): Promise<void> {
  const before = await roomState(kit, room);
  await attempt();
  same(await roomState(kit, room), before, 'the room afterwards');
}
