// How PostgreSQL executes the statements of the website: records them as the services send them, and runs EXPLAIN ANALYZE
// with the same parameters. Checks no bounds.

import type { Database } from '@parlance/website/database.ts';
import type { Tables } from '@parlance/website/models.ts';
import { listEvents, readEvents } from '@parlance/website/services/events.ts';
import { listMessages } from '@parlance/website/services/messages.ts';
import { listRooms } from '@parlance/website/services/rooms.ts';
import { type CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { LOG_ROOM, PARTS } from './fill.ts';
import { PAGE } from './reads.ts';

export interface Plan {
  title: string;
  /** The index of each index scan, outermost first. */
  scans: string[];
  /** Tables that were read with a sequential scan. */
  whole: string[];
  ms: number;
  /** 8 KiB pages that were read, cached or not. */
  pages: number;
}

interface Node {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Loops'?: number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: Node[];
}

const READS: Record<string, (db: Database, at: { roomId: string; events: number }) => Promise<unknown>> = {
  'messages: newest page': (db) => listMessages(db, LOG_ROOM, { limit: PAGE }),
  'messages: page in the middle': (db, { events }) => listMessages(db, LOG_ROOM, { before: events / 2, limit: PAGE }),
  'messages: oldest page': (db) => listMessages(db, LOG_ROOM, { after: 0, limit: PAGE }),
  'events: resume, by chat': (db, { roomId, events }) => readEvents(db, roomId, { after: events - 100, limit: 100 }),
  'events: from the middle': (db, { events }) => listEvents(db, LOG_ROOM, { after: events / 2, limit: 100 }),
  'rooms: first page': (db) => listRooms(db, { limit: PAGE }),
  ...Object.fromEntries(
    Object.entries(PARTS).map(([where, query]) => [
      `rooms: two-letter search, ${where}`,
      (db: Database) => listRooms(db, { query, limit: PAGE }),
    ]),
  ),
};

export async function explainReads(url: string, events: number): Promise<Plan[]> {
  const sent: CompiledQuery[] = [];
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }), log: ({ query }) => void sent.push(query) });
  try {
    const room = await pool.query('select id from chat_rooms where name_key = $1', [LOG_ROOM]);
    const plans: Plan[] = [];
    for (const [title, run] of Object.entries(READS)) {
      sent.length = 0;
      await run(db, { roomId: room.rows[0].id, events });
      const parts = [];
      for (const { sql, parameters } of sent) {
        const { rows } = await pool.query(`explain (analyze, buffers, format json) ${sql}`, [...parameters]);
        parts.push(rows[0]['QUERY PLAN'][0]);
      }
      plans.push(planOf(title, parts));
    }
    return plans;
  } finally {
    await db.destroy();
  }
}

const nodesOf = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

function planOf(title: string, parts: { Plan: Node; 'Execution Time': number }[]): Plan {
  const nodes = parts.flatMap(({ Plan }) => nodesOf(Plan)).filter((node) => (node['Actual Loops'] ?? 0) > 0);
  const sum = (of: (part: (typeof parts)[number]) => number) => parts.reduce((all, part) => all + of(part), 0);
  return {
    title,
    scans: Array.from(new Set(nodes.flatMap((node) => node['Index Name'] ?? []))),
    whole: nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']!),
    ms: sum((part) => part['Execution Time']),
    pages: sum(({ Plan }) => Plan['Shared Hit Blocks'] + Plan['Shared Read Blocks']),
  };
}
