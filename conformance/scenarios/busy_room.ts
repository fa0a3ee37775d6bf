// Three people who talk at once, by socket and by HTTP, and what each of several sockets saw of it.
import type { Json } from '../http.ts';
import type { Kit } from '../kit.ts';
import type { Wire } from '../wire.ts';

/** Of each user by each way: together within the rate that a user has in a room. */
const BY_SOCKET = 13;
const BY_HTTP = 5;

export interface BusyRoom {
  room: Json;
  /** How many messages were sent. */
  total: number;
  /** What each socket saw, in order: three senders and two who only listen. */
  seen: Json[][];
  /** What sendMessage answered. */
  answers: Json[];
  /** The whole history, read afterwards. */
  history: Json[];
}

/** Made once a run. What was lost is not waited for longer than a few seconds: the rows judge. */
export const busyRoom = (kit: Kit): Promise<BusyRoom> =>
  kit.shared('a busy room', async () => {
    const { ann, bob, cid } = kit.cast;
    const people = [ann, bob, cid];
    const room = await kit.room();
    const wires = await Promise.all([...people, ann, bob].map((person) => kit.join(person, room.name)));
    const total = people.length * (BY_SOCKET + BY_HTTP);
    const answers: Json[] = [];
    await Promise.all(
      people.map(async (person, index) => {
        const wire = wires[index] as Wire;
        for (let sent = 0; sent < BY_SOCKET; sent++) {
          wire.say(`${person.username} says ${sent}`);
          if (sent >= BY_HTTP) continue;
          const body = { id: crypto.randomUUID(), content: `${person.username} writes ${sent}` };
          answers.push((await kit.call('sendMessage', { as: person, room: room.name, body })).body);
        }
      }),
    );
    const all = (wire: Wire) => () => (wire.messages().length >= total ? true : undefined);
    await Promise.allSettled(wires.map((wire) => wire.until(all(wire), 'all messages')));
    const { body } = await kit.call('listMessages', { as: ann, room: room.name, query: '?limit=100' });
    const seen = wires.map((wire) => wire.messages());
    for (const wire of wires) wire.cut();
    return { room, total, seen, answers, history: body.messages };
  });
