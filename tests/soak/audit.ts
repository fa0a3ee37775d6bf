// Compares the log (listEvents, listMessages and the tables) with the acknowledgements and deliveries. Throws at the first
// miss; writes nothing.
import { isDeepStrictEqual } from 'node:util';
import type { Client } from '@parlance/client';
import { fold, isFolded } from '../../conformance/fold.ts';
import { eventsInTables, type Query } from './audit_tables.ts';
import { hash, keyOfChange, type Ledger, type LoggedEvent, Miss, show } from './ledger.ts';
import type { Interval } from './lives.ts';
import { insist } from './people.ts';

export interface Auditor {
  client: Client;
  /** Runs a statement directly on the database. */
  query: Query;
  /** For users who log out: the times in which their sessions could store events. */
  intervals: ReadonlyMap<string, readonly Interval[]>;
  /** Counts of the events, changes and messages that were compared. */
  audited: { events: number; changes: number; messages: number };
}

const PAGE = 100;
const LISTED_AGAIN = 10;
/** Of a room with up to SHORT pages of messages every page is read, of a longer one every LONG_STEPth. */
const SHORT = 60;
const LONG_STEP = 5;

/** Compares the events that the log has received since the last call. */
export async function auditNews(ledger: Ledger, auditor: Auditor): Promise<void> {
  const upTo = ledger.head;
  for await (const event of eventsOf(ledger, auditor.client, ledger.checked)) {
    check(event, ledger, auditor);
    ledger.checked = event.seq;
    if (event.seq >= upTo) return;
  }
  if (ledger.checked < upTo) {
    throw new Miss(
      `room ${ledger.name} delivered or acknowledged events up to seq ${upTo}; the log ends at ${ledger.checked}`,
    );
  }
}

/** Sets the end of each room's log from the database: changes without an answer count too. Call it after all sending. */
export async function endLedgers(ledgers: readonly Ledger[], query: Query): Promise<void> {
  for (const ledger of ledgers) {
    const [room] = await query('select last_seq::int from chat_rooms where id = $1', [ledger.id]);
    ledger.head = Math.max(ledger.head, room?.last_seq ?? 0);
    ledger.isOver = true;
  }
}

/**
 * Audits a whole room after all sending: its rows against the acknowledgements and deliveries, pages of listMessages
 * against the fold of the rows, and one page in ten of listEvents, whose events auditNews has compared before.
 */
export async function auditRoom(ledger: Ledger, auditor: Auditor): Promise<void> {
  await auditNews(ledger, auditor);
  const events = await eventsInTables(ledger, auditor.query);
  for (const event of events) check(event, ledger, auditor);
  auditor.audited.events += events.length;
  const beyond = ledger.beyond(events.length);
  if (beyond.length > 0)
    throw new Miss(`room ${ledger.name} ends at seq ${events.length}; acknowledged or delivered beyond: ${beyond}`);
  checkIds(ledger, events);
  checkChanges(ledger, events);
  auditor.audited.changes += ledger.changes.size;
  await checkMessages(ledger, events, auditor);
  for (let after = 0; after < events.length; after += LISTED_AGAIN * PAGE) {
    const query = { after, limit: PAGE };
    const page = await insist((signal) => auditor.client.listEvents(ledger.name, query, { signal }));
    for (const [index, event] of (page.events as LoggedEvent[]).entries()) {
      if (isDeepStrictEqual(event, events[after + index])) continue;
      throw new Miss(
        `a row of ${ledger.name} differs from the log: ${show(events[after + index] ?? {})}; the log: ${show(event)}`,
      );
    }
  }
}

async function* eventsOf(ledger: Ledger, client: Client, after: number): AsyncGenerator<LoggedEvent> {
  for (let last = after, more = true; more; ) {
    const query = { after: last, limit: PAGE };
    const page = await insist((signal) => client.listEvents(ledger.name, query, { signal }));
    for (const event of page.events as LoggedEvent[]) {
      if (event.seq !== last + 1)
        throw new Miss(`the log of room ${ledger.name} continues after seq ${last} with ${show(event)}`);
      last = event.seq;
      yield event;
    }
    more = page.hasMore;
  }
}

