// One room: random operations, and after each an assertion of G3 to G5. Throws on the first divergence.
import { AssertionError, deepStrictEqual, ok } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { applyEvents, type LogEvent, type MessagePage, type RoomEvent } from '@parlance/client';
import type { Random } from '../../conformance/random.ts';
import { enter, sleep } from '../people.ts';
import { Member, PATIENCE_MS, type Room } from './member.ts';
import { anyOperation } from './operations.ts';
import type { User } from './servers.ts';

export interface Counts {
  operations: number;
  events: number;
  /** Operations that were refused or changed nothing, as expected. */
  unchanged: number;
  /** Clients that resumed: one per cursor. */
  resumes: number;
  rejoins: number;
}

/** Concurrent resumes. */
const AT_ONCE = 20;
/** A room's messages fit on one page; its events are read in several. */
const MESSAGES = 100;
const EVENTS = 20;

export interface Life {
  /** Four users; the first owns the room. */
  users: readonly User[];
  random: Random;
  counts: Counts;
  /** Ends every socket when another room has diverged. */
  signal: AbortSignal;
}

/** Runs at least `operations` operations of `users` in a new room. */
export async function liveRound({ users, random, counts, signal }: Life, operations: number): Promise<void> {
  const owner = users[0]!.client;
  const { id, name } = await owner.createRoom({ name: `Room ${randomUUID()}` });
  const room: Room = { id, name };
  const members = users.map((user) => new Member(user, room, signal));
  const [first, wanderer] = members as [Member, Member];
  let newcomer: Member | undefined;
  try {
    let page = await stateOf(owner, room);
    for (let done = 0; done < operations; ) {
      const everybody = [...members, ...(newcomer ? [newcomer] : [])];
      if (random.next() < 0.15) {
        done += await burst(members, newcomer, page, random);
        page = await assertLaws(owner, room, everybody);
      } else {
        const operation = anyOperation(members, page.messages, random);
        const outcome = await operation.run();
        const after = await assertLaws(owner, room, everybody);
        const { expected } = operation;
        deepStrictEqual({ outcome, events: after.asOf - page.asOf }, expected, operation.name);
        page = after;
        counts.unchanged += 1 - expected.events;
        done += 1;
      }
      if (random.next() < 0.1) {
        wanderer.rejoin(Math.floor(random.next() * (wanderer.cursor + 1)));
        counts.rejoins += 1;
      }
      newcomer ??= random.next() < 0.1 ? await comeLate(users.at(-1)!, room, signal) : undefined;
    }
    await assertResumes(first, counts);
    counts.operations += operations;
    counts.events += first.cursor;
  } finally {
    for (const member of members) member.leave();
    newcomer?.leave();
  }
  await owner.deleteRoom(name);
}

/** Runs several operations concurrently, and reads a page meanwhile. @returns the number of operations. */
async function burst(
  members: readonly Member[],
  newcomer: Member | undefined,
  page: MessagePage,
  random: Random,
): Promise<number> {
  const many = 2 + Math.floor(random.next() * 4);
  const running = Array.from({ length: many }, () => anyOperation(members, page.messages, random).run());
  await Promise.all([...running, newcomer?.loadOlder(3)]);
  return many;
}

/** A member that loads the newest messages first and older ones later. */
async function comeLate(user: User, room: Room, signal: AbortSignal): Promise<Member> {
  const { asOf, messages } = await user.client.listMessages(room.name, { limit: 3 });
  return new Member(user, room, signal, asOf, messages);
}

const stateOf = (client: User['client'], room: Room) => client.listMessages(room.name, { limit: MESSAGES });

/** frames ≡ listEvents, fold(1…asOf) ≡ listMessages, and every member has the same state. */
async function assertLaws(client: User['client'], room: Room, members: readonly Member[]): Promise<MessagePage> {
  const page = await stateOf(client, room);
  ok(!page.hasMore, 'the premise: the room fits on a page');
  await Promise.all(members.map((member) => member.reached(page.asOf)));
  const events: RoomEvent[] = [];
  for (let more = true; more; ) {
    const read = await client.listEvents(room.name, { after: events.at(-1)?.seq ?? 0, limit: EVENTS });
    events.push(...read.events);
    more = read.hasMore;
  }
  deepStrictEqual(
    events.map(({ seq }) => seq),
    Array.from({ length: page.asOf }, (_, index) => index + 1),
    'the log has every seq once',
  );
  deepStrictEqual(applyEvents([], events), page.messages, 'fold(1…asOf) is listMessages');
  for (const member of members) {
    for (const event of events) assertSame(member.events.get(event.seq), event);
    deepStrictEqual(member.timeline, member.shownOf(page.messages), `${member.user.username} has the same state`);
  }
  return page;
}

/** Asserts that a frame equals the event in the log, except for a text withdrawn since. */
function assertSame(frame: RoomEvent | LogEvent | undefined, event: RoomEvent): void {
  if (!frame) return; // before this member joined
  const withdrawn = 'supersededBy' in event && !('supersededBy' in frame);
  if (!withdrawn) return deepStrictEqual(frame, event);
  const { supersededBy, ...rest } = event;
  const { content, ...same } = frame as RoomEvent & { content?: string };
  deepStrictEqual(same, rest);
  ok(content !== undefined && supersededBy! > event.seq);
}

/** Asserts that a client that resumes at any cursor ends with the same timeline. */
async function assertResumes(member: Member, counts: Counts): Promise<void> {
  const { user, room, cursor: last } = member;
  const { token } = await user.client.issueRoomToken(room.name);
  for (let after = 0; after <= last; after += AT_ONCE) {
    const cursors = Array.from({ length: Math.min(AT_ONCE, last - after + 1) }, (_, index) => after + index);
    await Promise.all(cursors.map((cursor) => assertResume(member, token, cursor)));
  }
  counts.resumes += last + 1;
}

/** Resumes over a raw socket; reconnects if chat is killed meanwhile. */
async function assertResume(member: Member, token: string, after: number): Promise<void> {
  const { user, room, states, timeline, events, cursor: last } = member;
  const url = `${user.chatUrl}/ws/${encodeURIComponent(room.name)}?after=${after}&roomId=${room.id}`;
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(100)) {
    try {
      const socket = await enter(url, token);
      if (last > after) await socket.next(events.get(last)!.type, ({ seq }) => seq === last);
      const received = socket.frames.filter(({ seq }) => seq !== undefined);
      socket.ws.terminate();
      return deepStrictEqual(applyEvents(states.get(after)!, received), timeline, `resumed after ${after}`);
    } catch (error) {
      if (error instanceof AssertionError || Date.now() > deadline) throw error;
    }
  }
}
