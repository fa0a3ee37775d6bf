// The fold: computes a room's messages from the events of its log. Pure: changes no argument, keeps no state, does no
// I/O. It does not fetch pages and does not order events.
import { LIMITS } from '../generated/limits.ts';
import { isRoomEvent } from './log_event.ts';
import type { LogEvent, Message, MessageCreated, MessagePage, Reaction, RoomEvent } from './schemas.ts';

/** Messages of one room, each once, ascending by seq. Pages that were not requested are missing. */
export type Timeline = readonly Message[];

/**
 * The timeline after one event. Returns the same array if the event changes nothing: the message already includes it
 * (`version`), the message is not in the timeline, or the type is unknown.
 * @param event from `event` of a room or from listEvents; apply events in the order of seq.
 */
export function applyEvent(timeline: Timeline, event: RoomEvent | LogEvent): Timeline {
  return applyEvents(timeline, [event]);
}

/**
 * The timeline after `events`, which ascend by seq. Equals applyEvent for each of them, in time linear in both lists. A
 * message has no `content` between an event whose text was withdrawn and the event that withdrew it.
 */
export function applyEvents(timeline: Timeline, events: readonly (RoomEvent | LogEvent)[]): Timeline {
  const known = events.filter(isRoomEvent);
  const named = new Set(known.map(messageIdOf));
  const states = byId(timeline.filter(({ id }) => named.has(id)));
  for (const event of known) {
    const id = messageIdOf(event);
    const state = change(states.get(id), event);
    if (state) states.set(id, state);
  }
  return merge(timeline, states);
}

/**
 * The timeline merged with a page of listMessages of any time: keeps the state with the greater `version` per message.
 *
 * A page requested after event c was received includes all events up to c: its `asOf` is c or greater. So it can only
 * miss events that are received while the request is in flight. applyEvent ignored those whose message was not in
 * the timeline, so pass them again as `since`; an event that the page already includes is not applied twice.
 * @param since the events received since the page was requested, ascending by seq.
 */
export function mergePage(
  timeline: Timeline,
  page: Pick<MessagePage, 'messages'>,
  since: readonly (RoomEvent | LogEvent)[] = [],
): Timeline {
  return merge(timeline, byId(applyEvents(page.messages, since)));
}

/** Adds missing messages and replaces older states. */
function merge(timeline: Timeline, states: ReadonlyMap<string, Message>): Timeline {
  const missing = new Map(states);
  let changed = false;
  const merged = timeline.map((message) => {
    const state = missing.get(message.id);
    missing.delete(message.id);
    if (!state || state.version <= message.version) return message;
    changed = true;
    return state;
  });
  // Both parts are sorted, or nearly: then the sort is linear.
  if (missing.size > 0) return [...merged, ...missing.values()].sort((a, b) => a.seq - b.seq);
  return changed ? merged : timeline;
}

/** The state of the event's message after the event; the same object if nothing changes. */
function change(message: Message | undefined, event: RoomEvent): Message | undefined {
  if (event.type === 'message.created') return message ?? created(event);
  // A deleted message stays deleted.
  if (!message || event.seq <= message.version || message.deletedAt !== undefined) return message;
  const { seq, username, timestamp } = event;
  const { content: _, reactions = [], ...rest } = message;
  switch (event.type) {
    case 'message.edited':
      return { ...rest, ...textOf(event), version: seq, revision: seq, editedAt: timestamp, reactions };
    case 'message.deleted': {
      const { id, room, username: author, timestamp: sentAt } = message;
      const sent = { id, seq: message.seq, room, username: author, timestamp: sentAt };
      return { ...sent, version: seq, revision: seq, deletedAt: timestamp, deletedBy: username };
    }
    case 'reaction.added':
      return { ...message, version: seq, reactions: withReaction(reactions, event.emoji, username) };
    case 'reaction.removed':
      return { ...message, version: seq, reactions: withoutReaction(reactions, event.emoji, username) };
    default:
      event satisfies never; // a compile error when an event type of the contract is not folded
      return message;
  }
}

function created(event: MessageCreated): Message {
  const { id, seq, room, username, timestamp } = event;
  return { id, seq, version: seq, room, username, timestamp, ...textOf(event), revision: seq, reactions: [] };
}

/** Omits `content` if the text was withdrawn. */
function textOf({ content }: { content?: string }): { content?: string } {
  return content === undefined ? {} : { content };
}

function withReaction(reactions: Reaction[], emoji: string, username: string): Reaction[] {
  if (!reactions.some((entry) => entry.emoji === emoji))
    return [...reactions, { emoji, count: 1, usernames: [username] }];
  return reactions.map((entry) => {
    if (entry.emoji !== emoji) return entry;
    const usernames = entry.usernames.length < LIMITS.reactionNamed ? [...entry.usernames, username] : entry.usernames;
    return { ...entry, count: entry.count + 1, usernames };
  });
}

/** A removed name is not replaced by another: the fold does not know the users beyond those named. */
function withoutReaction(reactions: Reaction[], emoji: string, username: string): Reaction[] {
  return reactions.flatMap((entry) => {
    if (entry.emoji !== emoji) return entry;
    const usernames = entry.usernames.filter((name) => name !== username);
    return entry.count > 1 ? { ...entry, count: entry.count - 1, usernames } : [];
  });
}

function messageIdOf(event: RoomEvent): string {
  return event.type === 'message.created' ? event.id : event.messageId;
}

function byId(messages: Timeline): Map<string, Message> {
  return new Map(messages.map((message) => [message.id, message]));
}
