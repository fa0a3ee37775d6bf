// A busy room: three users send by socket and by HTTP, edit, delete and react. Records what each socket received.
import type { Json } from '../http.ts';
import type { Kit } from '../kit.ts';
import type { Person } from '../people.ts';
import { at, readHistory, readLog, write } from '../room_log.ts';
import type { Wire } from '../wire.ts';

/** Messages of each user by socket and by HTTP: together within the rate limit of a user in a room. */
const BY_SOCKET = 13;
const BY_HTTP = 5;
/** Edits, a deletion and reactions of each user; together with BY_HTTP at most 20, the rate limit. */
const CHANGES = 7;
const PEOPLE = 3;

export interface BusyRoom {
  room: Json;
  /** The number of messages sent, and of all events. */
  messages: number;
  total: number;
  /** The events that each socket received, in order: three senders and two that only listen. */
  seen: Json[][];
  /** The answers of sendMessage and editMessage. */
  answers: Json[];
  /** Pages of history read meanwhile, and a last one read afterwards. */
  pages: Json[];
  /** The whole log, read afterwards. */
  log: Json[];
}

/** Runs once per run. Waits only a few seconds for missing events: the rows judge. */
export const busyRoom = (kit: Kit): Promise<BusyRoom> =>
  kit.shared('a busy room', async () => {
    const { ann, bob, cid } = kit.cast;
    const people = [ann, bob, cid];
    const room = await kit.room();
    const wires = await Promise.all([...people, ann, bob].map((person) => kit.join(person, room.name)));
    const messages = PEOPLE * (BY_SOCKET + BY_HTTP);
    const total = messages + PEOPLE * CHANGES;
    const answers: Json[] = [];
    const pages: Json[] = [];
    await Promise.all(
      people.map(async (person, index) => {
        for (let sent = 0; sent < BY_SOCKET; sent++) (wires[index] as Wire).say(`${person.username} says ${sent}`);
        for (const step of steps(kit, room, person, answers)) {
          const answer = await step();
          if (answer) answers.push(answer);
          if (answers.length % 4 === 0) pages.push(await readHistory(kit, room));
        }
      }),
    );
    const all = (wire: Wire) => () => (wire.events().length >= total ? true : undefined);
    await Promise.allSettled(wires.map((wire) => wire.until(all(wire), 'all events')));
    pages.push(await readHistory(kit, room));
    const log = await readLog(kit, room);
    const seen = wires.map((wire) => wire.events());
    for (const wire of wires) wire.cut();
    return { room, messages, total, seen, answers, pages, log };
  });

/** The HTTP requests of a user: messages, and changes of its first and second and of the newest of any user. */
function steps(kit: Kit, room: Json, person: Person, answers: readonly Json[]): (() => Promise<Json>)[] {
  const own = new Map<number, Json>();
  const send = (count: number) => async () => {
    const message = await write(kit, person, room, `${person.username} writes ${count}`);
    own.set(count, message);
    return message;
  };
  const on = async (message: Json, id: string, more = {}) => (await at(kit, id, person, { room, message }, more)).body;
  const edit = (content: string) => () => on(own.get(1), 'editMessage', { body: { content } });
  // Excludes messages that their author deletes.
  const newest = () => answers.findLast(({ content }) => /writes [345]$/.test(content ?? '')) as Json;
  return [
    ...[send(1), edit('edited once'), send(2), () => on(own.get(2), 'addReaction', { emoji: '👎' })],
    ...[() => on(own.get(2), 'deleteMessage'), send(3), () => on(own.get(1), 'addReaction', { emoji: '👍' })],
    ...[() => on(own.get(1), 'removeReaction', { emoji: '👍' }), edit('edited twice'), send(4), send(5)],
    () => on(newest(), 'addReaction', { emoji: '🎉' }),
  ];
}
