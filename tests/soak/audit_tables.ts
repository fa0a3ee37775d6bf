// Compares the rows of a room with its log as the API gives it. Reads the database itself, past every service.
import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../people.ts';
import { type Ledger, type LoggedEvent, Miss, show } from './ledger.ts';

export type Query = (text: string, values: unknown[]) => Promise<Json[]>;

const ROWS = 5_000;

/** @returns how many rows were compared. @throws Miss when the tables do not hold the log and nothing else. */
export async function checkTables(ledger: Ledger, events: readonly LoggedEvent[], query: Query): Promise<number> {
  const [room] = await query('select last_seq::int from chat_rooms where id = $1', [ledger.id]);
  let rows = 0;
  const compare = (row: Json, expected: object) => {
    rows += 1;
    const event = (events[row.seq - 1] ?? {}) as Json;
    const all = { ...expected, username: row.username, timestamp: row.timestamp.toISOString() };
    if (!Object.entries(all).every(([key, value]) => isDeepStrictEqual(event[key], value))) {
      throw new Miss(`a row of room ${ledger.name} differs from the log: ${show(row)}; the log: ${show(event)}`);
    }
  };
  const columns = 'id, content, content_seq::int, superseded_by::int, deleted_at';
  for await (const row of rowsOf('messages', columns, ledger, query)) {
    const { id, content, content_seq, superseded_by, deleted_at } = row;
    const text = content_seq === null && deleted_at === null ? { content } : { supersededBy: superseded_by };
    compare(row, { type: 'message.created', id, ...text });
    if (content_seq !== null && events[content_seq - 1]?.content !== (content ?? undefined)) {
      throw new Miss(`the row of an edited message differs from its edit: ${show(row)}`);
    }
  }
  for await (const row of rowsOf('room_events', 'type, message_id, emoji, superseded_by::int', ledger, query)) {
    const { type, message_id: messageId, emoji, superseded_by } = row;
    compare(row, { type, messageId, emoji: emoji ?? undefined, supersededBy: superseded_by ?? undefined });
  }
  if (room?.last_seq !== events.length || rows !== events.length) {
    const log = `the log has ${events.length} events`;
    throw new Miss(`room ${ledger.name} has ${rows} rows and last_seq ${room?.last_seq}; ${log}`);
  }
  return rows;
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
