// The fold: what the events of a room's log make of its messages. Pure: changes nothing that it is given, keeps
// nothing, asks nobody. It fetches no page and decides nothing about the order in which events come.
import { LIMITS } from '../generated/limits.ts';
import { isRoomEvent } from './log_event.ts';
import type { LogEvent, Message, MessageCreated, MessagePage, Reaction, RoomEvent } from './schemas.ts';

/** Messages of one room, each once, ascending by seq. It may have holes: the pages that nobody asked for. */
export type Timeline = readonly Message[];

/**
 * The timeline after one event; the same array when the event changes nothing in it: when the message has the event
 * already (`version`), is not in the timeline, or the type is unknown.
 * @param event from `event` of a room or from listEvents; events must be applied in the order of seq.
 */
export function applyEvent(timeline: Timeline, event: RoomEvent | LogEvent): Timeline {
  return applyEvents(timeline, [event]);
}

/**
 * The timeline after `events`, which ascend by seq: the same as applyEvent for each of them, but in time linear in both
 * lists. Between an event whose text was withdrawn and the event that withdrew it, a message has no `content`.
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
 * The timeline with a page of listMessages, read at any moment: of each message the state with the greater `version`.
 *
 * A page that is asked for after event c was received shows at least the events up to c: its `asOf` is c or greater.
 * So only events that are received while the request is under way can be missing in the page. Those of messages that
 * were not in the timeline then have changed nothing, so they are given here again as `since`; what the page shows
 * already is not counted twice.
 * @param since the events received since the page was asked for, ascending by seq.
 */
export function mergePage(
  timeline: Timeline,
  page: Pick<MessagePage, 'messages'>,
  since: readonly (RoomEvent | LogEvent)[] = [],
): Timeline {
  return merge(timeline, byId(applyEvents(page.messages, since)));
}

/** Takes over each state that is newer or whose message is missing. */
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
  // Both parts ascend, or nearly: the sort is linear then.
  if (missing.size > 0) return [...merged, ...missing.values()].sort((a, b) => a.seq - b.seq);
  return changed ? merged : timeline;
}

/** The state of the event's message after the event; the same object when it stays as it is. */
function change(message: Message | undefined, event: RoomEvent): Message | undefined {
  if (event.type === 'message.created') return message ?? created(event);
  // Nothing brings back a message that was deleted.
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
  }
}

function created(event: MessageCreated): Message {
  const { id, seq, room, username, timestamp } = event;
  return { id, seq, version: seq, room, username, timestamp, ...textOf(event), revision: seq, reactions: [] };
}

/** No `content` at all where the text was withdrawn. */
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

/** Nobody takes the place of a name that goes: who else reacted is not known here. */
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
