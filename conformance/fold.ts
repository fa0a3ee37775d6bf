// The fold: computes a room's messages from its events, implemented from the contract's text alone. Does no I/O.
import { isDeepStrictEqual } from 'node:util';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { Json } from './http.ts';

/**
 * The messages after events 1…n, ascending by seq, as the schema Message defines them. A message whose text a later
 * event withdrew has no `content`: the events do not contain it any more.
 */
export function fold(events: readonly Json[]): Json[] {
  const messages = new Map<string, Json>();
  for (const event of events) {
    const id = event.type === 'message.created' ? event.id : event.messageId;
    messages.set(id, changed(messages.get(id), event));
  }
  return [...messages.values()];
}

function changed(message: Json, event: Json): Json {
  const { type, seq, room, username, timestamp, emoji } = event;
  const text = event.content === undefined ? {} : { content: event.content };
  switch (type) {
    case 'message.created':
      return { id: event.id, seq, version: seq, room, username, timestamp, ...text, revision: seq, reactions: [] };
    case 'message.edited': {
      const { content: _, ...rest } = message;
      return { ...rest, ...text, version: seq, revision: seq, editedAt: timestamp };
    }
    case 'message.deleted': {
      const { content: _, reactions: __, editedAt: ___, ...rest } = message;
      return { ...rest, version: seq, revision: seq, deletedAt: timestamp, deletedBy: username };
    }
    case 'reaction.added':
      return { ...message, version: seq, reactions: withReaction(message.reactions, emoji, username) };
    case 'reaction.removed':
      return { ...message, version: seq, reactions: withoutReaction(message.reactions, emoji, username) };
    default:
      return message;
  }
}

function withReaction(reactions: Json[], emoji: string, username: string): Json[] {
  const entry = reactions.find((one) => one.emoji === emoji);
  if (!entry) return [...reactions, { emoji, count: 1, usernames: [username] }];
  const usernames = entry.usernames.length < LIMITS.reactionNamed ? [...entry.usernames, username] : entry.usernames;
  return reactions.map((one) => (one === entry ? { emoji, count: entry.count + 1, usernames } : one));
}

function withoutReaction(reactions: Json[], emoji: string, username: string): Json[] {
  return reactions
    .map((one) =>
      one.emoji === emoji
        ? { emoji, count: one.count - 1, usernames: one.usernames.filter((name: string) => name !== username) }
        : one,
    )
    .filter(({ count }) => count > 0);
}

/** Whether a message from the server equals the folded one, except for a text that the events do not contain. */
export function isFolded(message: Json, folded: Json): boolean {
  const { content: _, ...rest } = message ?? {};
  const isComplete = folded?.content !== undefined || folded?.deletedAt !== undefined;
  return isDeepStrictEqual(isComplete ? message : rest, folded);
}
