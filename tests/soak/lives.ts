// What people do in a soak: they talk, change messages, delete rooms and log out. Each life runs until it is told to stop.
import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError } from '@parlance/client';
import type { Random } from '../../conformance/random.ts';
import { type Ledger, Miss, show } from './ledger.ts';
import { insist, type People, textOf, type User } from './people.ts';
import type { Seat } from './seat.ts';

/** A sender that was held up makes up for at most so much, at twice its pace, ms. */
const DEBT_MS = 60_000;
/** Messages in a burst; its sender waits for all of them before the next. */
const BURST_MAX = 31;
/** Clocks are those of one machine; timestamps have whole milliseconds. */
const CLOCK_MS = 2;
/** How long after the server's word everybody must be gone, ms. It is measured too: see Ends. */
const GONE_MS = 60_000;

/** Times between the server's word that something ended and the close of a socket, ms. */
export interface Ends {
  rooms: number[];
  sessions: number[];
}

/** Sends `rate` messages a second in bursts, until stopped or ended. `said` gets the ids to change later. */
export async function talk(seat: Seat, rate: number, random: Random, signal: AbortSignal): Promise<void> {
  let number = 0;
  let due = performance.now() + random.next() * 1_000;
  while (!signal.aborted && !seat.ending) {
    const now = performance.now();
    if (due > now) await sleep(Math.min(due - now, 500));
    if (due > performance.now()) continue;
    const count = 1 + Math.floor(random.next() * BURST_MAX);
    const began = performance.now();
    await seat.say(Array.from({ length: count }, () => textOf(random, ++number)));
    due = Math.max(due, performance.now() - DEBT_MS) + (count * 1_000) / rate;
    const pause = began + (count * 500) / rate - performance.now();
    if (pause > 0) await sleep(pause);
  }
}

/** Messages of one room that its authors said of late. */
export interface Said {
  id: string;
  seq: number;
  author: User;
}

/** Sends over HTTP, and edits, deletes and reacts, `rate` times a second: each insists until the server has answered. */
export async function change(
  ledger: Ledger,
  users: readonly User[],
  {
    rate,
    random,
    signal,
    fail,
    told,
  }: { rate: number; random: Random; signal: AbortSignal } & Pick<People['town'], 'fail' | 'told'>,
): Promise<void> {
  const said: Said[] = [];
  const seen = new Map<string, Said>();
  let number = 0;
  while (!signal.aborted) {
    await sleep((random.next() * 2_000) / rate);
    if (signal.aborted) return;
    try {
      const dice = random.next();
      if (said.length < 5 || dice < 0.3) {
        const author = random.pick(users);
        const body = { id: crypto.randomUUID(), roomId: ledger.id, content: textOf(random, ++number) };
        ledger.send({ ...body, username: author.username });
        const message = await insist((signal) => author.client.sendMessage(ledger.name, body, { signal }));
        ledger.acknowledge(
          { ...message, type: 'message.created', roomId: ledger.id },
          { ...body, username: author.username },
        );
        told.acknowledged += 1;
        said.push({ id: body.id, seq: message.seq, author });
        if (said.length > 40) seen.delete(said.shift()!.id);
        continue;
      }
      const target = random.pick(said);
      if (dice < 0.6) await edit(ledger, target, textOf(random, ++number));
      else if (dice < 0.7) {
        said.splice(said.indexOf(target), 1);
        await remove(ledger, target);
      } else await react(ledger, target, random.pick(users), random);
    } catch (error) {
      if (error instanceof Miss) return fail(error);
      fail(
        new Miss(
          `a change in room ${ledger.name} was refused: ${error instanceof ProblemError ? show(error.problem) : error}`,
        ),
      );
    }
  }
}

async function edit(ledger: Ledger, { id, seq, author }: Said, content: string): Promise<void> {
  const { client, username } = author;
  const message = await insist((signal) => client.editMessage(ledger.name, id, { content }, { signal }));
  if (message.content !== content) throw new Miss(`an edit was acknowledged with another text: ${show(message)}`);
  ledger.change({ type: 'message.edited', messageId: id, username, seq: message.revision, content });
  await assertWithdrawn(ledger, client, seq);
}

async function remove(ledger: Ledger, { id, seq, author: { client, username } }: Said): Promise<void> {
  await insist((signal) => client.deleteMessage(ledger.name, id, { signal }));
  ledger.change({ type: 'message.deleted', messageId: id, username });
  await assertWithdrawn(ledger, client, seq);
  const message = await insist((signal) => client.getMessage(ledger.name, id, { signal }));
  if (message.deletedAt === undefined || 'content' in message)
    throw new Miss(`a deleted message is still read: ${show(message)}`);
}

