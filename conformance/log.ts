// Invariants of every event log: seqs have no gap, and an event has its text until a later event withdraws it.
import { isDeepStrictEqual } from 'node:util';
import type { Json } from './http.ts';
import { show } from './row.ts';

/** The first violation of an invariant, or undefined. */
export function logFault(events: readonly Json[]): string | undefined {
  const gap = events.findIndex(({ seq }, index) => seq !== index + 1);
  if (gap >= 0) return `event ${gap + 1} of the log is ${show(events[gap])}`;
  const wrong = events.find((event) => hasText(event) && event.supersededBy !== withdrawer(events, event)?.seq);
  if (wrong) return `${show(wrong)} is withdrawn by ${show(withdrawer(events, wrong) ?? 'nothing')}`;
  const blank = events.find((event) => hasText(event) && (event.content === undefined) !== 'supersededBy' in event);
  return blank && `${show(blank)} has both or neither of content and supersededBy`;
}

const hasText = ({ type }: Json) => type === 'message.created' || type === 'message.edited';

/** The event that withdrew the text of this one. */
function withdrawer(events: readonly Json[], { id, messageId = id, seq }: Json): Json | undefined {
  return events.find(
    (later) =>
      later.seq > seq &&
      later.messageId === messageId &&
      (later.type === 'message.edited' || later.type === 'message.deleted'),
  );
}

/** How a frame differs from the event as listed later, or undefined; only its text may have been withdrawn. */
export function frameFault(frame: Json, listed: Json): string | undefined {
  const { supersededBy, ...event } = listed ?? {};
  const { content, ...rest } = frame;
  const same = supersededBy === undefined || content === undefined ? [frame, listed] : [rest, event];
  return isDeepStrictEqual(...(same as [Json, Json])) ? undefined : `${show(frame)}, listed as ${show(listed)}`;
}
