// The event types that this version knows. Does not apply events (fold.ts).
import type { LogEvent, RoomEvent } from './schemas.ts';

/** The compiler checks that these are the contract's types. */
const KNOWN: Record<RoomEvent['type'], true> = {
  'message.created': true,
  'message.edited': true,
  'message.deleted': true,
  'reaction.added': true,
  'reaction.removed': true,
};

/** Whether this version knows the event's type. Types that later versions of the contract add are a LogEvent. */
export function isRoomEvent(event: RoomEvent | LogEvent): event is RoomEvent {
  return Object.hasOwn(KNOWN, event.type);
}
