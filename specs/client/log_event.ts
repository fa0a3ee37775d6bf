// Which events of a room's log this version knows. Applies none of them (fold.ts).
import type { LogEvent, RoomEvent } from './schemas.ts';

/** The compiler compares the names with the contract's. */
const KNOWN: Record<RoomEvent['type'], true> = {
  'message.created': true,
  'message.edited': true,
  'message.deleted': true,
  'reaction.added': true,
  'reaction.removed': true,
};

/** Whether this version knows the event's type. Later versions of the contract add types; they count as LogEvent. */
export function isRoomEvent(event: RoomEvent | LogEvent): event is RoomEvent {
  return Object.hasOwn(KNOWN, event.type);
}
