// What the users of a soak do: send messages, change them, delete rooms, and log out. Each function runs until its signal
// aborts.
import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError } from '@parlance/client';
import type { Random } from '../../conformance/random.ts';
import { type Ledger, Miss, show } from './ledger.ts';
import { insist, type People, textOf, type User } from './people.ts';
import type { Seat } from './seat.ts';

/** The longest delay that a sender makes up for, at twice its rate, ms. */
const DEBT_MS = 60_000;
/** Maximum messages per burst; the sender waits until all of them are answered before the next burst. */
const BURST_MAX = 31;
/** Tolerance for timestamps, ms: they have whole milliseconds, and all clocks are those of one machine. */
const CLOCK_MS = 2;
/** Timeout for the close of all sockets after the server confirmed an end, ms. Ends has the measured times. */
const GONE_MS = 60_000;

/** Times from the server's confirmation of an end to the close of each socket, ms. */
export interface Ends {
  rooms: number[];
  sessions: number[];
}

/** Sends `rate` messages per second in bursts, until the signal aborts or the seat has ended. */
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

/** A recent message of a room, with its author. */
export interface Said {
  id: string;
  seq: number;
  author: User;
}

/** Sends over HTTP, edits, deletes and reacts, `rate` times per second; retries each request until it is answered. */
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

/** Checks that a website does not return the old text after an edit or a deletion was acknowledged. @throws Miss */
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

/**
 * Creates rooms, sends messages in them, audits them, and deletes them while messages are being sent: then every socket
 * must close, and no more events may be stored.
 */
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
    // When the answer to a deletion was lost, the retry gets room_not_found.
    await asked.catch((error) => {
      if (error.code !== 'room_not_found') throw error;
    });
    await assertGone(seats, ends.rooms, `room ${ledger.name} was deleted`, [4502, 404], fail);
    await Promise.all(talking);
  }
}

/** Logs a user in, sends in busy rooms, and logs out: then the sockets must close, and the session may store no more. */
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

/** The time in which a session could store events, by Date.now(). */
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
      fail(new Miss(`${what}, but ${seat.username} was still in the room ${ledgerOf(seat)} after ${GONE_MS} ms`));
    } else if (!codes.includes(seat.ending!.code)) {
      fail(new Miss(`${what}, but the socket of ${seat.username} ended with ${show(seat.ending!)}`));
    }
    took.push(Math.max(0, (seat.closedAt ?? began) - began));
    seat.leave();
  }
}

const ledgerOf = (seat: Seat) => seat.ledger.name;
