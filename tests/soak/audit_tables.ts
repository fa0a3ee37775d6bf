// Reads the log of a room from its rows in the database, without the services and without their code.
import type { Json } from '../people.ts';
import { type Ledger, type LoggedEvent, Miss, show } from './ledger.ts';

export type Query = (text: string, values: unknown[]) => Promise<Json[]>;

const ROWS = 5_000;

/** Every event of the room, ascending by seq. @throws Miss when a seq is missing or the room's counter disagrees. */
export async function eventsInTables(ledger: Ledger, query: Query): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  const edited = new Map<number, string>();
  const base = ({ seq, username, timestamp }: Json) => ({
    seq,
    roomId: ledger.id,
    room: ledger.name,
    username,
    timestamp: timestamp.toISOString(),
  });
  const columns = 'id, content, content_seq::int, superseded_by::int, deleted_at';
  for await (const row of rowsOf('messages', columns, ledger, query)) {
    const { id, content, content_seq, superseded_by, deleted_at } = row;
    if (content_seq !== null && content !== null) edited.set(content_seq, content);
    const text = content_seq === null && deleted_at === null ? { content } : { supersededBy: superseded_by };
    events.push({ type: 'message.created', ...base(row), id, ...text });
  }
  for await (const row of rowsOf('room_events', 'type, message_id, emoji, superseded_by::int', ledger, query)) {
    const { seq, type, message_id: messageId, emoji, superseded_by: supersededBy } = row;
    const text = supersededBy === null ? { content: edited.get(seq)! } : { supersededBy };
    const more = type === 'message.edited' ? text : emoji === null ? {} : { emoji };
    events.push({ type, ...base(row), messageId, ...more });
  }
  events.sort((a, b) => a.seq - b.seq);
  const [room] = await query('select last_seq::int from chat_rooms where id = $1', [ledger.id]);
  for (const [index, event] of events.entries()) {
    if (event.seq !== index + 1) throw new Miss(`room ${ledger.name} continues after seq ${index} with ${show(event)}`);
  }
  if (room?.last_seq !== events.length) {
    throw new Miss(`room ${ledger.name} has ${events.length} rows and last_seq ${room?.last_seq}`);
  }
  return events;
}

async function* rowsOf(table: string, columns: string, { id }: Ledger, query: Query): AsyncGenerator<Json> {
  const text = `select seq::int, username, timestamp, ${columns} from ${table} where room_id = $1 and seq > $2 order by seq limit ${ROWS}`;
  for (let after = 0, more = true; more; ) {
    const rows = await query(text, [id, after]);
    yield* rows;
    after = Number(rows.at(-1)?.seq);
    more = rows.length === ROWS;
  }
}
