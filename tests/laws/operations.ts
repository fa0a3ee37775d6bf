// Random operations of the members of a room, each with the outcome expected from the state before it.
import { randomUUID } from 'node:crypto';
import { type Message, newMessageId, ProblemError, SendError, type Timeline } from '@parlance/client';
import type { Random } from '../../conformance/random.ts';
import type { Member } from './member.ts';

/** `ok` or the code of the refusal. */
export type Outcome = string;

export interface Operation {
  /** Describes the operation when it diverges. */
  name: string;
  run(): Promise<Outcome>;
  /** The outcome when no other operation runs concurrently. */
  expected: { outcome: Outcome; events: 0 | 1 };
}

const EMOJI = ['👍', '❤️', '🎉', '🫖', '👩🏽‍🚀'];
const APPENDS = { outcome: 'ok', events: 1 } as const;
const NOTHING = { outcome: 'ok', events: 0 } as const;
const refused = (outcome: string) => ({ outcome, events: 0 }) as const;

/** An operation of one of `members`, the first of whom owns the room. `state` is the current timeline of the room. */
export function anyOperation(members: readonly Member[], state: Timeline, random: Random): Operation {
  const who = random.pick(members);
  const message = state.length > 0 ? random.pick(state) : undefined;
  const chance = random.next();
  if (!message || chance < 0.3) return sending(who, random);
  const author = members.find(({ user }) => user.username === message.username) ?? who;
  // Mostly the author, who is allowed: refusals are rare but are covered.
  const able = random.next() < 0.9 ? author : who;
  if (chance < 0.4) return repeating(able, message, random);
  if (chance < 0.6) return editing(able, message, random);
  if (chance < 0.68) return deleting(random.next() < 0.2 ? members[0]! : able, members[0]!, message);
  return reacting(who, message, random.pick(EMOJI), random.next() < 0.6);
}

function sending(who: Member, random: Random): Operation {
  return {
    name: `${who.user.username} sends`,
    run: () => outcomeOf(send(who, newMessageId(), text(random), random.next() < 0.5)),
    expected: APPENDS,
  };
}

function repeating(who: Member, message: Message, random: Random): Operation {
  const sameText = random.next() < 0.8;
  const withdrawn = message.version !== message.seq && message.revision !== message.seq;
  const own = message.username === who.user.username;
  const content = sameText && !withdrawn ? message.content! : text(random);
  return {
    name: `${who.user.username} sends ${message.seq} again`,
    run: () => outcomeOf(send(who, message.id, content, random.next() < 0.5)),
    expected: own && (withdrawn || sameText) ? NOTHING : refused('id_conflict'),
  };
}

function editing(who: Member, message: Message, random: Random): Operation {
  const { username, client } = who.user;
  const content = random.next() < 0.15 && message.content !== undefined ? message.content : text(random);
  const ifMatch = random.pick([undefined, message.revision, message.revision + 1]);
  const expected = () => {
    if (message.username !== username) return refused('not_message_author');
    if (message.deletedAt !== undefined) return refused('message_deleted');
    if (message.content === content) return NOTHING;
    return ifMatch === undefined || ifMatch === message.revision ? APPENDS : refused('stale_revision');
  };
  return {
    name: `${username} edits ${message.seq}`,
    run: () => outcomeOf(client.editMessage(who.room.name, message.id, { content }, { ifMatch })),
    expected: expected(),
  };
}

function deleting(who: Member, owner: Member, message: Message): Operation {
  const { username, client } = who.user;
  const may = message.username === username || who === owner;
  const done = message.deletedAt === undefined ? APPENDS : NOTHING;
  return {
    name: `${username} deletes ${message.seq}`,
    run: () => outcomeOf(client.deleteMessage(who.room.name, message.id)),
    expected: may ? done : refused('not_message_author'),
  };
}

function reacting(who: Member, message: Message, emoji: string, adds: boolean): Operation {
  const { username, client } = who.user;
  const there = message.reactions?.some((entry) => entry.emoji === emoji && entry.usernames.includes(username));
  const expected = there === adds ? NOTHING : APPENDS;
  const method = adds ? client.addReaction : client.removeReaction;
  return {
    name: `${username} ${adds ? 'adds' : 'removes'} ${emoji} at ${message.seq}`,
    run: () => outcomeOf(method(who.room.name, message.id, emoji)),
    expected: message.deletedAt === undefined ? expected : refused('message_deleted'),
  };
}

async function send(who: Member, id: string, content: string, bySocket: boolean): Promise<void> {
  if (bySocket) await who.say(content, id);
  else await who.user.client.sendMessage(who.room.name, { id, content, roomId: who.room.id });
}

async function outcomeOf(call: Promise<unknown>): Promise<Outcome> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    if (error instanceof ProblemError || error instanceof SendError) return error.code;
    throw error;
  }
}

const text = (random: Random) => `${random.pick(['tea', 'coffee', 'ice\n\ncream', '🫖'])} ${randomUUID()}`;