async function react(ledger: Ledger, { id }: Said, user: User, random: Random): Promise<void> {
  const emoji = random.pick(['👍', '🎉', '❤️', '🫖', '🍰', '😀', '🚲', '🌧️']);
  const change = { messageId: id, username: user.username, emoji };
  const [added, removed] = ['reaction.added', 'reaction.removed'].map((type) => ({ type, ...change }));
  if (ledger.has(added!)) return;
  await insist((signal) => user.client.addReaction(ledger.name, id, emoji, { signal }));
  ledger.change(added!);
  if (random.next() < 0.5) return;
  await insist((signal) => user.client.removeReaction(ledger.name, id, emoji, { signal }));
  ledger.change(removed!);
}

/** After an edit or a deletion was acknowledged, no website gives the old text to anybody. @throws Miss */
async function assertWithdrawn(ledger: Ledger, client: User['client'], seq: number): Promise<void> {
  const { events } = await insist((signal) => client.listEvents(ledger.name, { after: seq - 1, limit: 1 }, { signal }));
  if (events[0]?.seq !== seq || 'content' in events[0]) {
    throw new Miss(`the log still has a text that was withdrawn: ${show(events[0] ?? {})}`);
  }
}

interface Coming {
  people: People;
  random: Random;
  signal: AbortSignal;
  ends: Ends;
}

/** Opens rooms, lets people talk in them, audits them, and deletes them amid the talk: everybody is out, and nothing more is stored. */
export async function deleteRooms(
  users: readonly User[],
  { people, random, signal, ends }: Coming,
  name: string,
  audit: (room: Ledger) => Promise<void>,
): Promise<void> {
  const { fail } = people.town;
  for (let number = 1; !signal.aborted; number += 1) {
    const owner = random.pick(users);
    const ledger = await people.createRoom(owner, `${name} ${number}`);
    const seats = (['sdk', 'raw', 'sdk'] as const).map((kind) => people.join(kind, random.pick(users), ledger, 0));
    const talking = seats.map((seat) => talk(seat, 4, random, signal));
    await sleep(5_000 + random.next() * 10_000, undefined, { signal }).catch(() => undefined);
    await audit(ledger);
    const asked = insist((signal) => owner.client.deleteRoom(ledger.name, { signal }));
    // Of a deletion whose answer was lost the repeat is told that there is no such room.
    await asked.catch((error) => {
      if (error.code !== 'room_not_found') throw error;
    });
    await assertGone(seats, ends.rooms, `room ${ledger.name} was deleted`, [4502, 404], fail);
    await Promise.all(talking);
  }
}

/** A user logs in, talks in busy rooms, and logs out: the sockets are closed, and nothing more of the session is stored. */
export async function comeAndGo(
  user: User,
  rooms: readonly Ledger[],
  { people, random, signal, ends }: Coming,
  intervals: Interval[],
): Promise<void> {
  const { fail } = people.town;
  while (!signal.aborted) {
    const interval: Interval = { from: Date.now(), to: Number.POSITIVE_INFINITY };
    intervals.push(interval);
    const session = await people.logIn(user);
    const seats = [people.join('sdk', session, random.pick(rooms)), people.join('raw', session, random.pick(rooms))];
    const talking = seats.map((seat) => talk(seat, 3, random, signal));
    await sleep(5_000 + random.next() * 10_000, undefined, { signal }).catch(() => undefined);
    const asked = insist((signal) => session.client.logOut({ signal }));
    await asked.catch((error) => {
      if (error.code !== 'not_authenticated') throw error;
    });
    interval.to = Date.now() + CLOCK_MS;
    await assertGone(seats, ends.sessions, `${user.username} logged out`, [4501, 401], fail);
    await Promise.all(talking);
  }
}

/** When a session could store something, by Date.now(). */
export interface Interval {
  from: number;
  to: number;
}

async function assertGone(
  seats: readonly Seat[],
  took: number[],
  what: string,
  codes: number[],
  fail: (miss: Miss) => void,
): Promise<void> {
  const [now, began] = [Date.now() + CLOCK_MS, performance.now()];
  const isRoom = codes.includes(4502);
  for (const seat of seats) if (isRoom) seat.endedAt = now;
  const late = sleep(GONE_MS, 'late', { ref: false });
  for (const seat of seats) {
    if ((await Promise.race([seat.ended(), late])) === 'late') {
      fail(new Miss(`${what}, and ${seat.username} was still in the room ${ledgerOf(seat)} after ${GONE_MS} ms`));
    } else if (!codes.includes(seat.ending!.code)) {
      fail(new Miss(`${what}, and the socket of ${seat.username} ended with ${show(seat.ending!)}`));
    }
    took.push(Math.max(0, (seat.closedAt ?? began) - began));
    seat.leave();
  }
}

const ledgerOf = (seat: Seat) => seat.ledger.name;