function check(event: LoggedEvent, ledger: Ledger, { intervals }: Auditor): void {
  ledger.compare(event);
  const at = Date.parse(event.timestamp);
  const sessions = intervals.get(event.username);
  if (sessions && !sessions.some(({ from, to }) => from <= at && at <= to)) {
    throw new Miss(`room ${ledger.name} has an event of an ended session of ${event.username}: ${show(event)}`);
  }
}

/** Checks that every message is stored once, and that no refused message is stored. */
function checkIds(ledger: Ledger, events: readonly LoggedEvent[]): void {
  const ids = new Set<string>();
  for (const event of events) {
    if (event.type !== 'message.created') continue;
    if (ids.has(event.id!)) throw new Miss(`room ${ledger.name} has a message twice: ${show(event)}`);
    ids.add(event.id!);
    if (ledger.refused.has(hash(event.id!)))
      throw new Miss(`room ${ledger.name} has a message that was refused: ${show(event)}`);
  }
}

/** Checks that every acknowledged change is stored once, and that every text that a later event withdrew is gone. */
function checkChanges(ledger: Ledger, events: readonly LoggedEvent[]): void {
  const missing = new Map(ledger.changes);
  const once = new Set<string>();
  const edits = new Set<string>();
  /** The last event with a text, by message. */
  const texts = new Map<string, LoggedEvent>();
  for (const event of events) {
    const messageId = event.messageId ?? event.id!;
    const before = texts.get(messageId);
    if (event.type === 'message.edited' || event.type === 'message.deleted') {
      if (before?.content !== undefined)
        throw new Miss(`room ${ledger.name} still has a text: ${show(before)}; ${show(event)} withdrew it`);
      if (before && before.supersededBy !== event.seq)
        throw new Miss(`${show(before)} has another supersededBy than ${show(event)}`);
    }
    if (event.type === 'message.created' || event.type === 'message.edited') texts.set(messageId, event);
    if (event.type === 'message.created') continue;
    // Every edit has a unique text.
    const edit = `${messageId} ${ledger.textAt(event.seq)}`;
    if (event.type === 'message.edited' && ledger.textAt(event.seq) !== 0) {
      if (edits.has(edit)) throw new Miss(`room ${ledger.name} has an edit twice: ${show(event)}`);
      edits.add(edit);
    }
    const key = event.type === 'message.edited' ? ledger.editAt(event.seq) : keyOfChange({ ...event, messageId });
    if (key === undefined) continue;
    if (event.type !== 'message.edited' && once.has(key))
      throw new Miss(`room ${ledger.name} has a change twice: ${show(event)}`);
    once.add(key);
    const change = missing.get(key);
    if (!change) continue;
    const { content = change.content } = event;
    if (change.messageId !== messageId || change.username !== event.username || change.content !== content) {
      throw new Miss(
        `room ${ledger.name} has another change than was acknowledged: ${show(event)}; acknowledged: ${show(change)}`,
      );
    }
    missing.delete(key);
  }
  for (const change of missing.values())
    throw new Miss(`room ${ledger.name} lacks a change that was acknowledged: ${show(change)}`);
}

/** Compares pages of messages with the fold of the events: every page of a short room, every fifth of a long one. */
async function checkMessages(
  ledger: Ledger,
  events: readonly LoggedEvent[],
  { client, audited }: Auditor,
): Promise<void> {
  const folded = fold(events);
  const pages = Math.ceil(folded.length / PAGE);
  for (let page = 0; page < pages; page += pages > SHORT ? LONG_STEP : 1) {
    const end = folded.length - page * PAGE;
    const expected = folded.slice(Math.max(0, end - PAGE), end);
    const query = { before: folded[end]?.seq ?? events.length + 1, limit: PAGE };
    const { asOf, messages, hasMore } = await insist((signal) => client.listMessages(ledger.name, query, { signal }));
    const where = `a page of messages of room ${ledger.name} before seq ${query.before}`;
    if (asOf !== events.length) throw new Miss(`${where} is as of ${asOf}; the log ends at ${events.length}`);
    if (messages.length !== expected.length || hasMore !== end > PAGE) {
      throw new Miss(`${where} has ${messages.length} messages; ${expected.length} of ${end} are expected`);
    }
    for (const [index, message] of messages.entries()) {
      if (isFolded(message, expected[index])) continue;
      throw new Miss(`a message differs from its events: ${show(message)}; folded: ${show(expected[index])}`);
    }
    audited.messages += messages.length;
  }
}
