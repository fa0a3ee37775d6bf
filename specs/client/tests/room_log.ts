// Generates a random room log from a seed, and the server's answers about it at any moment. Computes messages from the
// definitions of the contract, not with the fold.
import { LIMITS } from '../../generated/limits.ts';
import type { LogEvent, Message, Reaction, RoomEvent } from '../index.ts';

export type AnyEvent = RoomEvent | LogEvent;
/** A random integer from 0 to `below` - 1. */
export type Chance = (below: number) => number;

const ROOM = { roomId: '0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10', room: 'Tea room' };
const EMOJI = ['👍', '❤️', '🫖'];

/** A generator of random integers: the same seed gives the same numbers (mulberry32). */
export function chanceOf(seed: number): Chance {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** The envelope of event `seq`. */
export function envelope<T extends string>(type: T, seq: number, username = 'ann') {
  return { type, seq, ...ROOM, username, timestamp: new Date(Date.UTC(2026, 10, 21, 9, 0, seq)).toISOString() };
}

/** The id of the n-th message. */
export const idOf = (n: number) => `0199b2c4-6b1e-7c3a-9f10-${String(n).padStart(12, '0')}`;

/**
 * A valid log of `length` events, each with its text, some of an unknown type. `people` users write it and change the
 * first `changed` messages.
 */
export function randomLog(chance: Chance, length: number, people: number, changed: number): AnyEvent[] {
  const log: AnyEvent[] = [];
  const ids: string[] = [];
  const gone = new Set<string>();
  const reacted = new Set<string>();
  while (log.length < length) {
    const seq = log.length + 1;
    const username = `user-${chance(people)}`;
    const messageId = ids[chance(Math.min(ids.length, changed))];
    const kind = chance(20);
    if (messageId === undefined || kind < 4) {
      ids.push(idOf(seq));
      log.push({ ...envelope('message.created', seq, username), id: idOf(seq), content: `text ${seq}` });
    } else if (kind === 4) {
      log.push(envelope('settings.changed', seq, username));
    } else if (gone.has(messageId)) {
    } else if (kind < 9) {
      log.push({ ...envelope('message.edited', seq, username), messageId, content: `text ${seq}` });
    } else if (kind === 9 && chance(length) < 20) {
      // About as many in a long log as in a short one: a deleted message receives no further changes.
      gone.add(messageId);
      log.push({ ...envelope('message.deleted', seq, username), messageId });
    } else {
      const emoji = EMOJI[chance(EMOJI.length)]!;
      const key = `${messageId} ${emoji} ${username}`;
      const has = reacted.delete(key);
      if (!has) reacted.add(key);
      log.push({ ...envelope(has ? 'reaction.removed' : 'reaction.added', seq, username), messageId, emoji });
    }
  }
  return log;
}

/** The first `moment` events as the server returns them at that time: without texts withdrawn by then. */
export function eventsAt(log: readonly AnyEvent[], moment: number): AnyEvent[] {
  const known = log.slice(0, moment) as RoomEvent[];
  return known.map((event) => {
    if (!('content' in event)) return event;
    const own = (later: RoomEvent) => aboutOf(later) === aboutOf(event) && !later.type.startsWith('reaction.');
    const withdrawal = known.find((later) => later.seq > event.seq && own(later));
    if (!withdrawal) return event;
    const { content: _, ...rest } = event;
    return { ...rest, supersededBy: withdrawal.seq };
  });
}

/** All messages as the server returns them when the log has `moment` events, ascending by seq. */
export function messagesAt(log: readonly AnyEvent[], moment: number): Message[] {
  const known = log.slice(0, moment) as RoomEvent[];
  return known.flatMap((event): Message[] => {
    if (event.type !== 'message.created') return [];
    const { id, seq, room, username, timestamp } = event;
    const own = known.filter((other) => aboutOf(other) === id);
    const texts = own.filter((other) => other.type === 'message.created' || other.type === 'message.edited');
    const text = texts.at(-1)!;
    const base = { id, seq, version: own.at(-1)!.seq, room, username, timestamp };
    const deletion = own.find(({ type }) => type === 'message.deleted');
    if (deletion) {
      return [{ ...base, revision: deletion.seq, deletedAt: deletion.timestamp, deletedBy: deletion.username }];
    }
    const edited = texts.length > 1 ? { editedAt: text.timestamp } : {};
    return [{ ...base, content: text.content!, revision: text.seq, ...edited, reactions: reactionsOf(own) }];
  });
}

/** A user is named if fewer users than the limit are named when the reaction is added. */
function reactionsOf(events: RoomEvent[]): Reaction[] {
  const users = new Map<string, Map<string, { named: boolean }>>();
  const namesOf = (of: Map<string, { named: boolean }>) =>
    [...of].filter(([, { named }]) => named).map(([name]) => name);
  for (const event of events) {
    if (event.type !== 'reaction.added' && event.type !== 'reaction.removed') continue;
    const of = users.get(event.emoji) ?? new Map();
    users.set(event.emoji, of);
    if (event.type === 'reaction.added') of.set(event.username, { named: namesOf(of).length < LIMITS.reactionNamed });
    else of.delete(event.username);
    if (of.size === 0) users.delete(event.emoji);
  }
  return [...users].map(([emoji, of]) => ({ emoji, count: of.size, usernames: namesOf(of) }));
}

function aboutOf(event: RoomEvent): string {
  return event.type === 'message.created' ? event.id : event.messageId;
}

/** Deep-freezes the value. */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(Object.freeze(value))) frozen(part);
  return value;
}
